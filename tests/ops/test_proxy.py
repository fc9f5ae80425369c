"""What the proxy does, and what it leaves to the newsroom."""

from __future__ import annotations

import http.client
import re
import socket
import time
from contextlib import ExitStack, closing

import pytest
from django.conf import settings

from tests.ops.conftest import PASSWORD
from tests.ops.proxy import HOST, Visitor

UPLOAD = "/admin/news/attachment/upload/"


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"{pattern} is not in: {text[:500]}"
    return match[1]


def token(visitor: Visitor) -> str:
    form = visitor.get("/admin/login/").text
    return found(r'name="csrfmiddlewaretoken" value="(\w+)"', form)


# --- HTTPS ---


def test_browsers_get_http_2(proxy):
    context = proxy.trust()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection((HOST, proxy.port)) as plain,
        context.wrap_socket(plain, server_hostname=HOST) as secure,
    ):
        assert secure.selected_alpn_protocol() == "h2"


def test_who_comes_without_https_is_led_to_it(proxy):
    connection = http.client.HTTPConnection(HOST, proxy.http)
    connection.request("GET", "/en/news/?page=2")
    answer = connection.getresponse()
    assert answer.status in (301, 308)
    assert answer.headers["Location"].startswith(f"https://{HOST}")
    assert answer.headers["Location"].endswith("/en/news/?page=2")


def test_the_newsroom_knows_that_it_is_https(visitor):
    home = visitor.get("/en/")
    assert home.status == 200
    assert "max-age=31536000" in home.headers["Strict-Transport-Security"]
    assert f'<link rel="canonical" href="https://{HOST}/en/"' in home.text


# --- Compressing, keeping ---


def test_a_page_is_compressed_once(visitor):
    kept = visitor.get("/en/news/", Accept_Encoding="gzip, br, zstd")
    assert kept.headers["Content-Encoding"] == "gzip"
    assert kept.text.lstrip().lower().startswith("<!doctype html>")


def test_what_the_newsroom_does_not_compress_the_proxy_does(visitor):
    form = visitor.get("/admin/login/", Accept_Encoding="gzip")
    assert form.headers["Content-Encoding"] == "gzip"
    assert "csrfmiddlewaretoken" in form.text


def test_style_sheets_are_kept_for_good_and_come_compressed(visitor):
    sheet = found(r'"(/static/css/base\.[0-9a-f]{12}\.css)"', visitor.get("/en/").text)
    answer = visitor.get(sheet, Accept_Encoding="gzip")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/css")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "--" in answer.text
    unnamed = visitor.get("/static/css/base.css")
    assert (unnamed.status, unnamed.headers["Cache-Control"]) == (200, "public, max-age=60")


def test_nobody_can_list_the_static_files(visitor):
    assert visitor.get("/static/css/").status == 404
    assert visitor.get("/static/../manage.py").status in (400, 404)


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_what_is_for_operators_is_not_public(visitor, path):
    answer = visitor.get(path)
    assert (answer.status, answer.content) == (404, b"")


# --- How much may be sent ---


def test_an_article_may_be_as_large_as_the_newsroom_takes(visitor):
    most = settings.REQUEST_MAX_BYTES
    typed = f"csrfmiddlewaretoken={token(visitor)}&username=editor&password=".encode()
    answer = visitor.post("/admin/login/", typed.ljust(most, b"x"))
    assert answer.status == 200
    assert "Please enter the correct username" in answer.text


def declared(proxy, path: str, length: int) -> tuple[int, str]:
    """What is answered to a request that says it is so long, and is not all sent."""
    connection = proxy.connection()
    connection.putrequest("POST", path, skip_host=True)
    connection.putheader("Host", HOST)
    connection.putheader("Content-Length", str(length))
    connection.putheader("Content-Type", "application/octet-stream")
    connection.endheaders(b"x" * 5 * 1024 * 1024)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/admin/login/", settings.REQUEST_MAX_BYTES),
        (UPLOAD, settings.FILE_MAX_BYTES),
    ],
)
def test_a_larger_one_is_refused_with_the_newsroom_s_sentence(proxy, path, most):
    """Which comes while the request is still sent, and is lost by that now and then."""
    for _ in range(20):
        status, page = declared(proxy, path, most + 1)
        assert status == 413, page
        assert f"More than {most // 1024**2} MB cannot be sent at once" in page


