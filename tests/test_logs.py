"""Log lines, e-mails and reports of errors: enough to find what went wrong, nobody's data."""

from __future__ import annotations

import gzip
import json
import logging
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.core import mail

import haisum.wsgi
from haisum import logs, observed, requests
from news import pagecache, views
from news.preview import address_of
from tests.conftest import Site
from tests.helpers import make_article, make_image, make_user
from tests.server import collected, migrated, run

pytestmark = pytest.mark.django_db

ADDRESS = "203.0.113.77"
FAULT = "jane.doe@example.org asked /en/news/search/?q=bridge&page=2"
PERSONAL = ("jane", "Jane", "Doe", ADDRESS, "bridge", "192.0.2.1", "example.org")


class Lines(logging.Handler):
    """What the process would have written, a JSON object each."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logs.Json())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def said(self, logger: str = "") -> list[dict[str, Any]]:
        said = [json.loads(line) for line in self.lines]
        return [line for line in said if line["logger"].startswith(logger)]


@pytest.fixture
def written(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    settings.ACCESS_LOG = True
    cache = pagecache.PageCache(haisum.wsgi.django)
    monkeypatch.setattr(haisum.wsgi, "application", observed.Observed(cache))
    lines = Lines()
    logging.getLogger().addHandler(lines)
    yield lines
    logging.getLogger().removeHandler(lines)


def fails(*_arguments: Any, **_named: Any) -> None:
    raise RuntimeError(FAULT)


# --- One line, one object ---


def test_probes_leave_no_line(site, written):
    assert site.get("/healthz").status == 200
    assert written.said("haisum.access") == []


def test_a_request_is_one_object_with_all_that_helps(site, written):
    path = make_article().get_absolute_url()
    site.get(path + "?utm_source=bridge")
    (line,) = written.said("haisum.access")
    assert line["message"].startswith(f"GET {path} 200 ")
    assert (line["level"], line["kind"], line["status"]) == ("INFO", "article", 200)
    assert line["path"] == path
    assert 0 < line["seconds"] < 20
    assert len(line["request"]) == 32
    assert line["time"].endswith("Z")
    assert "user" not in line


def test_staff_are_numbers(site, written):
    user = make_user("jane", is_superuser=True)
    site.sign_in(user)
    site.get("/admin/")
    (line,) = written.said("haisum.access")
    assert (line["user"], line["kind"]) == (user.pk, "admin")


def test_nothing_is_asked_of_the_database_to_write_a_line(site, written, django_assert_num_queries):
    path = make_article().get_absolute_url()
    site.get(path)
    with django_assert_num_queries(0):
        site.get("/favicon.ico")
    assert len(written.said("haisum.access")) == 2


def test_an_error_is_found_by_the_number_that_its_page_was_sent_with(site, written, monkeypatch):
    monkeypatch.setattr(views, "public_article", fails)
    answer = site.get("/en/news/1/")
    assert answer.status == 500
    (error,) = written.said("django.request")
    assert error["request"] == answer.headers["X-Request-ID"]
    assert error["level"] == "ERROR"
    assert "RuntimeError" in error["error"]
    assert "Traceback" in error["error"]
    assert "\n" not in written.lines[-1]


def test_a_line_outside_any_request_has_none(written):
    logging.getLogger("news").info("A line of %s", "a command")
    (line,) = written.said("news")
    assert line["message"] == "A line of a command"
    assert not {"request", "path", "user"} & line.keys()


# --- The number of a request ---


def number_of(site: Site, given: str) -> str | None:
    return site.get("/admin/login/", x_request_id=given).headers["X-Request-ID"]


def test_the_proxy_s_number_is_taken_if_it_is_trusted_and_sane(site, settings):
    assert number_of(site, "abc-123_x.y") != "abc-123_x.y"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert number_of(site, "abc-123_x.y") == "abc-123_x.y"
    for forged in ("short", "x" * 65, "two words", 'quote"quote', "zwölf-zwölf"):
        assert number_of(site, forged) != forged


def test_what_may_be_kept_carries_no_number(site):
    image = make_image()
    for path in (make_article().get_absolute_url(), image.file.url, "/favicon.ico", "/healthz"):
        for _ in range(2):
            assert "X-Request-ID" not in site.get(path).headers


def test_every_request_has_a_number_of_its_own(site):
    assert number_of(site, "") != number_of(site, "")


# --- Nobody's data ---


def test_no_line_says_who_a_visitor_is(site, written, settings, monkeypatch):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    visitor = {
        "x_forwarded_for": f"{ADDRESS}, 10.0.0.1",
        "referer": "https://example.org/?name=Jane",
        "cookie": "name=Jane",
    }
    article = make_article()
    site.get("/en/news/search/?q=bridge", **visitor)
    site.get(article.get_absolute_url() + "?q=bridge", **visitor)
    site.get("/en/nothing-here/?q=bridge", **visitor)
    site.post("/admin/login/?next=/jane", {"username": "jane", "password": "Doe"}, **visitor)
    monkeypatch.setattr(views, "public_article", fails)
    site.get("/en/news/1/?q=bridge", **visitor)
    assert len(written.said("haisum.access")) == 5
    assert written.said("django.request")
    for line in written.lines:
        assert not [word for word in PERSONAL if word in line], line


def test_what_others_log_of_a_visitor_is_left_out(written, settings):
    settings.BEHIND_PROXY = True
    environ = {"REMOTE_ADDR": ADDRESS, "HTTP_X_FORWARDED_FOR": "2001:db8::7", "PATH_INFO": "/"}
    token = requests.begin(environ)
    try:
        logging.getLogger("other").error("From %s and %s: jane@example.org", ADDRESS, "2001:db8::7")
    finally:
        requests.end(token)
    (line,) = written.said("other")
    assert line["message"] == "From *** and ***: ***"


@pytest.mark.parametrize("told", ["a" + ",*" * 20, "e", "*", ", ,", "1", "unknown, o"])
def test_a_visitor_cannot_choose_what_is_left_out(settings, told):
    settings.BEHIND_PROXY = True
    token = requests.begin({"REMOTE_ADDR": ADDRESS, "HTTP_X_FORWARDED_FOR": told})
    try:
        assert requests.without_personal_data("1 unknown * error") == "1 unknown * error"
    finally:
        requests.end(token)


@pytest.mark.parametrize(
    "text",
    ["a" * 60_000, "a@" * 30_000, "x@-." * 15_000, "a@b" + "." * 60_000, "?a" * 30_000 + "?"],
    ids=["letters", "signs", "stops", "dots", "questions"],
)
def test_no_text_takes_long_or_fills_the_log(text):
    began = time.process_time()
    line = requests.without_personal_data(f"GET /{text} 404")
    assert time.process_time() - began < 1  # A step for each pair of letters takes ten.
    assert len(line) < 17_000
    assert line.startswith("GET /")
    assert line.endswith(" 404")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("From jane.doe+x@mail.example.org, twice", "From ***, twice"),
        ("<jane@example.org>", "<***>"),
        ("jane@example.org+joe@example.org", "***"),
        ("job@42 of cluster@host", "job@42 of cluster@host"),
    ],
)
def test_e_mails_are_left_out(text, said):
    assert requests.without_personal_data(text) == said


def test_what_opens_doors_is_not_in_a_path(site, written):
    article = make_article()
    link = article.preview_links.create(expires_at="2100-01-01T00:00Z")
    address = address_of(link)
    secret = address.rstrip("/").rpartition("/")[2]
    site.get(address)
    site.get("/admin/reset/MQ/set-password-secret/")
    assert len(written.said("haisum.access")) == 2
    assert written.said()[0]["path"] == address.replace(f"{secret}/", "***")
    assert written.said()[1]["path"] == "/admin/reset/***"
    for line in written.lines:
        assert secret not in line
        assert "set-password-secret" not in line


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/admin/reset/MQ/set-password-secret", "/admin/reset/***"),  # No slash: no view is found.
        ("/admin/reset//MQ/set-password-secret/", "/admin/reset/***"),
        ("/admin/reset/done/", "/admin/reset/done/"),
        ("/en/news/preview/link/set-password-secret", "/en/news/preview/link/***"),
        ("/xx/news/preview/link/set-password-secret/", "/xx/news/preview/link/***"),
        ("/en/news/preview/7/", "/en/news/preview/7/"),
        ("/unsubscribe/jane@example.org/", "/unsubscribe/***/"),
    ],
)
def test_neither_is_it_where_no_view_was_found(site, written, path, said):
    site.get(path, host="evil.example.org")
    (line,) = written.said("haisum.access")
    assert line["path"] == said
    assert line["message"].startswith(f"GET {said} 400 ")
    assert "secret" not in written.lines[-1]


def test_a_lock_after_too_many_attempts_is_told_without_saying_whose(client, written, settings):
    settings.AXES_ENABLED = True
    make_user("jane")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post("/admin/login/", {"username": "jane", "password": "x"}, REMOTE_ADDR=ADDRESS)
    (line,) = written.said("haisum.logs")
    assert line["message"] == "Signing in is locked for somebody who failed too often"
    assert not written.said("axes")


def test_hosts_that_scanners_make_up_are_nobody_s_error(site, written):
    assert site.get("/en/", host="evil.example.org").status == 400
    assert not [line for line in written.said() if line["level"] == "ERROR"]


# --- How lines look ---


def test_people_get_lines_and_programs_get_objects():
    for as_json, formatter in ((True, "json"), (False, "line")):
        config = logs.configuration(as_json, tells_admins=False)
        assert config["handlers"]["stdout"]["formatter"] == formatter
        assert config["root"]["handlers"] == ["stdout"]


def test_the_server_writes_objects_alone_if_it_is_told_to(server):
    served = server(workers=2, LOG_JSON="true", ACCESS_LOG="true")
    urllib.request.urlopen(served.url + "/en/", timeout=20).close()
    served.stop()
    said = [json.loads(line) for line in served.log.read_text().splitlines()]
    assert {line["logger"] for line in said} >= {"haisum.serve", "haisum.access"}


# --- E-mails ---


@pytest.fixture
def told(settings: Any) -> Iterator[Callable[[], list]]:
    """An error e-mail's handler; what arrived, once all that was under way did."""
    settings.ADMINS = [("", "operator@example.com")]
    handler = logs.ErrorMail(logging.ERROR)
    handler.setFormatter(logs.Line("{message}", style="{"))
    root = logging.getLogger()
    root.addHandler(handler)

    def arrived() -> list:
        deadline = time.monotonic() + 5
        while not mail.outbox and time.monotonic() < deadline:
            time.sleep(0.01)
        return mail.outbox

    yield arrived
    root.removeHandler(handler)


