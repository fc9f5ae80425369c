"""`manage.py migrate` as operators, several machines and a site in use meet it."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from news import migrating
from tests import scratch
from tests.server import ROOT, fresh_database
from tests.test_serve import NOWHERE, POSTGRESQL

THIS_RELEASE = {"DJANGO_SETTINGS_MODULE": "haisum.settings"}
NEXT_RELEASE = {"DJANGO_SETTINGS_MODULE": "tests.nextrelease"}
WAITS = migrating.WAITS


class Migrate:
    """The command in a process of its own, on the given database."""

    def __init__(self, database: str, *arguments: str, **variables: str) -> None:
        environment = {"DATABASE_URL": database, "MIGRATE_TRIES": "5", **NEXT_RELEASE, **variables}
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "migrate", *arguments],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Migrate:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def hear(self, words: str) -> None:
        """Go on when it has said them."""
        while words not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line

    def end(self) -> int:
        rest, _ = self.process.communicate(timeout=60)
        self.said += rest
        return self.process.returncode


def rows(database: str, sql: str) -> list[tuple]:
    with psycopg.connect(database, autocommit=True) as connection:
        return connection.execute(sql).fetchall()


@contextmanager
def another_migration(database: str) -> Iterator[None]:
    if POSTGRESQL:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [migrating.LOCK])
            yield
        return
    folder = os.open(Path(database.removeprefix("sqlite:///")).parent, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    yield
    os.close(folder)


@contextmanager
def report(database: str, table: str) -> Iterator[psycopg.Connection]:
    """Somebody who reads, and goes on reading."""
    with psycopg.connect(database, application_name="report") as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(f"SELECT count(*) FROM {table}")
        yield connection


COLUMNS = (
    "SELECT column_name, column_default FROM information_schema.columns "
    "WHERE table_name = 'news_article'"
)

# --- One at a time ---


def test_two_at_once_the_second_waits_and_finds_nothing_to_do():
    database = scratch.second_database_url("raced")
    with another_migration(database):  # Both come while it is locked, however slow they start.
        one, other = Migrate(database, **THIS_RELEASE), Migrate(database, **THIS_RELEASE)
        one.hear(WAITS)
        other.hear(WAITS)
    with one, other:
        assert (one.end(), other.end()) == (0, 0), one.said + other.said
    second, first = sorted((one.said, other.said), key=lambda said: "Applying" in said)
    assert first.count("Applying news.0001_initial... OK") == 1
    assert "Applying" not in second
    assert "No migrations to apply." in second
    assert (first.count(WAITS), second.count(WAITS)) == (1, 1)


def test_the_second_goes_on_when_the_first_is_gone():
    database = fresh_database("freed")
    with another_migration(database):
        waiting = Migrate(database, "news", "9001")
        waiting.hear(WAITS)
        assert waiting.process.poll() is None
    with waiting:
        assert waiting.end() == 0, waiting.said
    assert "Applying news.9001_expand... OK" in waiting.said


def test_who_only_looks_does_not_wait():
    database = fresh_database("looked")
    with another_migration(database):
        with Migrate(database, "--check", "news", "9001") as looking:
            assert looking.end() == 1
        with Migrate(database, "--plan", "news", "9001") as looking:
            assert looking.end() == 0
            assert "standfirst" in looking.said


def test_nothing_is_said_unless_wanted():
    database = fresh_database("silent")
    with another_migration(database):
        silent = Migrate(database, "news", "9001", "--verbosity=0")
        time.sleep(2)
    with silent:
        assert (silent.end(), silent.said) == (0, "")


if not POSTGRESQL:

    def test_a_database_that_cannot_be_opened_is_said_in_a_sentence():
        with Migrate("sqlite:////proc/nowhere.sqlite3") as migrate:
            assert migrate.end() == 1
        assert "Traceback" not in migrate.said
        assert migrate.said.startswith("CommandError: The database cannot be migrated: unable to")


if POSTGRESQL:

    def test_a_database_that_is_away_is_said_in_a_sentence():
        with Migrate(NOWHERE) as migrate:
            assert migrate.end() == 1
        assert "Traceback" not in migrate.said
        assert "CommandError: The database cannot be migrated: connection failed" in migrate.said

    def test_the_direct_address_is_used_and_need_not_say_everything():
        database = fresh_database("direct")
        away = NOWHERE.replace("/nowhere", "/test_direct").replace("nobody", "postgres")
        own = database.replace("/test_direct", "")
        with Migrate(away, "news", "9001", MIGRATE_DATABASE_URL=own) as migrate:
            assert migrate.end() == 0, migrate.said
        assert rows(database, "SELECT standfirst FROM news_article") == []

    # --- Readers and writers first ---

    def test_it_gives_way_to_who_uses_the_table_and_tries_again():
        database = fresh_database("patient")
        with report(database, "news_article"):
            migrate = Migrate(database, "news", "9001", MIGRATE_LOCK_MILLISECONDS="300")
            migrate.hear("(report, idle in transaction)")
            asked = time.monotonic()
            for _ in range(20):
                rows(database, "SELECT count(*) FROM news_article")
            assert time.monotonic() - asked < 1.5  # A try that fell among them cost 0.3 s.
        with migrate:
            assert migrate.end() == 0, migrate.said
        assert "Others use the tables: try 1 of 5 gave way to them." in migrate.said
        assert migrate.said.count("Applying news.9001_expand...") >= 2
        assert "standfirst" in dict(rows(database, COLUMNS))

    def test_a_limit_that_lets_requests_fail_is_warned_of():
        database = fresh_database("warned")
        with Migrate(database, "news", "9001", MIGRATE_LOCK_MILLISECONDS="1000") as migrate:
            assert migrate.end() == 0, migrate.said
        assert "deadlocks after 1000 ms (deadlock_timeout)" in migrate.said
        assert "unless MIGRATE_LOCK_MILLISECONDS is less" in migrate.said

    @pytest.mark.parametrize(
        ("sql", "name"),
        [
            ('CREATE INDEX CONCURRENTLY "later" ON "news_tag" ("id")', "later"),
            ("create unique index concurrently if not exists Later on news_tag (id)", "later"),
            ('CREATE  INDEX\n CONCURRENTLY IF NOT EXISTS "La ter" ON news_tag (id)', "La ter"),
        ],
    )
    def test_an_index_is_known_however_it_is_spelt(sql, name):
        found = migrating.BUILT_CONCURRENTLY.match(sql)
        assert (found["quoted"] or found["plain"].lower()) == name
        assert migrating.CONCURRENTLY.search(sql)

    def test_a_statement_that_takes_too_long_is_ended():
        database = fresh_database("slow")
        with Migrate(database, "news", "9005", MIGRATE_STATEMENT_SECONDS="1") as migrate:
            assert migrate.end() == 1
        assert "CommandError: A statement was ended: canceling statement due to" in migrate.said
        assert "(MIGRATE_STATEMENT_SECONDS)" in migrate.said
        [(newest,)] = rows(database, "SELECT max(name) FROM django_migrations WHERE app = 'news'")
        assert newest == "9004_rename"

    def test_a_connection_goes_on_without_limits_after_it(django_db_setup, django_db_blocker):
        from django.core.management import call_command
        from django.db import connection

        with django_db_blocker.unblock():
            call_command("migrate", verbosity=0)
            with connection.cursor() as cursor:
                cursor.execute("SHOW lock_timeout")
                assert cursor.fetchone() == ("0",)
                cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
                assert cursor.fetchone() == (0,)
            connection.close()