def test_only_a_file_for_the_library_may_be_larger(proxy):
    """It is looked at who sends it, which is nobody here."""
    assert {declared(proxy, UPLOAD, settings.FILE_MAX_BYTES)[0] for _ in range(20)} == {403}


def test_one_that_does_not_say_how_long_it_is_ends_at_the_limit(proxy):
    connection = proxy.connection()
    connection.putrequest("POST", "/admin/login/", skip_host=True)
    connection.putheader("Host", HOST)
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    block = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    try:
        for _ in range(settings.REQUEST_MAX_BYTES // 0x100000 + 1):
            connection.send(block)
        connection.send(b"0\r\n\r\n")
        status = connection.getresponse().status
    except OSError:
        return  # Cut off.
    assert status in (403, 413)


# --- Who is slow ---


def test_slow_forms_and_slow_readers_hold_up_nobody(proxy, servers, visitor):
    """More of each than all servers have threads."""
    name = f"attachments/2026/{'0' * 32}.mp4"
    video = servers[0].files / "media" / name
    video.parent.mkdir(parents=True, exist_ok=True)
    with video.open("wb") as content:
        content.truncate(200_000_000)
    with ExitStack() as slow:
        for _ in range(20):
            slow.enter_context(closing(slow_form(proxy)))
            reader = slow.enter_context(closing(proxy.connection()))
            reader.request("GET", f"/media/{name}", headers={"Host": HOST})
            answer = reader.getresponse()  # Its head, and nothing of the video.
            assert (answer.status, answer.headers["Content-Length"]) == (200, "200000000")
        for number in range(8):
            began = time.monotonic()
            assert visitor.get("/en/").status == 200
            assert visitor.get(f"/en/news/search/?q=pier{number}").status == 200  # Is not kept.
            assert token(visitor)
            assert visitor.get(f"/media/{name}", Range="bytes=9-18").content == bytes(10)
            assert time.monotonic() - began < 5


def slow_form(proxy) -> http.client.HTTPSConnection:
    form = proxy.connection()
    form.putrequest("POST", "/admin/login/", skip_host=True)
    form.putheader("Host", HOST)
    form.putheader("Cookie", f"csrftoken={'c' * 32}")
    form.putheader("Content-Type", "application/x-www-form-urlencoded")
    form.putheader("Content-Length", "100")
    form.putheader("Referer", f"https://{HOST}/")
    form.endheaders(b"a=")
    return form


# --- Who it is ---


def sign_in(visitor: Visitor, password: str, **headers: str):
    typed = {"csrfmiddlewaretoken": token(visitor), "username": "editor", "password": password}
    return visitor.post("/admin/login/?next=/admin/", typed, **headers)


def test_whoever_guesses_passwords_is_known_by_the_address_that_the_proxy_saw(visitor, servers):
    for number in range(6):
        answer = sign_in(visitor, "wrong", X_Forwarded_For=f"203.0.113.{number}, 10.0.0.1")
    assert answer.status == 429
    seen = servers[0].query("SELECT DISTINCT ip_address FROM axes_accessattempt")
    assert {str(address) for (address,) in seen} <= {"127.0.0.1", "::1"}
    servers[0].manage("axes_reset")
    assert sign_in(visitor, PASSWORD).status == 200


@pytest.mark.parametrize("spelt", ["X-Request-ID", "X_Request_ID", "X-Request_ID"])
def test_what_visitors_claim_in_the_proxy_s_words_is_dropped_however_it_is_spelt(visitor, spelt):
    visitor.claims = {spelt: "a-visitor-s-own"}
    answer = visitor.get("/admin/login/")
    assert re.fullmatch(r"[0-9a-f-]{32,36}", answer.headers["X-Request-ID"])


# --- When nobody answers ---


def test_without_a_server_the_proxy_says_so(servers, visitor):
    for server in servers:
        server.kill()
    answer = visitor.get("/en/")
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert "try again" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    for server in servers:
        server.start()
