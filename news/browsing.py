"""Counting: every reader's view of an article raises its browsing volume by exactly one.

This is the one place that counts. A view function only says which article its page shows
(`shows_article`); the page cache asks here whether that was a reader, and has the view written
before the page is sent. Views that arrive while a statement is under way wait and are written
together by the next one, in one commit.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import crawleruseragents
from django.db import DEFAULT_DB_ALIAS, connections
from django.dispatch import Signal
from django.http import HttpResponse
from django.utils import timezone

from news import countsql, edition
from news.models import Article, BrowsingVolume, Refusal

logger = logging.getLogger(__name__)

# Stands in a rendered page where the number belongs. No editor's text can contain it: templates
# escape "<", and the door for rich text drops comments.
NUMBER_MARK = "<!--browsing-volume-->"
NEVER = float("-inf")
RETRY_SECONDS = 1.0  # A database that is away is not asked more often than this.
AWAY_SECONDS = 60.0  # How long after its last answer the database may be missed.
TALLY_SECONDS = 10.0  # Refusals are written this often, if at all.

view_refused = Signal(use_caching=True)  # Sent with the `reason`, for whoever keeps figures.


def shows_article(response: HttpResponse, article: Article) -> HttpResponse:
    """Mark a page as the public page of an article. Previews are not marked, so never counted."""
    response.article_id = article.pk  # type: ignore[attr-defined]
    return response


def refusal(environ: dict[str, Any], by_staff: bool) -> Refusal | None:
    """Why this request for an article's page is not a reader's view, or None if it is one."""
    if environ["REQUEST_METHOD"] != "GET":
        return Refusal.HEAD
    if is_speculative(environ):
        return Refusal.SPECULATIVE
    if by_staff:
        return Refusal.STAFF
    return Refusal.CRAWLER if is_crawler(_user_agent(environ)) else None


def is_speculative(environ: dict[str, Any]) -> bool:
    """Whether a browser loads the page in advance, for a reader who may never come."""
    purpose = environ.get("HTTP_SEC_PURPOSE", "") + environ.get("HTTP_PURPOSE", "")
    return bool(purpose) and any(word in purpose.lower() for word in ("prefetch", "prerender"))


def _user_agent(environ: dict[str, Any]) -> str:
    return environ.get("HTTP_USER_AGENT", "")[:512]  # A header may have 400 KB: a second's look.


@lru_cache(maxsize=4096)  # One look-up tries 600 patterns and costs 0.1 ms.
def is_crawler(user_agent: str) -> bool:
    return crawleruseragents.is_crawler(user_agent)


class DatabaseAway(Exception):
    """The database gave no answer. Whether a view that was on its way was counted is unknown."""


class Answer(NamedTuple):
    """What the database said of a page."""

    is_current: bool  # The page is of the edition that stands; a view was counted only then.
    standing: edition.Standing
    number: int | None  # The browsing volume to show, if the page shows an article.


class _Batch:
    """What goes to the database together: one round trip, one commit."""

    def __init__(self) -> None:
        self.edition = 0  # The newest that somebody has a page of. Other pages are stale.
        self.views: dict[int, int] = {}
        self.looks: set[int] = set()
        # Closed until there is an answer. An Event costs ten times as much for each who waits.
        self.gate = threading.Lock()
        self.gate.acquire()
        self.found: int | None = None  # The number of the edition that the statement saw.
        self.standing: edition.Standing | None = None
        self.totals: dict[int, int] = {}

    def join(self, number: int, article_id: int | None, counts: bool) -> int:
        """Take part; returns one's place among those who view the same article."""
        if number > self.edition:
            self.edition = number
            self.views.clear()
        if article_id is None or number < self.edition:
            return 0
        if not counts:
            self.looks.add(article_id)
            return 0
        place = self.views[article_id] = self.views.get(article_id, 0) + 1
        return place

    def answer(self, number: int, article_id: int | None, place: int) -> Answer:
        if self.standing is None:
            raise DatabaseAway
        if number != self.edition or number != self.found:
            return Answer(False, self.standing, None)
        if article_id is None:
            return Answer(True, self.standing, None)
        total = self.totals.get(article_id, 0)
        # Those counted together get the numbers up to the total, in the order they came.
        return Answer(
            True, self.standing, total - self.views[article_id] + place if place else total
        )


