"""`manage.py backup`, as an operator runs it beside a site that goes on."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import stat
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError
from django.db import connection

from news import browsing
from news.backup import BackupError, databases, make
from news.models import Article, Attachment, BrowsingVolume, Edition, LibraryFile
from tests import archives
from tests.archives import backup, content, kept, made, manifest
from tests.helpers import make_article, make_attachment, make_image, make_user
from tests.test_project import start

pytestmark = pytest.mark.django_db(transaction=True)

HOURS = [f"newsroom-20260301T0{hour}0000Z.tar" for hour in range(5)]


@pytest.fixture(autouse=True)
def folders(tmp_path, settings) -> Path:
    """Where archives are kept, beside a media store of this test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.BACKUP_ROOT = tmp_path / "backups"
    return settings.BACKUP_ROOT


def stored_image():
    """A picture of which every size is stored."""
    image = make_image(renditions={})
    assert default_storage.exists(image.file.name)
    return image


def when_a_snapshot_is_taken(monkeypatch: pytest.MonkeyPatch, *happenings: Callable) -> None:
    """One happening for each snapshot, which does not see it any more."""
    database = type(databases.ours())
    take, left = database.snapshot, iter(happenings)

    @contextmanager
    def snapshot(self, folder: Path) -> Iterator:
        with take(self, folder) as taken:
            next(left, lambda: None)()
            yield taken

    monkeypatch.setattr(database, "snapshot", snapshot)


def before_a_snapshot_is_taken(monkeypatch: pytest.MonkeyPatch, happening: Callable) -> None:
    database = type(databases.ours())
    take = database.snapshot

    def snapshot(self, folder: Path):
        happening()
        return take(self, folder)

    monkeypatch.setattr(database, "snapshot", snapshot)


# --- What is in it ---


def test_an_archive_has_the_database_every_file_and_says_what_the_site_was():
    article, image, attachment = make_article(), stored_image(), make_attachment()
    make_user("somebody")
    browsing.count_view(article.pk)
    path = made()
    said, inside = manifest(path), content(path)
    assert (said["format"], said["database"]) == (1, connection.vendor)
    assert said["edition"] == Edition.objects.get().number
    assert said["rows"]["news_article"] == said["rows"]["auth_user"] == 1
    assert said["rows"]["news_dailyviews"] == 1
    assert "news.0001_initial" in said["migrations"]
    assert (said["missing"], said["deleted"]) == ([], [])
    stored = {f"media/{each.file.name}" for each in (image, attachment)}
    assert {name for name in inside if name.startswith("media/")} == stored
    assert inside[f"media/{image.file.name}"] == default_storage.open(image.file.name).read()
    assert inside.keys() == said["files"].keys() | {"manifest.json", "manifest.json.sha256"}


def test_what_is_said_is_short_and_true():
    make_article()
    stored_image()
    line = backup()
    (name,) = kept()
    assert line.startswith(f"{name} in ")
    assert "1 articles, 1 files, edition" in line


def test_nobody_else_can_read_it_and_nothing_else_is_left(folders):
    stored_image()
    path = made()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folders.stat().st_mode) == 0o700
    assert kept() == [path.name]


@pytest.mark.once
def test_every_model_with_a_file_is_one_whose_files_are_kept():
    from django.apps import apps
    from django.db.models import FileField

    with_files = {
        model
        for model in apps.get_models()
        if any(isinstance(field, FileField) for field in model._meta.fields)
    }
    assert with_files
    assert all(issubclass(model, LibraryFile) for model in with_files)


def test_no_more_is_asked_of_the_database_when_the_library_grows(django_assert_num_queries):
    from news.backup import facts

    for _ in range(2):
        stored_image()
        make_attachment()
        with django_assert_num_queries(3):  # Which tables there are, and each library.
            facts.file_names("default")


# --- While the site goes on ---


def test_a_picture_that_comes_while_files_are_copied_is_in_it(monkeypatch):
    came = []
    before_a_snapshot_is_taken(monkeypatch, lambda: came.append(stored_image()))
    path = made()
    assert f"media/{came[0].file.name}" in content(path)
    assert manifest(path)["rows"]["news_image"] == 1


