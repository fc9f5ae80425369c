"""The edition: one number for the whole site, moved by every change the public may see.

A page rendered under an edition stays true while the number is the same and `due_at`, the next
moment at which the site changes by itself, lies ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone


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
        _editions(using).select_for_update().get()
        if not concerns_public():
            yield
            return
        advance(using)
        yield
        _editions(using).update(due_at=next_due(timezone.now(), using))


def advance(using: str = "default") -> None:
    """Add one to the number. Must run inside the transaction of the change it announces."""
    _editions(using).update(number=F("number") + 1)


def on_migrated(using: str = "default", apps: Any = apps, **_: Any) -> None:
    """Make the one row if it is missing: after the first migration, and after a test's flush."""
    if "edition" in apps.all_models["news"]:  # Migrated backwards, the table is gone.
        apps.get_model("news", "Edition").objects.using(using).get_or_create(pk=1)


def on_tags_changed(action: str, instance: Any, using: str, **_: Any) -> None:
    """Tags of an article are a table of their own, which no `save()` passes."""
    if action.startswith("pre_") and instance.concerns_public():
        advance(using)


def on_fixture_loaded(using: str, raw: bool, **_: Any) -> None:
    """`loaddata` goes past every `save()`."""
    if raw:
        with change(using):
            pass


def next_due(now: datetime, using: str = "default") -> datetime:
    """The next moment at which the site changes with nobody touching it.

    An article appears, expires or stops being pinned, or a day ends in the site's time zone.
    """
    moments = [_next_midnight(now)]
    published = apps.get_model("news", "Article").objects.using(using).on_schedule()
    for field in ("published_at", "expires_at", "pinned_until"):
        coming = published.filter(**{f"{field}__gt": now}).order_by(field)
        moments += coming.values_list(field, flat=True)[:1]
    return min(moments)


def _next_midnight(now: datetime) -> datetime:
    site_zone = timezone.get_default_timezone()
    tomorrow = timezone.localdate(now, site_zone) + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, site_zone)


def _editions(using: str) -> QuerySet:
    return apps.get_model("news", "Edition").objects.using(using)
