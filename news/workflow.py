"""Who may do what, and how a change of status is made."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from news import edition, versions
from news.models import (
    ONCE_PUBLISHED,
    Article,
    LibraryFile,
    Stage,
    Status,
    StatusChange,
    Version,
)
from news.versions import Desk

if TYPE_CHECKING:
    from news.transitions import Transition

logger = logging.getLogger(__name__)

PUBLISH = "news.publish_article"


def may_publish(user: Any) -> bool:
    return user.has_perm(PUBLISH)


def may_edit(user: Any, desk: Desk) -> bool:
    """Editors edit everything; authors what they began, until they submit it.

    Of a published article both edit a change, which readers do not see.
    """
    article = desk.article
    if not user.has_perm("news.change_article") or article.binned_at is not None:
        return False
    if may_publish(user):
        return True
    taken = desk.stage == Stage.IN_REVIEW or article.status == Status.WITHDRAWN
    return article.created_by_id == user.pk and not taken


def may_change_file(user: Any, used: LibraryFile) -> bool:
    """Editors change every picture and file; authors their own, until it stands for the site, or an
    article or a change that shows it is reviewed or published, for it can come to readers from
    wherever it is now."""
    if may_publish(user):
        return True
    if used.uploaded_by_id != user.pk or used.concerns_public():
        return False
    past_author = Article.objects.filter(status__in=(*ONCE_PUBLISHED, Status.IN_REVIEW))
    changes = Version.objects.filter(stage__in=(Stage.IN_REVIEW, Stage.SCHEDULED))
    return not (past_author.showing(used).exists() or changes.showing(used).exists())


def was_seen(article: Article) -> bool:
    """Whether readers can have seen it: then it is never a draft or a thing to come again."""
    return article.status in ONCE_PUBLISHED and article.published_at <= timezone.now()


def submission(article: Article) -> StatusChange | None:
    """The last time it was submitted."""
    return article.trail.filter(transition="submit").first()


def perform(
    transition: Transition,
    article_id: int,
    by: Any,
    *,
    comment: str = "",
    at: datetime | None = None,
    seen: str | None = None,
) -> Desk:
    """Make the change in one transaction, with its line in the trail; the desk as it is after it.

    `seen` is the token of what the person looked at. Raises `Article.DoesNotExist`; `Overtaken` if
    it is another one by now; `PermissionDenied` if this person may not, or may no longer; and
    `ValidationError` in the words that staff are told.
    """
    # The edition first, then the article: the order in which every save locks them.
    with edition.change(concerns_public=lambda: transition.is_public):
        article = Article.objects.select_for_update(no_key=True).get(pk=article_id)
        before = versions.desk(article)
        if seen is not None and seen != before.token:
            raise versions.Overtaken
        if not transition.allowed(by, before):
            raise PermissionDenied
        stood = _standing(transition, before)
        transition.change(before, by, at)
        after = versions.desk(Article.objects.get(pk=article_id))
        _record(transition, stood, after, by, comment)
    logger.info("article %d: %s by account %d", article_id, transition.name, by.pk)
    return after


def _standing(transition: Transition, desk: Desk) -> tuple[str, bool]:
    """What it is, and whether that is said of a change to the live article."""
    change = transition.change_of(desk)
    return (change.stage, True) if change else (desk.article.state, False)


def _record(
    transition: Transition, stood: tuple[str, bool], after: Desk, by: Any, comment: str
) -> None:
    before, of_change = stood
    stands = after.pending.stage if of_change and after.pending else after.article.state
    StatusChange.objects.create(
        article=after.article,
        transition=transition.name,
        before=before,
        after=stands,
        of_change=of_change,
        moment=after.scheduled.moment if after.scheduled and of_change else None,
        comment=comment,
        by=by,
    )
