"""Files as browsers get them: whole, in parts, and under a name that people can read."""

from __future__ import annotations

import http.client
import socket
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil
import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError

from news.models import Attachment
from tests.helpers import make_attachment
from tests.server import Server

pytestmark = pytest.mark.django_db

FOR_GOOD = "public, max-age=31536000, immutable"
CONTENT = bytes(range(256)) * 40


@pytest.fixture
def film() -> Attachment:
    return stored("mp4", CONTENT, width=640, height=360)


def stored(kind: str, content: bytes, **fields) -> Attachment:
    attachment = make_attachment(kind=kind, size=len(content), **fields)
    Path(default_storage.path(attachment.file.name)).write_bytes(content)
    return attachment


@pytest.mark.parametrize(
    ("kind", "content_type", "way"),
    [
        ("pdf", "application/pdf", "inline"),
        ("mp4", "video/mp4", "inline"),
        (
            "docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "attachment",
        ),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "attachment"),
        (
            "pptx",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "attachment",
        ),
    ],
)
def test_a_file_is_sent_as_what_it_is_and_called_by_its_title(site, kind, content_type, way):
    size = {"width": 1, "height": 1} if kind == "mp4" else {}
    file = stored(kind, b"<html>never read as HTML", title="Annual report 2025", **size)
    answer = site.get(file.file.url)
    assert (answer.status, answer.body) == (200, b"<html>never read as HTML")
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Disposition"] == f'{way}; filename="Annual report 2025.{kind}"'
    assert answer.headers["Cache-Control"] == FOR_GOOD
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Content-Length"] == "24"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("年度报告", "年度报告.pdf"),
        ('A "report"/2025: \\ <draft>?', "A report 2025 draft.pdf"),
        ("Line\r\nSet-Cookie: a=b", "Line Set-Cookie a=b.pdf"),
        ("..", "pdf.pdf"),
        ("../../etc/passwd", "etc passwd.pdf"),
    ],
)
def test_a_title_becomes_a_name_that_a_disk_takes(site, title, name):
    said = site.get(stored("pdf", b"x", title=title).file.url).headers["Content-Disposition"]
    assert "\n" not in said
    plain, encoded = f'filename="{name}"', "filename*=utf-8''"
    assert plain in said or unquote(said.partition(encoded)[2]) == name


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_what_the_library_does_not_have_has_no_name_but_is_sent(site, film, monkeypatch, error):
    """Such as while the database is away, when pages with the video are still sent."""

    def away(*_, **__):
        raise error

    monkeypatch.setattr("news.models.attachment.AttachmentQuerySet.filter", away)
    answer = site.get(film.file.url)
    assert (answer.status, answer.body) == (200, CONTENT)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, 10_239),
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("Bytes=100-199", 100, 199),
        ("bytes=10200-", 10_200, 10_239),
        ("bytes=10200-99999999", 10_200, 10_239),
        ("bytes=-5", 10_235, 10_239),
        ("bytes=-99999", 0, 10_239),
    ],
)
def test_a_part_is_sent_where_one_is_asked_for(site, film, asked, first, last):
    answer = site.get(film.file.url, range=asked)
    part = CONTENT[first : last + 1]
    assert answer.status == (206 if len(part) < len(CONTENT) else 200)
    assert answer.body == part
    assert answer.headers["Content-Length"] == str(len(part))
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Cache-Control"] == FOR_GOOD
    if answer.status == 206:
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/10240"


def test_the_parts_of_what_is_played_ask_the_database_for_nothing(
    site, film, django_assert_num_queries
):
    with django_assert_num_queries(0):
        assert site.get(film.file.url, range="bytes=0-").status == 200
        assert site.get(film.file.url, range="bytes=100-199").status == 206
    part = site.get(stored("docx", CONTENT, title="Report").file.url, range="bytes=0-9")
    assert part.headers["Content-Disposition"] == 'attachment; filename="Report.docx"'


