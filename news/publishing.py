"""What staff work on becomes the live content of an article: at once, or when its moment comes."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from news.models import Article, Stage, StatusChange, Version
from news.textrefs import without_alt
from news.versions import (
    Desk,
    Overtaken,
    desk,
    digest,
    keep_live,
    live_content,
    of_live,
    put,
    still_there,
    write,
)

logger = logging.getLogger(__name__)

# A slug may be made yet, and an editor in charge may have left.
UNCHECKED = ["slug", "editor"]


def go_live(desk: Desk, by: Any) -> None:
    """Make what is worked on the live content of its article, whose decisions are to be saved too.

    A change that was scheduled is part of it, or was replaced by it. Raises `Overtaken` if the live
    content changed since, and `ValidationError` if readers cannot be shown it.
    """
    keep_live(desk)
    _replace(desk, desk.pending, by)
    desk.article.versions.scheduled().update(stage=Stage.HISTORY, moment=None, base="")
    if desk.pending is None:
        newest = of_live(desk).first()
        desk.article.versions.filter(pk=newest.pk).update(was_live=True)


def _replace(desk: Desk, version: Version | None, by: Any) -> None:
    if desk.is_overtaken:
        raise Overtaken
    article = desk.article
    content = still_there(version.content, article.category_id) if version else desk.live
    put(content, article)
    _check(article)
    article.modified_by = by
    write(article, content)
    if version:
        article.versions.filter(pk=version.pk).update(
            stage=Stage.HISTORY, moment=None, base="", was_live=True
        )


def _check(article: Article) -> None:
    article.full_clean(exclude=UNCHECKED, validate_unique=False)
    if not article.body:
        raise ValidationError(_("It has no text yet. Write one before readers see it."))
    if count := without_alt(article.body):
        raise ValidationError(
            ngettext_lazy(
                "%(count)d picture in the text has no alternative text; without it nothing is "
                "published. Open the article's form, double-click the picture in the text and say "
                "what it shows.",
                "%(count)d pictures in the text have no alternative text; without it nothing is "
                "published. Open the article's form, double-click each in the text and say what "
                "it shows.",
                count,
            ),
            params={"count": count},
        )


def schedule(desk: Desk, moment: datetime) -> None:
    """What is worked on replaces the live content at a moment to come, or at another one."""
    if desk.is_overtaken:
        raise Overtaken
    version = desk.pending
    assert version is not None
    put(version.content, desk.article)
    _check(desk.article)
    others = desk.article.versions.scheduled().exclude(pk=version.pk)
    others.update(stage=Stage.HISTORY, moment=None, base="")
    desk.article.versions.filter(pk=version.pk).update(stage=Stage.SCHEDULED, moment=moment)


def unschedule(desk: Desk) -> None:
    """What was scheduled is a draft again, or history if somebody went on from it."""
    stage, base = Stage.DRAFT, desk.scheduled.base if desk.scheduled else ""
    if desk.worked_on:
        stage, base = Stage.HISTORY, ""
    desk.article.versions.scheduled().update(stage=stage, moment=None, base=base)


def work_on_row(desk: Desk, by: Any) -> None:
    """Of an article that no reader saw and that is no longer published: its row is worked on."""
    keep_live(desk)
    desk.article.modified_by = by
    write(desk.article, still_there(desk.shown, desk.article.category_id))
    desk.article.versions.pending().update(stage=Stage.HISTORY, moment=None, base="")


def on_due(now: datetime, using: str, **_: Any) -> None:
    """Changes whose moment has come take effect, in the transaction that begins the edition.

    A visitor's request may have brought us here, and every later one would again: a change that
    cannot take effect, for whatever reason, is put back, and the desk tells of it.
    """
    for version in Version.objects.using(using).due(now).select_related("article"):
        before = desk(version.article)
        try:
            with transaction.atomic(using=using):
                _take_effect(before, version)
        except (OperationalError, InterfaceError):  # The database: everything is tried again.
            raise
        except Overtaken:
            _hold_back(before, version, "overtaken")
        except ValidationError as error:
            with translation.override(settings.LANGUAGE_CODE):
                reason = " ".join(map(str, error.messages))
            _hold_back(before, version, "held_back", reason)
        except Exception as error:
            logger.exception("article %d: scheduled change", version.article_id)
            _hold_back(before, version, "held_back", repr(error))


def _take_effect(before: Desk, version: Version) -> None:
    _replace(Desk(before.article, before.live, before.newest, None, version), version, None)
    # What staff went on with from it is compared with what it made of the live content.
    after = digest(live_content(before.article))
    before.article.versions.worked_on().filter(base=version.base).update(base=after)
    _tell(before, version, "take_effect", before.article.state)


def _hold_back(before: Desk, version: Version, why: str, reason: str = "") -> None:
    logger.warning("article %d: scheduled change %s %s", version.article_id, why, reason)
    unschedule(before)
    _tell(before, version, why, Stage.DRAFT, reason)


def _tell(desk: Desk, version: Version, what: str, after: str, comment: str = "") -> None:
    StatusChange.objects.create(
        article_id=version.article_id,
        transition=what,
        before=Stage.SCHEDULED,
        after=after,
        of_change=True,
        moment=version.moment,
        comment=comment[:1000],
    )
