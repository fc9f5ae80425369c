"""The edition: one number for the whole site, moved by every change the public may see.

A page rendered under an edition stays true while the number is the same and `due_at`, the next
moment at which the site changes by itself, lies ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connections, transaction
from django.db.models import DateTimeField, F, Func, QuerySet
from django.dispatch import Signal
from django.utils import timezone

# How long an article is news to news search engines; then their sitemap changes by itself.
NEWS_FOR = timedelta(days=2)


class Standing(NamedTuple):
    """The edition that the whole site stands at."""

    number: int
    began_at: datetime
    due_at: datetime


# Sent with `now` and `using` when the edition is found due, inside the transaction of the next one:
# whatever takes effect by itself is written then.
came_due = Signal()

# What a page is just being made for, in the thread that makes it.
_making: ContextVar[Standing | None] = ContextVar("making", default=None)


@contextmanager
def making_for(standing: Standing | None) -> Iterator[None]:
    """Make the page inside for this edition: the site as it stood when the edition began."""
    token = _making.set(standing)
    try:
        yield
    finally:
        _making.reset(token)


def making() -> Standing | None:
    """The edition that a page is being made for, if any is."""
    return _making.get()


def moment() -> datetime:
    """The moment that a page shows the site at; now, unless one is being made for an edition.

    Between its beginning and its due moment an edition does not change, so any moment in between
    gives the same page. Its beginning is the one that all machines agree on.
    """
    standing = _making.get()
    return standing.began_at if standing else timezone.now()


def current(using: str = "default") -> Standing:
    """The edition that stands now. Whoever finds it due applies what is due first."""
    while (standing := _not_due(using)) is None:
        with transaction.atomic(using=using):
            _wait_no_longer_than("1s", using)
            now, is_due = _lock(using)
            if is_due:  # Or else somebody else was first.
                advance(using)
                _begin(now, is_due, using)
    return standing


@contextmanager
def change(
    using: str = "default", concerns_public: Callable[[], bool] = lambda: True
) -> Iterator[None]:
    """Make what is written inside part of a new edition: both are committed, or neither.

    The edition's row is locked before anything else is read or written. Whoever changes articles
    queues here: two editors who save several of them in different orders cannot deadlock, and
    `concerns_public` (whether the change shows to the public at all) is asked of what is stored,
    not of what another editor is just replacing.
    """
    with transaction.atomic(using=using):
        now, is_due = _lock(using)
        if not concerns_public():
            yield
            return
        advance(using)
        if is_due:  # What was due before this change takes effect before it.
            _begin(now, is_due, using)
        yield
        _begin(now, False, using)


def advance(using: str = "default") -> None:
    """Add one to the number. Must run inside the transaction of the change it announces."""
    _editions(using).update(number=F("number") + 1)


def above_any(*known: int) -> int:
    """For a site that was restored: a number above any that was used before, known or lost.

    Editions advance by one, and never a thousand times a second: a clock in milliseconds is ahead
    of them all. So no page that a process or a reader still holds is taken for a current one.
    """
    return max(*known, round(timezone.now().timestamp() * 1000)) + 1


def on_migrated(using: str = "default", apps: Any = apps, **_: Any) -> None:
    """Make the one row if it is missing: after the first migration, and after a test's flush."""
    if "edition" in apps.all_models["news"]:  # Migrated backwards, the table is gone.
        apps.get_model("news", "Edition").objects.using(using).get_or_create(pk=1)


def on_tags_changed(action: str, instance: Any, using: str, **_: Any) -> None:
    """Tags of an article are a table of their own, which no `save()` passes."""
    if action.startswith("pre_"):
        _lock(using)  # Whoever is just publishing the article is waited for.
        if instance.concerns_public():
            advance(using)


def on_fixture_loaded(using: str, raw: bool, **_: Any) -> None:
    """`loaddata` goes past every `save()`."""
    if raw:
        with change(using):
            pass


def next_due(now: datetime, using: str = "default") -> datetime:
    """The next moment at which the site changes with nobody touching it.

    An article appears, expires, stops being pinned or is no longer news, a scheduled change of one
    takes effect, or an hour of the site's time zone ends: with it the most read are counted anew,
    and with the last one a day is over.
    """
    moments = [_next_hour(now)]
    published = apps.get_model("news", "Article").objects.using(using).on_schedule()
    scheduled = apps.get_model("news", "Version").objects.using(using).on_schedule()
    at_once = timedelta(0)
    for rows, field, later in (
        (published, "published_at", at_once),
        (published, "published_at", NEWS_FOR),
        (published, "expires_at", at_once),
        (published, "pinned_until", at_once),
        (scheduled, "moment", at_once),
    ):
        coming = rows.filter(**{f"{field}__gt": now - later}).order_by(field)
        moments += [first + later for first in coming.values_list(field, flat=True)[:1]]
    return min(moments)


def _next_hour(now: datetime) -> datetime:
    site_zone = timezone.get_default_timezone()
    local = timezone.localtime(now, site_zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return now - past + timedelta(hours=1)


class _Now(Func):
    """The database's clock, which all machines share. SQLite has none but this process's."""

    template = "now()"
    output_field = DateTimeField()

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple[str, ...]]:
        return "%s", (connection.ops.adapt_datetimefield_value(timezone.now()),)


def _editions(using: str) -> QuerySet:
    return apps.get_model("news", "Edition").objects.using(using)


def _not_due(using: str) -> Standing | None:
    standing = _editions(using).filter(due_at__gt=_Now())
    return next((Standing(*row) for row in standing.values_list(*Standing._fields)), None)


def _lock(using: str) -> tuple[datetime, bool]:
    """Take the row's lock; what time it is, and whether the edition is due."""
    locked = _editions(using).select_for_update().annotate(now=_Now())
    due_at, now = locked.values_list("due_at", "now").get()
    return now, due_at is None or due_at <= now


def _wait_no_longer_than(interval: str, using: str) -> None:
    """So that an editor's long transaction does not hold up readers; raises `OperationalError`."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [interval])


def _begin(now: datetime, was_due: bool, using: str) -> None:
    _editions(using).update(began_at=now, due_at=next_due(now, using))
    if was_due:  # It is no longer: what takes effect now makes changes of its own.
        apps.get_model("news", "MostRead").objects.using(using).refresh(now)
        came_due.send(Standing, now=now, using=using)
