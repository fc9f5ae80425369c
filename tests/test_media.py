"""Stored pictures as browsers get them, and requests that are too large to be read."""

from __future__ import annotations

import json
import os
import socket
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as site_settings
from django.core.files.storage import default_storage

from tests.helpers import make_image, make_user, picture_bytes
from tests.server import Server

pytestmark = pytest.mark.django_db

NAME = "pictures/2026/0123456789abcdef0123456789abcdef"
FOR_GOOD = "public, max-age=31536000, immutable"


def keep(name: str, content: bytes = b"a picture") -> Path:
    """A file below the media folder, whoever put it there."""
    path = Path(default_storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# --- Pictures ---


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        (f"{NAME}.jpg", "image/jpeg"),
        (f"{NAME}.png", "image/png"),
        (f"{NAME}.webp", "image/webp"),
        (f"{NAME}-640.avif", "image/avif"),
        (f"{NAME}-1440.jpg", "image/jpeg"),
    ],
)
def test_a_stored_picture_is_sent_with_its_type_and_kept_for_good(site, name, content_type):
    keep(name, b"<html>not what it says, and never read as HTML")
    answer = site.get(f"/media/{name}")
    assert answer.status == 200
    assert answer.body == b"<html>not what it says, and never read as HTML"
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Cache-Control"] == FOR_GOOD
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Content-Length"] == str(len(answer.body))


def test_every_file_of_a_library_picture_is_sent(site):
    image = make_image()
    for name in image.rendition_names():
        keep(name)
    for name in image.file_names():
        assert site.get(f"/media/{name}").status == 200
    assert site.get(image.url).body == picture_bytes()


def test_a_picture_is_the_same_to_everybody(site):
    keep(f"{NAME}.jpg")
    site.sign_in(make_user(is_superuser=True))
    answer = site.get(f"/media/{NAME}.jpg", accept_language="zh-hans", accept="text/html")
    assert answer.headers["Cache-Control"] == FOR_GOOD
    assert "Vary" not in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_a_picture_asks_the_database_for_nothing(site, django_assert_num_queries):
    keep(f"{NAME}.jpg")
    with django_assert_num_queries(0):
        site.get(f"/media/{NAME}.jpg")
        site.get(f"/media/{NAME[:-1]}.jpg")


def test_a_browser_that_has_a_picture_is_told_so(site):
    keep(f"{NAME}.jpg")
    tag = site.get(f"/media/{NAME}.jpg").headers["ETag"]
    again = site.get(f"/media/{NAME}.jpg", if_none_match=tag)
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == tag
    assert again.headers["Cache-Control"] == FOR_GOOD
    keep(f"{NAME}-640.avif")
    assert site.get(f"/media/{NAME}-640.avif", if_none_match=tag).status == 200


@pytest.mark.parametrize("known", ["W/{}", '"other", {}', 'W/"other",W/{}', "*"])
def test_it_may_say_in_any_way_that_it_has_it(site, known):
    keep(f"{NAME}.jpg")
    known = known.format(f'"{NAME}.jpg"')
    assert site.get(f"/media/{NAME}.jpg", if_none_match=known.strip()).status == 304


@pytest.mark.parametrize("known", ["", '"other"', NAME, f"{NAME}.jpg", f'"{NAME}"', "W/"])
def test_what_is_no_tag_of_it_changes_nothing(site, known):
    keep(f"{NAME}.jpg")
    assert site.get(f"/media/{NAME}.jpg", if_none_match=known).status == 200


def test_nobody_has_what_is_not_there(site):
    missing = f"/media/pictures/1999/{'0' * 32}.jpg"
    assert site.get(missing, if_none_match="*").status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_pictures_are_only_read(site, method):
    file = keep(f"{NAME}.jpg")
    answer = site.request(method, f"/media/{NAME}.jpg", b"anything")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD"
    assert file.read_bytes() == b"a picture"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "pictures",
        "pictures/",
        "pictures/2026/",
        f"{NAME}",
        f"{NAME}.",
        f"{NAME}.jpg/",
        f"{NAME}.jpg%00",
        f"{NAME}%00.jpg",
        f"{NAME}.jpg%0a",
        f"{NAME}.JPG",
        f"{NAME}.html",
        f"{NAME}.svg",
        f"{NAME}.gif",
        f"{NAME}-640.html",
        f"{NAME}.jpg.html",
        f"{NAME}-.jpg",
        f"{NAME}-640-320.jpg",
        f"/{NAME}.jpg",
        f"./{NAME}.jpg",
        "pictures/2026/photo.jpg",
        "pictures/2026/../2026/0123456789abcdef0123456789abcdef.jpg",
        "pictures/%2e%2e/secret.jpg",
        "..%2f..%2f..%2fetc%2fpasswd",
        "../../../../etc/passwd",
        "..\\..\\secret.jpg",
        "%c0%ae%c0%ae/secret.jpg",
        "/etc/passwd",
        "secret.jpg",
        "secret.html",
        "pictures/2026/ffffffffffffffffffffffffffffffff.jpg",
        "pictures/２０２６/0123456789abcdef0123456789abcdef.jpg",
    ],
)
def test_nothing_else_is_sent(site, path):
    for name in (".jpg", ".html", ".svg", ".gif", ".JPG", "-640.html", ".jpg.html", ""):
        keep(NAME + name)
    for name in ("secret.jpg", "secret.html", "pictures/2026/photo.jpg"):
        keep(name)
    answer = site.get(f"/media/{path}")
    assert (answer.status, answer.body) == (404, b"")
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_a_folder_named_like_a_picture_is_not_sent(site):
    name = "pictures/2026/" + "d" * 32 + ".jpg"
    Path(default_storage.path(name)).mkdir(parents=True, exist_ok=True)
    assert site.get(f"/media/{name}").status == 404


