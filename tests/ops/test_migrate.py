"""The slower half of `tests/test_migrate.py`: what lasts, is broken off or given up."""

from __future__ import annotations

import time

import pytest

from tests.server import fresh_database
from tests.test_migrate import COLUMNS, WAITS, Migrate, report, rows
from tests.test_serve import POSTGRESQL

pytestmark = pytest.mark.skipif(not POSTGRESQL, reason="SQLite has no such locks")


def test_it_gives_up_and_leaves_nothing_half_done():
    database = fresh_database("given_up")
    with (
        report(database, "news_article"),
        Migrate(database, "news", "9003", MIGRATE_TRIES="2") as migrate,
    ):
        assert migrate.end() == 1
    assert "CommandError: Others used the tables all the time." in migrate.said
    assert "Traceback" not in migrate.said
    assert "standfirst" not in dict(rows(database, COLUMNS))
    with Migrate(database, "news", "9003") as again:
        assert again.end() == 0


# --- Indexes of tables in use ---

INDEX = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('article_later')"


def test_an_index_is_built_beside_a_report_and_a_second_migration():
    database = fresh_database("indexed")
    with report(database, "news_tag"):
        first = Migrate(database, "news", "9003", MIGRATE_STATEMENT_SECONDS="1")
        first.hear("Applying news.9002_backfill... OK")
        second = Migrate(database, "news", "9003")
        second.hear(WAITS)
        time.sleep(2)  # Longer than statements may work and PostgreSQL waits for deadlocks.
        assert first.process.poll() is None
        rows(database, "UPDATE news_edition SET number = number + 1 RETURNING number")
    with first, second:
        assert (first.end(), second.end()) == (0, 0), first.said + second.said
    assert "No migrations to apply." in second.said
    assert rows(database, INDEX) == [(True,)]


def test_an_index_that_was_broken_off_is_begun_anew():
    database = fresh_database("broken_off")
    with report(database, "news_tag"):
        first = Migrate(database, "news", "9003")
        first.hear("Applying news.9002_backfill... OK")
        deadline = time.monotonic() + 20
        while rows(database, INDEX) != [(False,)]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        [(pid,)] = rows(database, BUILDER)
        rows(database, f"SELECT pg_terminate_backend({pid})")
        with first:
            assert first.end() == 1
        assert "CommandError: The database cannot be migrated: " in first.said
        assert rows(database, INDEX) == [(False,)]
        again = Migrate(database, "news", "9003", MIGRATE_TRIES="1", MIGRATE_STATEMENT_SECONDS="1")
        while not rows(database, BUILDER):
            assert again.process.poll() is None
            time.sleep(0.1)
        time.sleep(3)  # The report is still open: this one, too, has all the time it needs.
        assert again.process.poll() is None, again.said
        assert rows(database, INDEX) == [(False,)]
    with again:
        assert again.end() == 0, again.said
    assert rows(database, INDEX) == [(True,)]


BUILDER = (
    "SELECT pid FROM pg_stat_activity "
    "WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND pid <> pg_backend_pid()"
)
