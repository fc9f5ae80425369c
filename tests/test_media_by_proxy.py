"""What the newsroom answers for a stored file that the proxy in front sends."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from tests.test_media import NAME, keep
from tests.test_media_files import CONTENT, stored

pytestmark = pytest.mark.django_db

PICTURE = f"{NAME}.jpg"


@pytest.fixture(autouse=True)
def by_proxy(settings):
    settings.MEDIA_BY_PROXY = True


@pytest.mark.parametrize("kind", ["pdf", "mp4", "docx"])
@pytest.mark.parametrize("asked", ["", "bytes=0-9"])
def test_only_headers_are_sent_and_the_same_as_ever(site, settings, kind, asked):
    size = {"width": 1, "height": 1} if kind == "mp4" else {}
    file = stored(kind, CONTENT, title="年度报告", **size)
    left = site.get(file.file.url, range=asked)
    assert (left.status, left.body) == (200, b"")
    assert left.headers["X-Accel-Redirect"] == f"/{file.file.name}"
    settings.MEDIA_BY_PROXY = False
    sent = site.get(file.file.url, range=asked)
    assert sent.body == (CONTENT[:10] if asked else CONTENT)
    assert "X-Accel-Redirect" not in sent.headers
    assert said(left) == said(sent)
    assert said(left)["Content-Type"]


def said(answer) -> dict[str, str]:
    """But for what follows from who sends it, and to whom."""
    own = ("X-Accel-Redirect", "X-Accel-Range", "Content-Length", "Content-Range", "X-Request-ID")
    return {name: value for name, value in answer.headers.items() if name not in own}


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=100-199", "bytes=100-199"),
        ("bytes=10200-99999999", "bytes=10200-10239"),
        ("bytes=-5", "bytes=10235-10239"),
        ("bytes=0-", ""),
        ("", ""),
        ("bytes=0-1,5-9", ""),
        ("pages=1-2", ""),
    ],
)
def test_the_proxy_is_told_which_part(site, asked, part):
    keep(PICTURE, CONTENT)
    answer = site.get(f"/media/{PICTURE}", range=asked)
    assert answer.headers["X-Accel-Range"] == part
    assert site.head(f"/media/{PICTURE}", range=asked).headers["X-Accel-Range"] == ""


def test_a_part_of_another_file_is_all_of_this_one(site):
    keep(PICTURE, CONTENT)
    for tag, part in ((f'"{PICTURE}"', "bytes=5-9"), ('"another"', "")):
        answer = site.get(f"/media/{PICTURE}", range="bytes=5-9", if_range=tag)
        assert answer.headers["X-Accel-Range"] == part


def test_what_needs_no_file_is_answered_here(site):
    keep(PICTURE, CONTENT)
    known = site.get(f"/media/{PICTURE}", if_none_match=f'"{PICTURE}"')
    beyond = site.get(f"/media/{PICTURE}", range="bytes=10240-")
    posted = site.request("POST", f"/media/{PICTURE}")
    missing = site.get(f"/media/{'pictures/1999/' + '0' * 32}.jpg")
    keep("secret.jpg")
    another = site.get("/media/secret.jpg")
    answers = (known, beyond, posted, missing, another)
    assert [answer.status for answer in answers] == [304, 416, 405, 404, 404]
    assert not [answer for answer in answers if "X-Accel-Redirect" in answer.headers]


def test_a_file_that_cannot_be_read_is_no_empty_one(site, monkeypatch):
    def refused(*_):
        raise PermissionError("not for us")

    keep(PICTURE)
    monkeypatch.setattr(default_storage, "_open", refused)
    answer = site.get(f"/media/{PICTURE}")
    assert answer.status == 503
    assert "X-Accel-Redirect" not in answer.headers


def test_a_store_that_is_no_folder_is_read_here(site, settings):
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = settings.STORAGES | {"default": memory}
    default_storage.save(PICTURE, ContentFile(CONTENT))
    answer = site.get(f"/media/{PICTURE}")
    assert (answer.status, answer.body) == (200, CONTENT)
    assert "X-Accel-Redirect" not in answer.headers


def test_somebody_else_can_read_what_is_stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    path = Path(default_storage.path(default_storage.save(PICTURE, ContentFile(CONTENT))))
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    folders = [path.parent, path.parent.parent, settings.MEDIA_ROOT]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o755}