def test_administrators_are_told_of_an_error_once(site, told, monkeypatch):
    monkeypatch.setattr(views, "public_article", fails)
    numbers = [site.get("/en/news/1/?q=bridge").headers["X-Request-ID"] for _ in range(3)]
    (message,) = told()
    assert message.to == ["operator@example.com"]
    assert "Internal Server Error: /en/news/1/" in message.subject
    assert "RuntimeError" in message.body
    assert f"Request {numbers[0]}" in message.body
    assert not [word for word in PERSONAL if word in message.subject + message.body]


def test_a_broken_mail_server_breaks_no_page(site, told, settings, monkeypatch, caplog):
    settings.EMAIL_BACKEND = "tests.mails.Refusing"
    monkeypatch.setattr(views, "public_article", fails)
    assert site.get("/en/news/1/").status == 500
    assert site.get("/en/").status == 200
    deadline = time.monotonic() + 5
    while "could not be told" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "could not be told by e-mail: ConnectionRefusedError" in caplog.text


# --- Sentry ---

# In a process of its own, as Sentry cannot be taken out again.
BREAKS = f"""
import django; django.setup()
import logging, sentry_sdk
from django.test import RequestFactory
from news import views
from tests.conftest import Site
from tests.test_logs import fails
views.public_article = fails
site = Site()
print(site.get("/en/news/1/?q=bridge", x_forwarded_for="{ADDRESS}").status)
asked = RequestFactory().post("/en/news/?q=bridge")
logging.getLogger("news").error("Not sent to %s", "jane@example.org", extra={{"request": asked}})
print(site.get("/healthz").status)
sentry_sdk.flush(timeout=2)
"""


