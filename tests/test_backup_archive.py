"""What an archive looks like, and every way in which one can be damaged."""

from __future__ import annotations

import hashlib
import io
import subprocess
from pathlib import Path

import pytest

from news.backup import BackupError, archive
from tests import archives

pytestmark = pytest.mark.once

NAMES = ("database.sql.gz", "media/pictures/2026/a.jpg", "media/attachments/2026/b.pdf")


@pytest.fixture
def path(tmp_path) -> Path:
    path = tmp_path / "newsroom-20260301T000000Z.tar"
    with archive.writing(path) as writer:
        for name in NAMES:
            writer.add(name, io.BytesIO(name.encode() * 99), len(name) * 99)
        writer.finish(
            archive.Manifest(
                site="news.example.com",
                made_at="2026-03-01T00:00:00+00:00",
                release="1.0",
                database="postgresql",
                version="18.1",
                edition=7,
                migrations=["news.0001_initial"],
                rows={"news_article": 1, "新闻": 2},
                deleted=["attachments/2026/b.pdf"],
            )
        )
    return path


def check(path: Path) -> archive.Manifest:
    with archive.reading(path) as reader:
        reader.check()
        return reader.manifest


def test_what_was_written_is_read(path):
    manifest = check(path)
    assert (manifest.format, manifest.edition, manifest.rows["新闻"]) == (archive.FORMAT, 7, 2)
    assert tuple(manifest.files) == NAMES
    data = NAMES[1].encode() * 99
    assert manifest.files[NAMES[1]] == (len(data), hashlib.sha256(data).hexdigest())
    with archive.reading(path) as reader:
        assert reader.open(NAMES[1]).read() == data


def test_what_was_deleted_meanwhile_is_not_to_come_back(path):
    assert check(path).media == ["pictures/2026/a.jpg"]


def test_every_byte_is_told_to_whoever_watches(path):
    told: list[int] = []
    with archive.reading(path) as reader:
        reader.check(told.append)
    assert sum(told) == sum(len(name) * 99 for name in NAMES)


class Drops(io.BytesIO):
    """As from a store far away: less than was asked for."""

    def read(self, size: int = -1) -> bytes:
        return super().read(min(size, 7) if size > 0 else size)


def test_what_comes_in_drops_is_whole(tmp_path):
    with archive.writing(tmp_path / "a.tar") as writer:
        writer.add("media/a.jpg", Drops(b"0123456789" * 500), 5000)
    assert archives.content(tmp_path / "a.tar")["media/a.jpg"] == b"0123456789" * 500


def test_it_is_for_its_owner_alone_also_unpacked(path, tmp_path):
    assert path.stat().st_mode & 0o777 == 0o600
    subprocess.run(["tar", "xf", path, "-C", tmp_path], check=True)
    assert (tmp_path / NAMES[1]).stat().st_mode & 0o777 == 0o600
    check_sum = ["sha256sum", "--check", "manifest.json.sha256"]
    subprocess.run(check_sum, cwd=tmp_path, check=True, capture_output=True)


def test_an_archive_is_never_written_over(path):
    with pytest.raises(FileExistsError), archive.writing(path):
        pass


@pytest.mark.parametrize("name", NAMES)
def test_a_single_bit_is_noticed(path, name):
    whole = path.read_bytes()
    place = whole.index(name.encode() * 99) + 50
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    with pytest.raises(BackupError, match=f"damaged: {name}"):
        check(path)


def test_a_manifest_that_was_changed_is_not_believed(path):
    path.write_bytes(path.read_bytes().replace(b'"edition": 7', b'"edition": 8'))
    with pytest.raises(BackupError, match="its manifest is not as it was written"):
        check(path)


def test_wherever_it_is_cut_off_it_is_noticed(path):
    whole = path.read_bytes()
    end = whole.index(b"manifest.json.sha256")
    for length in (0, 100, 512, 700, 2048, end - 1, end + 512):
        path.write_bytes(whole[:length])
        with pytest.raises(BackupError, match="damaged"):
            check(path)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_missing_is_named(path, name):
    members = archives.content(path)
    del members[name]
    archives.write(path, members)
    with pytest.raises(BackupError, match=name):
        check(path)


def test_a_file_that_was_put_in_is_named(path):
    archives.write(path, {"media/../../etc/cron.d/x": b"*"} | archives.content(path))
    with pytest.raises(BackupError, match=r"media/\.\./\.\./etc/cron\.d/x"):
        check(path)


def test_without_a_database_it_is_no_archive(path):
    members = archives.content(path)
    del members[NAMES[0]]
    archives.write(path, members)
    archives.rewritten(path, lambda said: said["files"].pop(NAMES[0]))
    with pytest.raises(BackupError, match="no database in it"):
        check(path)


def test_of_a_newer_format_only_that_is_believed(path):
    archives.rewritten(path, lambda said: said.update(format=2, something="new"))
    with pytest.raises(BackupError, match="of format 2, this release knows 1"):
        check(path)


def test_another_file_is_no_archive(path):
    path.write_bytes(b"PK\x03\x04" + bytes(2000))
    with pytest.raises(BackupError, match="is no archive"):
        check(path)
