"""The database goes away: readers keep what is surely still true, for a minute."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from news import browsing, countsql
from news.models import Article, Edition, Refusal, RefusedViews
from tests.conftest import Answer
from tests.helpers import NOW, make_article

pytestmark = pytest.mark.django_db


class Cable:
    """What leads to the database; it can be pulled out and put in again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def pull(self) -> None:
        def fails(*_arguments: object) -> None:
            raise OperationalError("no route to host")

        self._patch = pytest.MonkeyPatch()
        self._patch.setattr(countsql, "connect", fails)
        self._patch.setattr(BaseDatabaseWrapper, "ensure_connection", fails)
        browsing.turnstile.hang_up()

    def plug_in(self) -> None:
        self._patch.undo()
        self._monkeypatch.setattr(browsing, "RETRY_SECONDS", 0.0)


@pytest.fixture
def cable(monkeypatch: pytest.MonkeyPatch):
    cable = Cable(monkeypatch)
    yield cable
    cable.plug_in()


def shows_the_sites_page_for_it(answer: Answer) -> bool:
    return answer.status == 503 and "Retry-After" in answer.headers and "<h1" in answer.text


def test_pages_that_are_kept_go_out_without_a_number_and_are_tallied(site, cable):
    path = make_article(title="Still here").get_absolute_url()
    site.get(path)
    etag = site.get("/en/news/").headers["ETag"]
    cable.pull()
    for _ in range(2):
        answer = site.get(path)
        assert (answer.status, "Still here" in answer.text) == (200, True)
        assert 'facts-number">–<' in answer.text
    assert site.get("/en/news/").headers["ETag"] == etag
    cable.plug_in()
    assert 'facts-number">2<' in site.get(path).text
    browsing.turnstile.close()
    assert RefusedViews.objects.get(reason=Refusal.AWAY).views == 2


def test_pages_that_are_not_kept_are_answered_503(site, cable):
    kept, other = make_article(), make_article()
    site.get(kept.get_absolute_url())
    cable.pull()
    for path in (other.get_absolute_url(), "/en/", "/en/news/search/?q=x", "/en/news/feed/"):
        assert shows_the_sites_page_for_it(site.get(path)), path


def test_after_a_minute_nobody_can_be_sure_any_more(site, cable, monkeypatch):
    path = make_article().get_absolute_url()
    site.get(path)
    cable.pull()
    assert site.get(path).status == 200
    monkeypatch.setattr(browsing, "AWAY_SECONDS", 0.0)
    assert shows_the_sites_page_for_it(site.get(path))


def test_what_is_due_meanwhile_is_not_shown_from_before(site, cable, time_machine, monkeypatch):
    time_machine.move_to(NOW, tick=False)
    path = make_article(expires_at=NOW + timedelta(seconds=20)).get_absolute_url()
    site.get(path)
    time_machine.move_to(NOW + timedelta(seconds=19), tick=False)
    cable.pull()
    assert site.get(path).status == 200
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(seconds=20))
    assert shows_the_sites_page_for_it(site.get(path))


def test_a_page_of_an_edition_known_to_be_over_is_not_shown(site, cable):
    article, other = make_article(), make_article()
    path = article.get_absolute_url()
    site.get(path)
    Article.objects.filter(pk=article.pk).update(title="New title")
    site.get(other.get_absolute_url())  # Now this process knows.
    cable.pull()
    assert site.get(other.get_absolute_url()).status == 200
    assert shows_the_sites_page_for_it(site.get(path))


def test_a_database_that_is_away_is_asked_once_a_second_and_logged_once(site, cable, caplog):
    path = make_article().get_absolute_url()
    site.get(path)
    cable.pull()
    asked: list[str] = []
    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.WARNING, "news"):
        connect: Callable = countsql.connect
        patch.setattr(countsql, "connect", lambda using: asked.append(using) or connect(using))
        for _ in range(5):
            assert site.get(path).status == 200
    assert len(asked) == 1
    assert [record.message for record in caplog.records].count(
        "The database is away: nothing is counted"
    ) == 1


def test_a_statement_that_was_rolled_back_is_sent_once_more(site, monkeypatch):
    path = make_article().get_absolute_url()
    site.get(path)
    database = browsing.turnstile._database
    failures = iter([True])

    def fails_once(self: Any, *arguments: Any) -> Any:
        if next(failures, False):
            raise Deadlock
        return count(self, *arguments)

    count = type(database).count
    monkeypatch.setattr(type(database), "count", fails_once)
    assert 'facts-number">2<' in site.get(path).text


@pytest.mark.django_db(transaction=True)
def test_a_tally_that_fails_half_way_keeps_no_view_from_being_committed(site, monkeypatch):
    article = make_article()
    site.get(article.get_absolute_url())
    browsing.turnstile._refused[countsql.today(), "no such reason"] += 1
    monkeypatch.setattr(browsing, "TALLY_SECONDS", 0.0)
    for _ in range(3):
        site.get(article.get_absolute_url())
    browsing.turnstile.hang_up()
    assert browsing.browsing_volume(article.pk) == 4


class Deadlock(Exception):
    sqlstate = "40P01"


def test_a_broken_counting_connection_takes_nobody_back_to_an_older_page(site, monkeypatch):
    article = make_article(title="Before", slug="same")
    site.get(article.get_absolute_url())
    Article.objects.filter(pk=article.pk).update(title="After")

    def fails(*_arguments: Any) -> None:
        raise RuntimeError("permission denied")

    monkeypatch.setattr(type(browsing.turnstile._database), "count", fails)
    answer = site.get(article.get_absolute_url())
    assert "After" in answer.text
    assert 'facts-number">–<' in answer.text


if connection.vendor == "postgresql":
    END_ALL_OTHERS = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    @pytest.mark.django_db(transaction=True)
    def test_a_connection_that_broke_while_nobody_asked_costs_nothing(site):
        path = make_article().get_absolute_url()
        site.get(path)
        with connection.cursor() as cursor:
            cursor.execute(END_ALL_OTHERS)
        assert 'facts-number">2<' in site.get(path).text

    @pytest.mark.django_db(transaction=True)
    def test_an_editors_long_transaction_holds_up_no_reader(site):
        path = make_article().get_absolute_url()
        site.get(path)
        Edition.objects.update(due_at=None)
        other = connection.copy()
        try:
            other.set_autocommit(False)
            with other.cursor() as cursor:
                cursor.execute("SELECT 1 FROM news_edition FOR UPDATE")
            answer = site.get(path)
        finally:
            other.close()
        assert (answer.status, 'facts-number">–<' in answer.text) == (200, True)
        assert 'facts-number">2<' in site.get(path).text
