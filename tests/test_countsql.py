"""The statement that counts, as it is sent to PostgreSQL: directly, or through a pooler."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from news import countsql, edition
from news.models import BrowsingVolume, DailyViews, RefusedViews
from tests.helpers import make_article

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pooler."),
]

KINDS = [countsql.PostgreSQL, countsql.PooledPostgreSQL]


def opened(kind: type) -> Any:
    return kind(connection.get_new_connection(connection.get_connection_params()))


@pytest.fixture(params=KINDS, ids=["direct", "pooled"])
def database(request) -> Iterator[Any]:
    database = opened(request.param)
    yield database
    database.close()


@pytest.fixture
def pooled() -> Iterator[Any]:
    database = opened(countsql.PooledPostgreSQL)
    yield database
    database.close()


def session(database: Any, sql: str) -> str:
    """What its session says; a pooler would give it to somebody else now."""
    server = database._raw.pgconn
    server.send_query_params(sql.encode(), None)
    server.pipeline_sync()
    result, *_ = [server.get_result() for _ in range(3)]
    return result.get_value(0, 0).decode()


def test_views_are_counted_if_their_edition_stands(database):
    first, second, third = (make_article().pk for _ in range(3))
    number = edition.current().number
    assert database.count(number, {first: 2, second: 1}, []) == (number, {first: 2, second: 1})
    assert database.count(number, {first: 3}, [second]) == (number, {first: 5, second: 1})
    assert database.count(number - 1, {first: 1}, [third]) == (number, {})
    assert database.count(0, {}, [first, third]) == (number, {first: 5})
    assert dict(DailyViews.objects.values_list("article", "views")) == {first: 5, second: 1}


def test_an_edition_that_is_due_is_none(database):
    article = make_article()
    number = edition.current().number
    edition._editions("default").update(due_at=timezone.now() - timedelta(seconds=1))
    assert database.count(number, {article.pk: 1}, []) == (None, {})
    assert not BrowsingVolume.objects.exists()


def test_refusals_are_added_up(database):
    rows = [(date(2026, 3, 4), "crawler", 2), (date(2026, 3, 5), "head", 1)]
    database.tally(rows)
    database.tally(rows[:1])
    assert set(RefusedViews.objects.values_list("day", "reason", "views")) == {
        (date(2026, 3, 4), "crawler", 4),
        (date(2026, 3, 5), "head", 1),
    }


def test_the_day_is_the_database_s_whatever_this_machine_s_clock_says(database):
    article = make_article()
    number = edition.current().number
    today = timezone.localdate()
    with time_machine.travel(datetime.now() + timedelta(days=3)):
        database.count(number, {article.pk: 1}, [])
    assert DailyViews.objects.get().day in (today, today + timedelta(days=1))


def test_a_locked_table_holds_nobody_up_for_long(database, monkeypatch):
    monkeypatch.setattr(countsql.PostgreSQL, "PATIENCE", b"300ms")
    database = opened(type(database))
    article = make_article()
    number = edition.current().number
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE news_browsingvolume IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(psycopg.errors.QueryCanceled) as error:
            database.count(number, {article.pk: 1}, [])
    assert not database.may_have_counted(error.value)
    database.close()
    assert not BrowsingVolume.objects.exists()


def test_nothing_is_left_in_a_session_that_others_get_next(pooled):
    article = make_article()
    pooled.count(edition.current().number, {article.pk: 1}, [article.pk])
    assert session(pooled, "SELECT count(*) FROM pg_prepared_statements") == "0"
    assert session(pooled, "SELECT current_setting('statement_timeout')") == "0"


def test_a_statement_that_fails_leaves_the_connection_as_it_was(pooled):
    article = make_article()
    number = edition.current().number
    with pytest.raises(psycopg.errors.CheckViolation) as error:
        pooled.tally([(date(2026, 3, 4), "no such reason", 1)])
    assert not pooled.may_have_counted(error.value)
    assert pooled.count(number, {article.pk: 1}, []) == (number, {article.pk: 1})


def test_a_session_that_ends_is_noticed(database):
    article = make_article()
    number = edition.current().number
    pid = database._raw.pgconn.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert database.is_lost()
    with pytest.raises(psycopg.OperationalError):
        database.count(number, {article.pk: 1}, [])
    assert not BrowsingVolume.objects.exists()


@pytest.mark.parametrize(
    ("error", "is_unsure"),
    [
        (psycopg.OperationalError("it hung up"), True),
        (psycopg.errors.ProtocolViolation("server conn crashed?"), True),  # As PgBouncer says it.
        (psycopg.errors.ConnectionFailure("lost"), True),
        (psycopg.errors.DeadlockDetected("rolled back"), False),
        (psycopg.errors.QueryCanceled("too long"), False),
        (psycopg.errors.AdminShutdown("rolled back"), False),
    ],
)
def test_whether_views_may_be_counted_all_the_same(pooled, error, is_unsure):
    assert pooled.may_have_counted(error) == is_unsure


def test_the_site_counts_through_a_pooler_if_it_is_told_of_one(site, settings):
    settings.DATABASE_POOLED = True
    assert isinstance(countsql.connect("default"), countsql.PooledPostgreSQL)
    path = make_article().get_absolute_url()
    for number in (1, 2):
        assert f'facts-number">{number}<' in site.get(path).text
