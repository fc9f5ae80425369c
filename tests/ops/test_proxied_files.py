"""Stored files as the proxy sends them, once the newsroom has said that it may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.ops.proxy import BEHIND, HOST, Answer, Proxy, Visitor
from tests.server import Server

CONTENT = bytes(range(256)) * 40
NAME = f"attachments/2026/{'a' * 32}"
FILM, REPORT = f"/media/{NAME}.mp4", f"/media/{NAME}.docx"
TAG = f'"{NAME}.mp4"'
REPORT_IN_LIBRARY = f"""
from news.models import Attachment
Attachment.objects.create(file="{NAME}.docx", kind="docx", size=1, title="年度报告")
"""


@pytest.fixture(scope="module", autouse=True)
def media(servers: tuple[Server, Server]) -> Path:
    folder = servers[0].files / "media"
    names = (f"{NAME}.mp4", f"{NAME}.pdf", f"{NAME}.docx", f"{NAME}.html", "secret.txt")
    for path in (folder / name for name in names):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT)
    servers[0].python(REPORT_IN_LIBRARY)
    return folder


@pytest.fixture(scope="module")
def server(servers: tuple[Server, Server], media: Path) -> Iterator[Server]:
    """One that sends files itself."""
    own = BEHIND | {"MEDIA_BY_PROXY": "false", "MEDIA_ROOT": str(media)}
    with Server(host=servers[0], **own) as server:
        yield server


def sent_by(server: Server, method: str, path: str, headers: dict[str, str]) -> Answer:
    of_proxy = {"Host": HOST, "X-Forwarded-Proto": "https"}
    try:
        answer = urlopen(Request(server.url + path, method=method, headers=headers | of_proxy))
    except HTTPError as error:
        answer = error
    with answer:
        return Answer(answer.status, answer.headers, answer.read())


def said(answer: Answer) -> dict[str, str]:
    """But for what is each server's own, or each answer's."""
    own = ("server", "date", "alt-svc", "connection", "x-request-id")
    return {name: value for name, value in sorted_headers(answer) if name not in own}


def sorted_headers(answer: Answer) -> list[tuple[str, str]]:
    return sorted((name.lower(), value) for name, value in answer.headers.items())


@pytest.mark.parametrize(
    ("status", "method", "path", "headers"),
    [
        (200, "GET", FILM, {}),
        (200, "GET", FILM, {"Accept-Encoding": "gzip"}),
        (200, "GET", f"/media/{NAME}.pdf", {}),
        (200, "GET", REPORT, {"X-Accel-Redirect": "/secret.txt"}),
        (200, "HEAD", FILM, {}),
        (200, "HEAD", FILM, {"Range": "bytes=0-9"}),
        (206, "GET", FILM, {"Range": "bytes=100-199"}),
        (206, "GET", FILM, {"Range": "bytes=-5"}),
        (206, "GET", FILM, {"Range": "bytes=10200-"}),
        (206, "GET", REPORT, {"Range": "bytes=0-9"}),
        (206, "GET", FILM, {"Range": "bytes=5-9", "If-Range": TAG}),
        (200, "GET", FILM, {"Range": "bytes=5-9", "If-Range": '"another"'}),
        (200, "GET", FILM, {"Range": "bytes=0-1,5-9"}),
        (200, "GET", FILM, {"Range": "pages=1-2"}),
        (416, "GET", FILM, {"Range": "bytes=10240-"}),
        (304, "GET", FILM, {"If-None-Match": TAG}),
        (304, "GET", FILM, {"If-None-Match": "*"}),
        (304, "HEAD", FILM, {"If-None-Match": f"W/{TAG}"}),
        (200, "GET", FILM, {"If-None-Match": '"another"'}),
        (200, "GET", FILM, {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}),
        (200, "GET", FILM, {"If-Match": TAG}),
        (200, "GET", FILM, {"If-Match": '"another"'}),
        (200, "GET", FILM, {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}),
        (404, "GET", f"/media/attachments/2026/{'b' * 32}.mp4", {}),
        (404, "GET", f"/media/{NAME}.html", {}),
        (405, "DELETE", FILM, {}),
    ],
)
def test_nobody_can_tell_who_sends_it(visitor, server, status, method, path, headers):
    by_proxy = visitor.ask(method, path, **headers)
    by_server = sent_by(server, method, path, headers)
    assert by_proxy.status == by_server.status == status
    assert by_proxy.content == by_server.content
    assert said(by_proxy) == said(by_server)


def test_pictures_are_sent_by_it_too(visitor):
    answer = visitor.get(re.search(r'/media/pictures/[^" ]+\.jpg', visitor.get("/en/").text)[0])
    assert answer.content.startswith(b"\xff\xd8")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        f"/{NAME}.mp4",
        f"/{NAME}.html",
        "/secret.txt",
        "/media/secret.txt",
        "/media/",
        "/media/attachments/2026/",
        f"/media/../{NAME}.mp4",
        f"/media//{NAME}.mp4",
        f"/media/{NAME}.mp4/",
        f"/media/{NAME}.mp4%2f..%2f..%2f..%2fsecret.txt",
        "/static/../media/secret.txt",
        "/srv/media/secret.txt",
    ],
)
def test_nobody_reaches_the_folder_without_the_newsroom(visitor, path):
    answer = visitor.get(path, X_Accel_Redirect="/secret.txt")
    assert answer.status in (400, 404)
    assert CONTENT[:256] not in answer.content


def test_a_file_that_the_proxy_cannot_read_is_not_kept_as_missing(servers, tmp_path):
    with Proxy(servers[0].port, media=tmp_path) as proxy:
        answer = Visitor(proxy).get(FILM)
    assert answer.status == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["ETag"] is None
    assert answer.headers["X-Accel-Redirect"] is None