def test_a_file_is_sent_in_large_pieces(client):
    film = stored("mp4", bytes(300 * 1024), width=640, height=360)
    sizes = [len(piece) for piece in client.get(film.file.url).streaming_content]
    assert sizes == [128 * 1024, 128 * 1024, 44 * 1024]


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=99999-100000", "bytes=-0"])
def test_a_part_that_there_is_none_of_is_refused(site, film, asked):
    answer = site.get(film.file.url, range=asked)
    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers["Content-Range"] == "bytes */10240"
    assert "immutable" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "bytes=",
        "bytes=-",
        "bytes=5-3",
        "bytes=a-b",
        "pages=1-2",
        "bytes=0-1,5-9",
        "bytes=1" * 99,
    ],
)
def test_what_is_no_part_is_all_of_it(site, film, asked):
    answer = site.get(film.file.url, range=asked)
    assert (answer.status, answer.body) == (200, CONTENT)
    assert "Content-Range" not in answer.headers


def test_a_part_is_of_the_file_that_the_browser_has_begun_with(site, film):
    tag = site.get(film.file.url).headers["ETag"]
    assert site.get(film.file.url, range="bytes=5-9", if_range=tag).status == 206
    for other in ('"another"', f"W/{tag}", "Wed, 04 Mar 2026 12:00:00 GMT"):
        assert site.get(film.file.url, range="bytes=5-9", if_range=other).status == 200
    again = site.get(film.file.url, range="bytes=5-9", if_none_match=tag)
    assert (again.status, again.body) == (304, b"")


def test_pictures_come_in_parts_too(site):
    name = "pictures/2026/" + "a" * 32 + ".jpg"
    path = Path(default_storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(CONTENT)
    answer = site.get(f"/media/{name}", range="bytes=1-2")
    assert (answer.status, answer.body) == (206, b"\1\2")
    assert "Content-Disposition" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_files_are_only_read(site, film, method):
    assert site.request(method, film.file.url).status == 405


@pytest.mark.parametrize(
    "name", ["{}.html", "{}.exe", "{}.doc", "{}.docm", "{}-640.mp4", "x.pdf", "{}.mp4/"]
)
def test_no_other_file_of_the_folder_is_sent(site, name):
    name = "attachments/2026/" + name.format("c" * 32)
    path = Path(default_storage.path(name.strip("/")))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"secret")
    answer = site.get(f"/media/{name}")
    assert (answer.status, answer.body) == (404, b"")


# --- The real server


@pytest.fixture(scope="module")
def served(django_db_setup):
    with Server(WEB_WORKERS="1") as server:
        yield server


LARGE = "attachments/2026/" + "e" * 32 + ".mp4"
SIZE = 150 * 1024**2


@pytest.fixture
def large(served) -> str:
    file = Path(served.environment["MEDIA_ROOT"], LARGE)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as content:
        content.truncate(SIZE)
    return f"/media/{LARGE}"


def memory_of(served: Server) -> int:
    return sum(p.memory_info().rss for p in psutil.Process(served.process.pid).children(True))


def test_a_slow_reader_of_a_large_video_costs_little_memory(served, large):
    address = urlsplit(served.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as slow:
        before = memory_of(served)
        slow.sendall(f"GET {large} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        assert b" 200 " in slow.recv(64)
        taken = 0
        while taken < 20 * 1024**2:
            taken += len(slow.recv(1024**2))
        assert memory_of(served) - before < 40 * 1024**2
    with closing(http.client.HTTPConnection(address.netloc, timeout=20)) as line:
        line.request("GET", large, headers={"Range": f"bytes={SIZE - 10}-"})
        answer = line.getresponse()
        assert (answer.status, answer.read()) == (206, bytes(10))
        line.request("HEAD", large)
        answer = line.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        assert answer.headers["Content-Length"] == str(SIZE)