def test_a_picture_that_goes_while_files_are_copied_is_known_to_be_gone(monkeypatch):
    image = stored_image()
    before_a_snapshot_is_taken(monkeypatch, image.delete)
    path = made()
    assert manifest(path)["deleted"] == [image.file.name]
    assert manifest(path)["rows"]["news_image"] == 0


def test_a_picture_that_comes_and_goes_within_a_moment_takes_another_moment(monkeypatch):
    came = []
    before_a_snapshot_is_taken(monkeypatch, lambda: came or came.append(stored_image()))
    when_a_snapshot_is_taken(monkeypatch, lambda: came[0].delete())
    said = manifest(made())
    assert (said["missing"], said["rows"]["news_image"]) == ([], 0)


def test_what_is_written_after_the_moment_is_not_in_it(monkeypatch):
    article = make_article()
    when_a_snapshot_is_taken(
        monkeypatch, lambda: (make_article(), browsing.count_view(article.pk), stored_image())
    )
    path = made("--verify")
    said = manifest(path)
    assert said["rows"]["news_article"] == 1
    assert said["rows"]["news_browsingvolume"] == said["rows"]["news_image"] == 0
    assert said["edition"] < Edition.objects.get().number


def test_if_files_vanish_faster_than_they_are_copied_there_is_no_archive(monkeypatch):
    monkeypatch.setattr(make, "ATTEMPTS", 3)

    def come_and_go() -> None:
        image = stored_image()
        default_storage.delete(image.file.name)

    before_a_snapshot_is_taken(monkeypatch, come_and_go)
    with pytest.raises(CommandError, match="faster than they can be copied"):
        backup()
    assert kept() == []


# --- What goes wrong ---


def test_a_file_that_was_lost_before_is_named_and_the_rest_is_kept(folders):
    folders.mkdir()
    for name in HOURS:
        (folders / name).touch()
    image, other = stored_image(), stored_image()
    default_storage.delete(image.file.name)
    with pytest.raises(CommandError, match=f"1 files were lost before.*{image.file.name}") as error:
        backup("--keep", "1")
    assert error.value.returncode == 1
    assert len(kept()) == 6
    said = manifest(folders / kept()[-1])
    assert said["missing"] == [image.file.name]
    assert f"media/{other.file.name}" in said["files"]
    assert "can be restored" in backup("--verify", kept()[-1])


@pytest.mark.once
@pytest.mark.parametrize("free", [0, 256 * 1024**2])
def test_a_disk_that_is_nearly_full_is_left_as_it_is(monkeypatch, free):
    stored_image()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(1, 1, free))
    with pytest.raises(CommandError, match=r"MiB left; [0-9,]+ are needed"):
        backup()
    assert kept() == []


def nearly_full(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(1, 1, 256 * 1024**2))


@pytest.mark.once
def test_a_disk_that_files_have_filled_is_not_filled_with_the_database(monkeypatch):
    stored_image()
    when_a_snapshot_is_taken(monkeypatch, lambda: nearly_full(monkeypatch))
    monkeypatch.setattr(make.facts, "of", pytest.fail)  # Asked when it is dumped.
    with pytest.raises(CommandError, match="MiB left"):
        backup()
    assert kept() == []


@pytest.mark.once
def test_a_disk_that_the_database_has_filled_does_not_get_it_twice(monkeypatch):
    add = make.archive.Writer.add

    def added(self, name: str, *rest) -> None:
        assert not name.startswith("database.")
        add(self, name, *rest)

    check = make.places.check_room

    def checked(folder: Path, size: int) -> None:
        if any(folder.glob("database.*")):
            nearly_full(monkeypatch)
        check(folder, size)

    monkeypatch.setattr(make.archive.Writer, "add", added)
    monkeypatch.setattr(make.places, "check_room", checked)
    with pytest.raises(CommandError, match="MiB left"):
        backup()
    assert kept() == []


def test_a_file_that_a_full_disk_left_empty_is_lost():
    image = stored_image()
    Path(image.file.path).write_bytes(b"")
    with pytest.raises(CommandError, match=f"1 files were lost before.*{image.file.name}"):
        backup()


@pytest.mark.once
@pytest.mark.parametrize("error", [OSError("no space left"), BackupError("it ended")])
def test_what_is_not_finished_is_not_kept(monkeypatch, error):
    stored_image()

    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(make.archive.Writer, "finish", fails)
    with pytest.raises(CommandError, match=str(error)) as found:
        backup()
    assert found.value.returncode == 1
    assert kept() == []