# --- Requests that are too large ---


@pytest.fixture(scope="module")
def served(django_db_setup):
    """The real server: only it shows what is answered before a request was read."""
    with Server() as server:
        yield server


def say(served: Server, head: str, body: bytes = b"") -> tuple[int, str, bytes]:
    """What the server answers a request of which no more than this is sent: status, head, body."""
    request, *headers = head.splitlines()
    line = HTTPConnection(urlsplit(served.url).netloc, timeout=5)
    with closing(line):
        line.putrequest(*request.split()[:2], skip_accept_encoding=True)
        line.putheader("Connection", "close")
        for header in headers:
            line.putheader(*header.split(": "))
        line.endheaders(body)
        answer = line.getresponse()
        return answer.status, str(answer.headers), answer.read()


@pytest.mark.parametrize(
    ("path", "title", "sentence"),
    [
        (
            "/admin/news/image/add/",
            "Too much at once",
            "More than 21 MB cannot be sent at once. Make it smaller.",
        ),
        ("/en/", "Too much at once", "More than 21 MB"),
        ("/zh-hans/news/", "", "21 MB"),
    ],
)
def test_too_large_a_request_is_refused_in_words_before_it_is_read(served, path, title, sentence):
    head = f"POST {path} HTTP/1.1\nContent-Type: text/plain\nContent-Length: {30 * 1024**2}"
    status, said, content = say(served, head)
    page = content.decode()
    assert status == 413
    assert "text/html" in said
    assert "no-store" in said
    assert title in page
    assert sentence in page
    language = "zh-hans" if path.startswith("/zh") else "en"
    assert f'lang="{language}' in page.replace("zh-Hans", "zh-hans")
    if language != "en":
        assert "Make it smaller" not in page
        assert "Too much at once" not in page


def test_scripts_are_told_in_their_own_format(served):
    for path, word in (("/admin/", "smaller"), ("/zh-hans/", "21 MB")):
        status, said, content = say(
            served,
            f"POST {path} HTTP/1.1\nAccept: application/json\nContent-Length: {30 * 1024**2}",
        )
        assert status == 413
        assert "application/json" in said
        answer = json.loads(content)
        assert answer["uploaded"] == 0
        assert word in answer["error"]["message"]


def test_a_large_file_is_not_read_before_it_is_known_who_sends_it(served):
    head = (
        "POST /admin/news/attachment/upload/?name=a.pdf HTTP/1.1\n"
        f"Content-Type: application/octet-stream\nContent-Length: {199 * 1024**2}\n"
        "Accept: application/json"
    )
    token = "a" * 32
    known = f"{head}\nCookie: csrftoken={token}\nX-CSRFToken: {token}"
    for asked, word in ((head, "session"), (known, "signed out")):
        status, _, content = say(served, asked)
        assert status == 403
        assert word in json.loads(content)["error"]["message"]


def test_the_limit_is_the_last_that_is_read(served):
    most = site_settings.REQUEST_MAX_BYTES
    head = (
        "POST /admin/login/ HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\n"
        f"Cookie: csrftoken={'a' * 32}\nContent-Length: "
    )
    assert say(served, f"{head}{most + 1}")[0] == 413
    assert say(served, f"{head}{most}", bytes(most))[0] == 403  # No token in it.


def test_a_body_that_ends_early_stays_without_an_answer_and_costs_nobody_else(served):
    address = urlsplit(served.url)
    head = b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\nabc"
    with socket.create_connection((address.hostname, address.port), timeout=5) as line:
        line.sendall(head)
        assert say(served, "GET /en/ HTTP/1.1")[0] == 200
    assert say(served, "GET /en/ HTTP/1.1")[0] == 200


@pytest.mark.parametrize("length", ["-1", "abc", "1e9", "+31457280", "9" * 30, "9" * 5000, "²", ""])
def test_a_length_that_is_none_does_no_harm(served, length):
    head = f"POST /admin/login/ HTTP/1.1\nContent-Type: text/plain\nContent-Length: {length}"
    assert say(served, head)[0] in (400, 403, 413)
    assert say(served, "GET /en/ HTTP/1.1")[0] == 200


@pytest.mark.parametrize("length", ["-1", "abc", "1e9", "+9", "9" * 5000, "²", "٣", "", None])
def test_a_length_that_another_server_lets_through_does_no_harm(client, length):
    declared = {} if length is None else {"CONTENT_LENGTH": length}
    answer = client.post("/admin/login/", **declared)
    assert answer.status_code in (200, 400, 413)


def test_a_body_without_a_length_is_not_read_as_one(served):
    head = "POST /admin/login/ HTTP/1.1\nTransfer-Encoding: chunked\nContent-Type: text/plain"
    assert say(served, head, b"3\r\nabc\r\n0\r\n\r\n")[0] in (400, 403, 411)


def test_a_head_is_answered_without_the_picture(served):
    name = f"{NAME}.jpg"
    file = Path(served.environment["MEDIA_ROOT"], name)
    file.parent.mkdir(parents=True)
    file.write_bytes(os.urandom(5_000))
    status, said, content = say(served, f"HEAD /media/{name} HTTP/1.1")
    assert (status, content) == (200, b"")
    assert "image/jpeg" in said
    assert FOR_GOOD in said
    assert say(served, f"GET /media/{name} HTTP/1.1")[2] == file.read_bytes()


def test_addresses_that_lead_out_of_the_folder_lead_nowhere(served):
    for path in ("../../../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "..%2f..%2fetc/passwd"):
        status, _, content = say(served, f"GET /media/{path} HTTP/1.1")
        assert status == 404
        assert b"root:" not in content
