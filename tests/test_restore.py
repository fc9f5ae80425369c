"""`manage.py restore`: the site as it was, or not a byte of it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from news import browsing
from news.backup import databases, facts
from news.backup import restore as backup_restore
from news.models import Article, Edition
from tests import archives
from tests.archives import made, restore
from tests.helpers import make_article, make_attachment, make_image, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(tmp_path, settings) -> Path:
    settings.BACKUP_ROOT = tmp_path / "backups"
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def stored(media: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(media)): path.read_bytes()
        for path in media.rglob("*")
        if path.is_file()
    }


def lose_everything() -> None:
    """But for what a fresh `migrate` makes."""
    for name in facts.file_names("default"):
        default_storage.delete(name)
    call_command("flush", interactive=False, verbosity=0)


# --- The site is what it was ---


def test_rows_files_and_counts_are_what_they_were(media):
    article = make_article(title="As it was")
    make_image(renditions={})
    make_attachment()
    make_user("somebody")
    for _ in range(3):
        browsing.count_view(article.pk)
    before, files = facts.of("default"), stored(media)
    path = made()
    lose_everything()
    assert f"Restored from {path.name}" in restore(str(path), "--force")
    after = facts.of("default")
    assert (after.rows, after.migrations) == (before.rows, before.migrations)
    assert Article.objects.get().title == "As it was"
    assert browsing.browsing_volume(article.pk) == 3
    assert stored(media) == files


def test_the_site_goes_on_from_there():
    make_article(title="As it was")
    path = made()
    restore(str(path), "--force")
    new = make_article(title="Since")  # Its number is not one that was given away.
    browsing.count_view(new.pk)
    assert Article.objects.count() == 2


def test_an_archive_of_an_older_release_says_what_to_do(monkeypatch):
    path = made()
    known = backup_restore._migrations()
    monkeypatch.setattr(backup_restore, "_migrations", lambda: known | {"news.0999_more"})
    printed = restore(str(path), "--force")
    assert "lacks news.0999_more. Run now: manage.py migrate" in printed


def test_files_that_are_there_stay_as_they_are_and_damaged_ones_do_not(media):
    whole, damaged, gone = (make_image(renditions={}) for _ in range(3))
    before = stored(media)
    path = made()
    times = (media / whole.file.name).stat().st_mtime_ns
    default_storage.delete(gone.file.name)
    (media / damaged.file.name).write_bytes(b"half of it")
    default_storage.save("pictures/2026/since.jpg", ContentFile(b"newer"))
    restore(str(path), "--force")
    assert stored(media) == before | {"pictures/2026/since.jpg": b"newer"}
    assert (media / whole.file.name).stat().st_mtime_ns == times


def test_files_that_an_editor_deletes_meanwhile_are_brought_back(media, monkeypatch):
    image = make_image(renditions={})
    before = stored(media)
    path = made()
    before_it_is_replaced(monkeypatch, lambda: default_storage.delete(image.file.name))
    restore(str(path), "--force")
    assert stored(media) == before


def before_it_is_replaced(monkeypatch: pytest.MonkeyPatch, happening: Callable) -> None:
    database = type(databases.ours())
    replace = database.replace

    def replaced(*arguments) -> None:
        happening()
        replace(*arguments)

    monkeypatch.setattr(database, "replace", replaced)


def test_what_was_deleted_while_it_was_made_does_not_come_back(media):
    image = make_image(renditions={})
    path = made()
    archives.rewritten(path, lambda said: said.update(deleted=[image.file.name]))
    default_storage.delete(image.file.name)
    restore(str(path), "--force")
    assert stored(media) == {}


# --- No page from before passes for a current one ---


def test_the_edition_is_above_any_that_was_ever_used():
    path = made()
    Edition.objects.update(number=10**15)  # In the year 33,658 at a thousand changes a second.
    restore(str(path), "--force")
    assert Edition.objects.get().number == 10**15 + 1


def test_without_knowing_what_was_lost_it_is_above_that_too(time_machine):
    time_machine.move_to(datetime(2026, 3, 4, 12, 0, tzinfo=UTC), tick=False)
    path = made()
    restore(str(path), "--force")
    first = Edition.objects.get().number
    assert first > datetime.now(UTC).timestamp() * 1000 > 10**12
    time_machine.shift(1)
    Edition.objects.update(number=1)  # The next database, lost as well.
    restore(str(path), "--force")
    assert Edition.objects.get().number > first


def test_a_page_that_was_kept_is_made_anew(site):
    article = make_article(title="As it was")
    path = made()
    Article.objects.filter(pk=article.pk).update(title="Changed since")
    assert "Changed since" in site.get(article.get_absolute_url()).text
    etag = site.get("/en/news/").headers["ETag"]
    restore(str(path), "--force")
    page = site.get(article.get_absolute_url())
    assert "Changed since" not in page.text
    assert "As it was" in page.text
    assert 'facts-number">1<' in page.text
    assert site.get("/en/news/", if_none_match=etag).status == 200


def test_what_came_due_since_takes_effect_with_the_first_request(site, time_machine):
    now = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    time_machine.move_to(now, tick=False)
    make_article(title="For tomorrow", published_at=datetime(2026, 3, 5, 12, 0, tzinfo=UTC))
    site.get("/en/news/")
    path = made()
    restore(str(path), "--force")
    # Afterwards, as the tests' clock stands in the database.
    time_machine.move_to(datetime(2026, 3, 6, 12, 0, tzinfo=UTC), tick=False)
    assert "For tomorrow" in site.get("/en/news/").text


def test_everybody_is_signed_out(client):
    client.force_login(make_user("somebody"))
    path = made()
    restore(str(path), "--force")
    assert not Session.objects.exists()
    assert client.get("/admin/").status_code == 302


# --- What is refused changes nothing ---


def refused(path: Path, *arguments: str) -> str:
    before = facts.of("default")
    with pytest.raises(CommandError) as error:
        restore(str(path), *arguments)
    assert error.value.returncode == 1
    assert facts.of("default") == before
    return str(error.value)


def test_a_site_that_has_content_is_not_lost_by_accident():
    make_article()
    path = made()
    assert "rows in news_article, " in refused(path)
    assert "With --force" in refused(path)


def test_staff_are_content_too():
    path = made()
    make_user()
    assert "rows in auth_user. With" in refused(path)


@pytest.mark.parametrize("table", ["axes_accessattempt", "somebody_else_s"])
def test_so_is_what_the_newsroom_knows_nothing_about(table):
    path = made()
    with connection.cursor() as cursor:
        if table == "somebody_else_s":
            cursor.execute(f"CREATE TABLE {table} (number integer)")
            cursor.execute(f"INSERT INTO {table} VALUES (1)")
        else:
            AccessAttempt.objects.create(username="mei", failures_since_start=1)
        try:
            said = refused(path)
        finally:
            if table == "somebody_else_s":
                cursor.execute(f"DROP TABLE {table}")
    assert f"rows in {table}. With" in said
    assert f"The database {connection.settings_dict['NAME']} on " in said


def test_what_comes_while_files_are_brought_back_is_not_lost_either(monkeypatch):
    path = made()
    before_it_is_replaced(monkeypatch, lambda: make_article(title="Since"))
    with pytest.raises(CommandError, match="rows in news_article"):
        restore(str(path))
    assert Article.objects.get().title == "Since"


def test_another_site_s_archive_is_not_restored_by_accident(settings):
    path = made()
    settings.BACKUP_NAME = "other.example.com"
    assert "is of newsroom, this site is other.example.com" in refused(path)
    assert "Restored" in restore(str(path), "--force")


def test_what_migrations_make_is_no_content():
    path = made()
    assert "Restored" in restore(str(path))


def test_a_damaged_archive_is_refused_before_anything_is_written(media):
    image = make_image(renditions={})
    path = made()
    default_storage.delete(image.file.name)
    whole = path.read_bytes()
    place = len(whole) // 3
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    assert "damaged" in refused(path, "--force")
    assert stored(media) == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.pop("edition"),
        lambda said: said.update(edition="1; DROP TABLE news_article"),
        lambda said: said.update(surprise=1),
        lambda said: said.update(migrations=[["news"]]),
        lambda said: said.update(rows=None),
        lambda said: said["files"].update({"media/a": 7}),
        lambda said: said["files"].update({"media/a": [7, "0"]}),
        lambda said: said.pop("format"),
    ],
)
def test_a_strange_manifest_is_refused_before_anything_is_written(media, change):
    image = make_image(renditions={})
    path = made()
    archives.rewritten(path, change)
    default_storage.delete(image.file.name)
    assert "The archive is damaged" in refused(path, "--force")
    assert stored(media) == {}


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "a\\..\\x", ".."])
def test_a_strange_name_is_refused_before_anything_is_written(media, name):
    image = make_image(renditions={})
    path = made()
    inside = archives.content(path) | {f"media/{name}": b"*"}
    archives.write(path, inside)
    digest = hashlib.sha256(b"*").hexdigest()
    archives.rewritten(path, lambda said: said["files"].update({f"media/{name}": [1, digest]}))
    default_storage.delete(image.file.name)
    assert "is no name of a file" in refused(path, "--force")
    assert stored(media) == {}


def test_a_newer_release_is_needed_for_its_archives():
    path = made()
    archives.rewritten(path, lambda said: said["migrations"].append("news.0999_more"))
    assert "this one does not know news.0999_more" in refused(path, "--force")


def test_an_archive_of_another_database_is_refused():
    path = made()
    archives.rewritten(path, lambda said: said.update(database="oracle"))
    assert f"on oracle, this one is on {connection.vendor}" in refused(path, "--force")


def test_a_database_that_breaks_off_half_way_is_not_taken():
    make_article(title="Still here")
    path = made()
    text = connection.vendor == "postgresql"
    archives.with_dump(path, lambda dump: dump + b"SELECT 1/0;\n" if text else b"SQLite?" + dump)
    Article.objects.update(title="Still here, and changed")
    said = refused(path, "--force")
    assert "nothing was changed" in said if text else said
    assert Article.objects.get().title == "Still here, and changed"


def test_a_dump_that_cannot_be_unpacked_is_not_taken():
    make_article(title="Still here")
    path = made()
    archives.with_packed_dump(path, lambda packed: packed[:-30])
    assert "damaged" in refused(path, "--force")
    assert Article.objects.get().title == "Still here"


def test_an_archive_that_is_not_there_is_named():
    with pytest.raises(CommandError, match=r"There is no archive /nowhere\.tar"):
        restore("/nowhere.tar")