@pytest.mark.once
def test_two_at_once_do_not_meet(folders):
    folders.mkdir()
    lock = os.open(folders, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(CommandError, match="Another backup is at work"):
        backup()
    os.close(lock)
    assert backup()


@pytest.mark.once
def test_what_a_killed_one_left_is_cleared_away(folders):
    ours, theirs = (f"unfinished-{host}-x" for host in (socket.gethostname(), "elsewhere"))
    for name in (ours, theirs):
        (folders / name).mkdir(parents=True)
        (folders / name / HOURS[0]).touch()
    name = made().name
    # Another machine may be at work, if its lock is not seen here.
    assert kept() == [name, theirs]


# --- Which are kept ---


@pytest.mark.once
def test_the_newest_are_kept_and_what_is_no_archive_is_let_be(folders):
    folders.mkdir()
    for name in (*HOURS, "notes.txt", "newsroom-old.tar"):
        (folders / name).touch()
    printed = backup("--keep", "3")
    new = printed.split()[0]
    assert kept() == [*HOURS[3:], new, "newsroom-old.tar", "notes.txt"]
    assert [line.split()[0] for line in printed.splitlines()[1:]] == HOURS[:3]


@pytest.mark.once
def test_without_being_told_none_is_deleted(folders):
    folders.mkdir()
    (folders / HOURS[0]).touch()
    backup()
    assert len(kept()) == 2


@pytest.mark.once
@pytest.mark.parametrize("number", ["0", "-1", "all"])
def test_the_last_one_is_never_deleted(folders, number):
    with pytest.raises(CommandError, match="the last archive is never deleted"):
        backup("--keep", number)
    assert not folders.exists()


@pytest.mark.once
def test_the_new_one_is_kept_whatever_the_clock_said(folders):
    folders.mkdir()
    ahead = [name.replace("2026", "2099") for name in HOURS]
    for name in ahead:
        (folders / name).touch()
    new = backup("--keep", "2").split()[0]
    assert kept() == [new, ahead[-1]]


@pytest.mark.once
def test_another_site_s_are_let_be(folders, settings):
    folders.mkdir()
    others = ["newsroom-two-20260301T000000Z.tar", "news-20260301T000000Z.tar"]
    for name in others:
        (folders / name).touch()
    settings.BACKUP_NAME = "news.example.com"
    new = backup("--keep", "1").split()[0]
    assert manifest(folders / new)["site"] == "news.example.com"
    assert new.startswith("news.example.com-2")
    assert kept() == sorted([*others, new])


IN_DEVELOPMENT = {"DEBUG": "true", "BEHIND_PROXY": "false"}


def test_a_database_that_lacks_the_newest_tables_can_be_kept():
    """Between a new release and its migration, when a backup is wanted most."""
    with connection.schema_editor() as editor:
        editor.delete_model(Attachment)
    try:
        assert "files, edition" in backup()
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(Attachment)


@pytest.mark.once
@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"ALLOWED_HOSTS": ".example.com,desk.example.com"}, "example.com"),
        ({"BACKUP_NAME": "../the north"}, "the-north"),
        (IN_DEVELOPMENT | {"ALLOWED_HOSTS": "*"}, "newsroom"),
        (IN_DEVELOPMENT | {"ALLOWED_HOSTS": ""}, "newsroom"),
    ],
)
def test_a_site_is_called_by_its_first_host_unless_told(variables, name):
    code = "from django.conf import settings; print(settings.BACKUP_NAME)"
    done = start("shell", "-c", code, **variables)
    assert done.stdout.split()[-1:] == [name], done.stderr


def test_an_archive_goes_where_it_is_told(folders, tmp_path):
    assert "can be restored" in backup("--to", str(tmp_path / "usb"), "--verify")
    assert len(kept(tmp_path / "usb")) == 1
    assert not folders.exists()


@pytest.fixture
def store(tmp_path, settings) -> Path:
    """A store elsewhere, as S3 is; its folder."""
    backend = "django.core.files.storage.FileSystemStorage"
    elsewhere = {"BACKEND": backend, "OPTIONS": {"location": tmp_path / "elsewhere"}}
    settings.STORAGES = settings.STORAGES | {"backups": elsewhere}
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere"


