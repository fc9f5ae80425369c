"""`manage.py backup` and `restore` on PostgreSQL: its programs, its sessions, its locks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import CommandError
from django.db import connection, connections

from news import direct, migrating
from news.backup import BackupError, databases, facts, scratch
from news.models import Article
from tests import archives
from tests.archives import backup, kept, made, restore
from tests.helpers import make_article
from tests.scratch import second_database_url
from tests.test_serve import POSTGRESQL

pytestmark = [
    pytest.mark.skipif(not POSTGRESQL, reason="SQLite has neither"),
    pytest.mark.django_db(transaction=True),
]
PARTS = ("HOST", "PORT", "USER", "PASSWORD", "NAME")
VERIFIED = "SELECT datname FROM pg_database WHERE datname LIKE 'newsroom_verify%'"


@pytest.fixture(autouse=True)
def folders(tmp_path, settings) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.BACKUP_ROOT = tmp_path / "backups"
    return settings.BACKUP_ROOT


@pytest.fixture
def elsewhere(settings) -> Iterator[psycopg.Connection]:
    """Where `MIGRATE_DATABASE_URL` leads: an empty database beside the usual one."""
    url = second_database_url("elsewhere")
    own = {part: connection.settings_dict[part] for part in PARTS}
    settings.MIGRATE_DATABASE = own | {"NAME": urlsplit(url).path[1:]}
    with psycopg.connect(url, autocommit=True) as there:
        yield there


def ask(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


# --- Its programs ---


def program(folder: Path, script: str) -> None:
    path = folder / "pg_dump"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


FITS = '[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 18.1" && exit'


@pytest.mark.parametrize("version", ["15.18 (Debian 15.18-0+deb12u1)", "19.0"])
def test_programs_of_another_version_than_the_server_s_are_refused(tmp_path, settings, version):
    program(tmp_path, f"echo 'pg_dump (PostgreSQL) {version}'")
    settings.PG_BIN = str(tmp_path)
    with pytest.raises(CommandError) as error:
        backup()
    assert f"pg_dump (PostgreSQL) {version}" in str(error.value)
    assert "is not of the server's version, which is 18. Install" in str(error.value)
    assert kept() == []


def test_programs_that_are_not_there_are_named(tmp_path, settings, monkeypatch):
    settings.PG_BIN = str(tmp_path)
    with pytest.raises(CommandError, match=rf"no pg_dump in PG_BIN, which is {tmp_path}\."):
        backup()
    settings.PG_BIN = ""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match=r"no pg_dump on PATH\. .*PostgreSQL 18, or.*PG_BIN"):
        backup()


def test_what_pg_dump_complains_of_is_said(tmp_path, settings):
    program(tmp_path, f"{FITS}\necho no route to host >&2; exit 1")
    settings.PG_BIN = str(tmp_path)
    with pytest.raises(CommandError, match="pg_dump failed: no route to host"):
        backup()
    assert kept() == []


# --- The direct way ---


def test_a_snapshot_goes_past_the_pooler(settings, monkeypatch):
    own = connection.settings_dict
    settings.MIGRATE_DATABASE = {part: own[part] for part in PARTS}
    connection.ensure_connection()  # What goes by the pooler goes on.
    monkeypatch.setitem(own, "HOST", "pooler.invalid")
    assert "can be restored" in backup("--verify")


def test_its_options_are_everybody_s(tmp_path, settings):
    program(tmp_path, f'{FITS}\necho "$@" >&2; exit 1')
    settings.PG_BIN = str(tmp_path)
    own = {part: connection.settings_dict[part] for part in PARTS}
    settings.MIGRATE_DATABASE = own | {"OPTIONS": {"sslmode": "allow"}}
    with pytest.raises(CommandError, match=r"--dbname=.*sslmode=allow"):
        backup()


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (
            {"HOST": "db", "PORT": ""},
            {"HOST": "db", "PORT": "", "NAME": "news", "OPTIONS": {"a": 1}},
        ),
        (
            {"HOST": "", "PORT": "", "NAME": "", "OPTIONS": {"sslmode": "require"}},
            {"HOST": "", "PORT": "", "NAME": "news", "OPTIONS": {"a": 1, "sslmode": "require"}},
        ),
        ({}, {"HOST": "pooler", "PORT": 6432, "NAME": "news", "OPTIONS": {"a": 1}}),
    ],
)
def test_what_the_direct_address_leaves_out_is_as_usual_but_for_the_port(settings, own, said):
    settings.MIGRATE_DATABASE = own
    usual = {"HOST": "pooler", "PORT": 6432, "NAME": "news", "OPTIONS": {"a": 1}}
    assert direct.address(usual) == said


def test_the_database_that_would_be_replaced_is_the_one_that_is_looked_at(elsewhere):
    path = made_of_the_usual_one(elsewhere)
    elsewhere.execute("CREATE TABLE theirs AS SELECT 1")
    with pytest.raises(CommandError, match=r"The database test_elsewhere on /.+ rows in theirs\."):
        restore(str(path))
    assert elsewhere.execute("SELECT count(*) FROM theirs").fetchone() == (1,)


def test_what_is_restored_is_there_and_nowhere_else(elsewhere):
    path = made_of_the_usual_one(elsewhere)
    Article.objects.update(title="Since")
    restore(str(path))
    assert elsewhere.execute("SELECT title FROM news_article").fetchone() == ("As it was",)
    analyzed = "SELECT reltuples FROM pg_class WHERE relname = 'news_article'"
    assert elsewhere.execute(analyzed).fetchone() == (1,)
    assert Article.objects.get().title == "Since"


def made_of_the_usual_one(elsewhere: psycopg.Connection) -> Path:
    from django.conf import settings

    make_article(title="As it was")
    there, settings.MIGRATE_DATABASE = settings.MIGRATE_DATABASE, {}
    path = made()
    settings.MIGRATE_DATABASE = there
    return path


# --- In turn with migrations ---


@contextmanager
def migrating_elsewhere(kind: str = "") -> Iterator[psycopg.Connection]:
    with direct.connected() as using:
        connections[using].ensure_connection()
        other = connections[using].connection
        other.execute(f"SELECT pg_advisory_lock{kind}(%s)", [migrating.LOCK])
        yield other


def test_no_snapshot_is_taken_while_tables_change(monkeypatch):
    monkeypatch.setattr(migrating, "PATIENCE", 0)
    refusal = pytest.raises(CommandError, match="A migration or a restore is under way")
    with migrating_elsewhere(), refusal:
        backup()
    assert kept() == []


def test_two_backups_do_not_wait_for_each_other(monkeypatch):
    monkeypatch.setattr(migrating, "PATIENCE", 0)
    with migrating_elsewhere("_shared"):
        assert "articles" in backup()


@pytest.mark.parametrize("kind", ["", "_shared"])
def test_a_restore_waits_for_a_migration_and_for_a_backup(kind):
    path = made()
    with migrating_elsewhere(kind) as other:
        began = time.monotonic()
        end = threading.Timer(1, other.close)
        end.start()
        said = restore(str(path))
        end.join()
    assert said.startswith(migrating.WAITS)
    assert time.monotonic() - began > 1
    assert ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]


# --- What a dump must be ---


def cuts(dump: bytes) -> dict[str, bytes]:
    rows = dump.index(b"COPY public.django_migrations")
    return {
        "inside a table's rows": dump[: dump.index(b"\n", rows + 200) + 1],
        "before a table's rows": dump[:rows],
        "before its indexes": dump[: dump.index(b"ADD CONSTRAINT")],
    }


@pytest.mark.parametrize(
    "cut", ["inside a table's rows", "before a table's rows", "before its indexes"]
)
def test_a_dump_that_is_cut_off_is_not_taken(cut):
    make_article(title="Still here")
    path = made()
    archives.with_dump(path, lambda dump: cuts(dump)[cut])
    before = facts.of("default")
    for command in (lambda: restore(str(path), "--force"), lambda: backup("--verify", str(path))):
        with pytest.raises(CommandError, match="its database is cut off"):
            command()
    assert facts.of("default") == before


# --- The database that an archive is tried in ---


def test_nothing_is_left_of_it():
    assert "can be restored" in backup("--verify")
    assert ask(VERIFIED) == []


def test_what_a_killed_one_left_is_dropped():
    with scratch.database() as changes:
        name = changes["NAME"]
    execute(f"CREATE DATABASE {name}")
    assert "can be restored" in backup("--verify")
    assert ask(VERIFIED) == []


def test_two_trials_at_once_do_not_meet():
    path = made()
    with scratch.database() as changes:
        with pytest.raises(CommandError, match="Another archive of this site is being tried"):
            backup("--verify", str(path))
        assert ask(VERIFIED) == [(changes["NAME"],)]


def test_what_went_wrong_is_said_although_it_cannot_be_dropped():
    with pytest.raises(BackupError, match="the real reason"), scratch.database():
        ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        raise BackupError("the real reason")
    assert len(ask(VERIFIED)) == 1
    assert "can be restored" in backup("--verify")
    assert ask(VERIFIED) == []


def test_it_sorts_as_the_site_does(elsewhere, settings):
    name = settings.MIGRATE_DATABASE["NAME"] = "test_sorted"
    elsewhere.execute(f"DROP DATABASE IF EXISTS {name}")
    elsewhere.execute(
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' "
        "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    how = "SELECT encoding, datcollate, datctype, datlocprovider, datlocale FROM pg_database WHERE"
    with scratch.database() as changes:
        ours, site = (ask(f"{how} datname = '{each}'") for each in (changes["NAME"], name))
    assert ours == site
    assert site[0][3:] == ("b", "C.UTF-8")


def test_a_user_who_may_make_no_database_is_told(settings):
    path = made()
    execute("CREATE ROLE weak")
    own = {part: connection.settings_dict[part] for part in PARTS}
    settings.MIGRATE_DATABASE = own | {"OPTIONS": {"options": "-c role=weak"}}
    try:
        with pytest.raises(CommandError, match=r"ALTER ROLE \.\.\. CREATEDB"):
            backup("--verify", str(path))
    finally:
        execute("DROP ROLE weak")


def test_the_lock_for_everybody_comes_before_the_look(monkeypatch):
    """So that nothing comes between the look and the replacement."""
    path = made()
    database, looked = databases.ours(), []
    replace = type(database).replace

    def replaced(self, using, dump, look):
        def really() -> list[str]:
            refusal = pytest.raises(psycopg.errors.LockNotAvailable)
            with psycopg.connect(**psycopg_arguments()) as other, refusal:
                other.execute("LOCK TABLE auth_user IN ROW EXCLUSIVE MODE NOWAIT")
            looked.append(using)
            return look()

        replace(self, using, dump, really)

    monkeypatch.setattr(type(database), "replace", replaced)
    restore(str(path))
    assert len(looked) == 1


def psycopg_arguments() -> dict:
    own = connection.get_connection_params()
    return {name: own[name] for name in ("dbname", "host", "user", "password") if own.get(name)}
