"""Editions when many come at once: visitors who find one due, and editors who commit."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import connection, connections, transaction

from news import edition
from news.models import Article, Edition, MostRead, Status
from tests.helpers import NOW, make_article, make_category, make_image

HOUR = timedelta(hours=1)
frozen = pytest.mark.time_machine(NOW, tick=False)


def number() -> int:
    return Edition.objects.get().number


def in_threads(act: Callable[[], Any], many: int) -> list[Any]:
    """What each gets who does it at the same moment, on a connection of their own."""
    together = Barrier(many)

    def take_part(_: int) -> Any:
        try:
            connection.ensure_connection()
            together.wait(timeout=30)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(take_part, range(many)))


def in_processes(act: Callable[[], Any], many: int) -> None:
    connections.close_all()  # Or else they would share this one.
    fork = multiprocessing.get_context("fork")
    together = fork.Barrier(many)

    def take_part() -> None:
        connection.ensure_connection()
        together.wait(timeout=30)
        act()
        connections.close_all()

    processes = [fork.Process(target=take_part) for _ in range(many)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0] * many


@frozen
@pytest.mark.django_db(transaction=True)
def test_however_many_threads_find_an_edition_due_one_of_them_applies_it(time_machine, monkeypatch):
    refreshed = []
    refresh = type(MostRead.objects.all()).refresh
    monkeypatch.setattr(
        type(MostRead.objects.all()),
        "refresh",
        lambda most_read, at: refreshed.append(at) or refresh(most_read, at),
    )
    make_article(published_at=NOW - HOUR)
    refreshed.clear()
    before = number()
    for hour in range(1, 6):
        time_machine.move_to(NOW + hour * HOUR, tick=False)
        found = in_threads(edition.current, 8)
        assert set(found) == {(before + hour, NOW + hour * HOUR, NOW + (hour + 1) * HOUR)}
    assert refreshed == [NOW + hour * HOUR for hour in range(1, 6)]


@frozen
@pytest.mark.django_db(transaction=True)
def test_however_many_processes_find_an_edition_due_one_of_them_applies_it(time_machine):
    make_article(published_at=NOW - HOUR)
    before = number()
    for hour in range(1, 4):
        time_machine.move_to(NOW + hour * HOUR, tick=False)
        in_processes(lambda: in_threads(edition.current, 2), 4)
        assert number() == before + hour


@frozen
@pytest.mark.django_db(transaction=True)
def test_editors_who_commit_at_the_same_moment_make_an_edition_each():
    category = make_category()
    before = number()

    def publish() -> int:
        with transaction.atomic():
            make_article(category=category)
            return number()

    assert sorted(in_threads(publish, 6)) == [before + n for n in range(1, 7)]
    assert number() == before + 6


@pytest.mark.parametrize("what", ["the article", "its picture"])
@pytest.mark.django_db(transaction=True)
def test_whoever_changes_what_is_just_being_published_makes_an_edition_too(what):
    image = make_image()
    draft = make_article(status=Status.DRAFT, cover=image, cover_alt="A mill")
    before = number()
    stale = Article.objects.get(pk=draft.pk) if what == "the article" else image
    published, saving = Event(), Event()

    def publish():
        try:
            with transaction.atomic():
                Article.objects.get(pk=draft.pk)
                draft.status = Status.PUBLISHED
                draft.save()
                published.set()
                saving.wait(timeout=30)
                time.sleep(0.3)  # The other one is waiting for the edition by now.
        finally:
            connections.close_all()

    thread = Thread(target=publish)
    thread.start()
    assert published.wait(timeout=30)
    saving.set()
    stale.save()
    thread.join(timeout=30)
    assert Article.objects.public().exists() == (stale is image)
    assert number() == before + 2


@pytest.mark.django_db(transaction=True)
def test_editors_who_save_the_same_articles_in_different_orders_do_not_deadlock():
    first, second = make_article(), make_article()
    make_category("Awards")
    start, failures = Barrier(2), []

    def save(articles):
        try:
            for _ in range(10):
                start.wait(timeout=30)
                with transaction.atomic():
                    for article in articles:
                        article.save()
        except Exception as error:  # Anything at all is a failure here.
            failures.append(error)
            start.abort()
        finally:
            connections.close_all()

    before = number()
    threads = [Thread(target=save, args=[order]) for order in ([first, second], [second, first])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    connection.close()
    assert not failures
    assert number() == before + 40