@pytest.mark.once
def test_a_store_elsewhere_has_them_instead_of_the_folder(folders, store):
    for name in HOURS:
        (store / name).touch()
    name = backup("--verify", "--keep", "2").split()[0]
    assert kept(store) == [HOURS[-1], name]
    assert kept(folders) == []
    assert "can be restored" in backup("--verify", name)


@pytest.mark.once
def test_an_archive_that_did_not_arrive_whole_is_not_kept_there(folders, store, monkeypatch):
    from django.core.files.storage import FileSystemStorage

    monkeypatch.setattr(FileSystemStorage, "size", lambda *_: 7)
    with pytest.raises(CommandError, match="has 7 bytes of newsroom-") as error:
        backup()
    assert kept(store) == []
    (name,) = kept(folders)  # It was hard to make.
    assert f"kept as {folders / name}" in str(error.value)
    assert "can be restored" in backup("--verify", name)


@pytest.mark.once
def test_one_from_elsewhere_is_not_fetched_onto_a_full_disk(store, monkeypatch):
    name = backup().split()[0]
    nearly_full(monkeypatch)
    with pytest.raises(CommandError, match="MiB left"):
        backup("--verify", name)


@pytest.mark.once
def test_a_bucket_for_archives_has_time():
    code = "from django.core.files.storage import storages as s; print(s['backups'].client_config"
    code += ".read_timeout, s['backups'].client_config.retries['total_max_attempts'])"
    done = start("shell", "-c", code, BACKUP_S3_BUCKET="archives")
    assert done.stdout.split()[-2:] == ["60", "6"], done.stderr


# --- Whether it can be restored ---


def test_verifying_says_what_it_compared_and_leaves_nothing(folders):
    browsing.count_view(make_article().pk)
    stored_image()
    path = made()
    assert "1 files and all counts are what they were" in backup("--verify", str(path))
    assert kept() == [path.name]


def test_an_archive_is_found_by_its_name_alone():
    assert "can be restored" in backup("--verify", made().name)


def test_rows_that_do_not_come_out_again_are_missed():
    path = made()
    archives.rewritten(path, lambda said: said["rows"].update(news_article=3, news_gone=1))
    with pytest.raises(CommandError) as error:
        backup("--verify", str(path))
    assert "news_article has 0 rows instead of 3; news_gone has None rows" in str(error.value)


def test_another_edition_and_other_migrations_are_noticed():
    path = made()
    archives.rewritten(path, lambda said: said.update(edition=0, migrations=[]))
    with pytest.raises(CommandError, match="instead of 0; other migrations"):
        backup("--verify", str(path))


def test_files_that_rows_name_are_missed():
    image = stored_image()
    path = made()
    archives.rewritten(path, lambda said: said.update(deleted=[image.file.name]))
    with pytest.raises(CommandError, match="1 files that its rows name are not in it"):
        backup("--verify", str(path))


def test_counts_that_do_not_add_up_are_noticed():
    article = make_article()
    BrowsingVolume.objects.create(article_id=article.pk, carried_over=2, total=5)
    path = made()
    with pytest.raises(CommandError, match=rf"article {article.pk} is off by \+3"):
        backup("--verify", str(path))


def test_one_that_fails_its_trial_is_not_kept_and_no_older_one_deleted(folders):
    article = make_article()
    good = made()
    BrowsingVolume.objects.create(article_id=article.pk, carried_over=2, total=5)
    with pytest.raises(CommandError, match=r"is off by \+3"):
        backup("--verify", "--keep", "1")
    assert kept() == [good.name]


@pytest.mark.once
@pytest.mark.parametrize("more", [("--keep", "3"), ("--to", "/mnt")])
def test_what_an_old_archive_has_no_use_for_is_refused(more):
    with pytest.raises(CommandError, match="--to and --keep are for a new one"):
        backup("--verify", HOURS[0], *more)


def test_verifying_does_not_touch_the_site():
    article = make_article()
    path = made()
    Article.objects.filter(pk=article.pk).update(title="Since")
    number = Edition.objects.get().number
    backup("--verify", str(path))
    assert Article.objects.get().title == "Since"
    assert Edition.objects.get().number == number


@pytest.mark.once
def test_what_is_not_there_is_said(folders):
    with pytest.raises(CommandError, match=r"There is no archive newsroom-x\.tar"):
        backup("--verify", "newsroom-x.tar")