@pytest.fixture
def sentry() -> Iterator[tuple[str, list[bytes]]]:
    """Sentry's address, and what it was sent."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://key@127.0.0.1:{server.server_port}/1", received
        server.shutdown()


def broken_page(dsn: str) -> list[str]:
    static = str(collected("--ignore=ckeditor"))
    environment = {"SENTRY_DSN": dsn, "DATABASE_URL": migrated(), "STATIC_ROOT": static}
    said = run("-c", BREAKS, environment=environment)
    return [word for word in said.split() if word in ("200", "500")]


@pytest.mark.once
def test_sentry_is_told_of_errors_and_of_nobody_s_data(sentry):
    dsn, received = sentry
    assert broken_page(dsn) == ["500", "200"]
    text = b"\n".join(received).decode()
    assert "RuntimeError" in text
    assert "/en/news/1/" in text
    assert "Not sent to ***" in text
    assert "sys.argv" not in text
    assert not [word for word in PERSONAL if word in text]


def test_sentry_is_not_told_what_opens_doors():
    said = logs._for_sentry({"transaction": "/admin/reset/MQ/set-password-secret"}, {})
    assert said == {"transaction": "/admin/reset/***"}


@pytest.mark.once
def test_a_sentry_that_is_away_breaks_no_page():
    assert broken_page("http://key@127.0.0.1:1/1") == ["500", "200"]