class Turnstile:
    """Where everybody passes who wants a public page of this process: many at a time."""

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self._last_answer = NEVER  # In seconds of `time.monotonic()`, as the other two.
        self._using = using
        self._is_away = False  # Not even a connection can be had.
        self._last_failure = NEVER
        self._last_tally = time.monotonic()
        self._lock = threading.Lock()  # Held for microseconds.
        self._turn = threading.Lock()  # Held while a statement is under way.
        self._waiting: _Batch | None = None
        self._database: countsql.CountDatabase | None = None
        self._standing: edition.Standing | None = None
        self._refused: Counter[tuple[date, str]] = Counter()

    def ask(self, number: int = 0, article_id: int | None = None, counts: bool = False) -> Answer:
        """Whether a page of edition `number` is still true; if so, count a view of its article.

        The question goes out after this call began: whoever comes after a commit is never told of
        an earlier edition. Returns when the view is committed. Raises `DatabaseAway`.
        """
        if self._is_away and self._turn.locked():
            raise DatabaseAway  # One who tries whether it is back is enough.
        with self._lock:
            leads = self._waiting is None
            batch = self._waiting = self._waiting or _Batch()
            place = batch.join(number, article_id, counts)
        if leads:
            self._send(batch)
        else:
            with batch.gate:
                pass
        return batch.answer(number, article_id, place)

    def known(self) -> edition.Standing | None:
        """The edition that stood within the last minute, and is not due yet."""
        standing = self._standing
        is_fresh = time.monotonic() - self._last_answer < AWAY_SECONDS
        return standing if is_fresh and standing and timezone.now() < standing.due_at else None

    def stands_still(self) -> edition.Standing | None:
        """The edition that stands while the database cannot be reached: nobody can change it.

        Only for so long: what was committed between the last answer and the fault is not known.
        """
        return self.known() if self._is_away else None

    def refuse(self, reason: Refusal) -> None:
        """Tally a page that was sent without being counted."""
        with self._lock:
            self._refused[countsql.today(), reason] += 1
        view_refused.send(Turnstile, reason=reason)

    def close(self) -> None:
        """Write the tally and hang up. What a killed process had not written of it is lost."""
        with self._turn, suppress(Exception):
            if self._refused:
                self._write_tally()
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connection; the next question opens another."""
        database, self._database = self._database, None
        if database is not None:
            with suppress(Exception):  # It may be broken.
                database.close()

    def _send(self, batch: _Batch) -> None:
        with self._turn:
            time.sleep(0)  # Whoever is ready joins: batches of 4.8 views instead of 1.2.
            with self._lock:
                self._waiting = None  # Who comes from now on goes with the next statement.
            try:
                if time.monotonic() - self._last_failure > RETRY_SECONDS:
                    self._put(batch)
            except Exception:  # Whatever it was: those who wait get an answer.
                if not self._is_away:
                    logger.exception("Views could not be counted")
            finally:
                batch.gate.release()

    def _put(self, batch: _Batch) -> None:
        self._count(batch)
        if self._standing is None or batch.found != self._standing.number:
            self._standing = self._current_edition()
        batch.standing = self._standing
        self._last_answer = time.monotonic()
        if self._refused and self._last_answer - self._last_tally > TALLY_SECONDS:
            self._write_tally()

    def _count(self, batch: _Batch) -> None:
        """Once more, on a new connection, if it is certain that nothing was counted."""
        for is_last in (False, True):
            database = self._connected()
            try:
                batch.found, batch.totals = database.count(batch.edition, batch.views, batch.looks)
            except Exception as error:
                self.hang_up()
                if is_last or (batch.views and database.may_have_counted(error)):
                    self._connected()  # Says whether the database is away.
                    raise
            else:
                return

    def _current_edition(self) -> edition.Standing:
        django = connections[self._using]
        if not django.in_atomic_block:  # No request looks after this thread's connection.
            django.close_if_unusable_or_obsolete()
        return edition.current(self._using)

    def _write_tally(self) -> None:
        with self._lock:
            refused, self._refused = self._refused, Counter()
        self._last_tally = time.monotonic()
        # In one order everywhere, so that two processes cannot deadlock.
        rows = sorted((day, reason, views) for (day, reason), views in refused.items())
        try:
            self._connected().tally(rows)
        except Exception:
            with self._lock:
                self._refused += refused
            self.hang_up()  # Or else SQLite's transaction stays open, and takes later counts along.
            raise

    def _connected(self) -> countsql.CountDatabase:
        if self._database is not None and self._database.is_lost():
            self.hang_up()
        if self._database is None:
            try:
                self._database = countsql.connect(self._using)
            except Exception:
                if not self._is_away:
                    logger.exception("The database is away: nothing is counted")
                self._is_away, self._last_failure = True, time.monotonic()
                raise
            if self._is_away:
                logger.warning("The database is back: views are counted again")
            self._is_away = False
        return self._database


turnstile = Turnstile()
atexit.register(lambda: turnstile.close())


def count_view(article_id: int) -> int:
    """Count one view of an article, whatever edition stands; returns its new browsing volume."""
    answer = turnstile.ask()
    while not answer.is_current:
        answer = turnstile.ask(answer.standing.number, article_id, counts=True)
    return answer.number or 0


def browsing_volume(article_id: int) -> int:
    """The number to show where nothing is counted."""
    totals = BrowsingVolume.objects.filter(article=article_id).values_list("total", flat=True)
    return totals.first() or 0
