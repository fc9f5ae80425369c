"""Who may do what, and the changes of status."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from news import edition, publishing, versions
from news.models import (
    ONCE_PUBLISHED,
    Article,
    LibraryFile,
    Stage,
    State,
    Status,
    StatusChange,
    Version,
)
from news.versions import Desk

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

logger = logging.getLogger(__name__)

PUBLISH = "news.publish_article"

# Group -> model -> what its members may do there; kept so by `keep_groups` at every migration.
GROUPS: dict[str, dict[str, str]] = {
    "Author": {
        "article": "add change view",
        "image": "add change view",
        "attachment": "add change view",
        "category": "view",
        "tag": "add view",
    },
    "Editor": {
        "article": "add change view publish",
        "image": "add change delete view",
        "attachment": "add change delete view",
        "category": "add change view",
        "tag": "add change delete view",
        "oldaddress": "add change delete view",
        "page": "add change delete view",
        "browsingvolume": "view",
        "refusedviews": "view",
    },
}


def keep_groups(using: str = "default", **_: Any) -> None:
    """Give the two groups what `GROUPS` says; what an operator added to them stays."""
    group_model, permission_model = (
        apps.get_model("auth", name).objects.using(using) for name in ("Group", "Permission")
    )
    for name, rights in GROUPS.items():
        codenames = [f"{verb}_{model}" for model, verbs in rights.items() for verb in verbs.split()]
        group, _created = group_model.get_or_create(name=name)
        group.permissions.add(
            *permission_model.filter(content_type__app_label="news", codename__in=codenames)
        )


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


@dataclass(frozen=True)
class Transition:
    """A change of status that staff make with one button."""

    name: str
    label: Text
    question: Text
    done: Text
    applies: Callable[[Desk], bool]
    may: Callable[[Any, Desk], bool]
    change: Callable[[Desk, Any, datetime | None], None]
    # Whether the public can see it; or else pages stay as they are.
    is_public: bool = True
    needs_comment: bool = False
    asks_moment: bool = False

    def allowed(self, user: Any, desk: Desk) -> bool:
        can_change = user.has_perm("news.change_article")
        return can_change and self.applies(desk) and self.may(user, desk)


def _editors_only(user: Any, desk: Desk) -> bool:
    return may_publish(user)


def _own_or_editor(user: Any, desk: Desk) -> bool:
    """Authors bin what is theirs and no reader has seen."""
    article = desk.article
    own = article.created_by_id == user.pk and article.status not in ONCE_PUBLISHED
    return may_publish(user) or (own and desk.stage == Stage.DRAFT)


def _handed_in(user: Any, desk: Desk) -> bool:
    """Whoever submitted it, and whoever began the article, may take it back."""
    submitted = submission(desk.article)
    return user.pk in (desk.article.created_by_id, submitted and submitted.by_id)


def submission(article: Article) -> StatusChange | None:
    """The last time it was submitted."""
    return article.trail.filter(transition="submit").first()


def _set_stage(stage: Stage) -> Callable[[Desk, Any, datetime | None], None]:
    def change(desk: Desk, by: Any, at: datetime | None) -> None:
        if desk.worked_on:
            desk.article.versions.worked_on().update(stage=stage)
        else:
            _store(desk.article, by, status=Status(stage.value))

    return change


def _store(article: Article, by: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(article, name, value)
    article.modified_by = by
    article.save(update_fields=[*values, "modified_by"])


def _publish(desk: Desk, by: Any, at: datetime | None) -> None:
    article, now = desk.article, timezone.now()
    is_to_come = at is not None and at > now
    if was_seen(article) and article.status == Status.PUBLISHED and at:
        if not is_to_come:
            raise ValidationError(_("This moment has passed. Choose one to come, or “Now”."))
        publishing.schedule(desk, at)
        return
    if was_seen(article):
        if is_to_come:
            raise ValidationError(_("Readers have seen it: its date cannot lie in the future."))
        article.published_at = at or article.published_at
    else:
        article.published_at = at or now
    article.status = Status.PUBLISHED
    _refuse_if_over(article)
    publishing.go_live(desk, by)


def _republish(desk: Desk, by: Any, at: datetime | None) -> None:
    _refuse_if_over(desk.article)
    _store(desk.article, by, status=Status.PUBLISHED)


def _refuse_if_over(article: Article) -> None:
    if article.expires_at and article.expires_at <= timezone.now():
        raise ValidationError(
            _("It was to be taken down by now. Change “take down at” in its form first.")
        )


def _discard(desk: Desk, by: Any, at: datetime | None) -> None:
    desk.article.versions.worked_on().update(stage=Stage.HISTORY, base="")


def _unschedule(desk: Desk, by: Any, at: datetime | None) -> None:
    publishing.unschedule(desk)
    if desk.article.state == State.SCHEDULED:
        desk.article.status = Status(desk.stage or Status.DRAFT)
        publishing.work_on_row(versions.desk(desk.article), by)


def _withdraw(desk: Desk, by: Any, at: datetime | None) -> None:
    """Readers' text stays as it was, and so does what is being made of it."""
    publishing.unschedule(desk)
    _store(desk.article, by, status=Status.WITHDRAWN)


def _bin(desk: Desk, by: Any, at: datetime | None) -> None:
    _store(desk.article, by, binned_at=timezone.now())


def _restore(desk: Desk, by: Any, at: datetime | None) -> None:
    now = timezone.now()
    if desk.article.versions.scheduled().filter(moment__lte=now).exists():
        publishing.unschedule(desk)  # Its moment passed while it lay there.
    article = desk.article
    if article.is_missed(now):
        article.status = Status.DRAFT  # It was to appear meanwhile, and nobody has seen it.
    _store(article, by, binned_at=None, status=article.status)


def _out_of_bin(applies: Callable[[Desk], bool]) -> Callable[[Desk], bool]:
    return lambda desk: desk.article.binned_at is None and applies(desk)


TRANSITIONS = {
    transition.name: transition
    for transition in (
        Transition(
            "submit",
            _("Submit for review"),
            _("The editors are told. Until one of them decides, or you take it back, it stays."),
            _("“%(title)s” was submitted for review."),
            _out_of_bin(lambda desk: desk.stage == Stage.DRAFT),
            may_edit,
            _set_stage(Stage.IN_REVIEW),
            is_public=False,
        ),
        Transition(
            "take_back",
            _("Take back"),
            _("It is a draft again, and you can go on writing."),
            _("“%(title)s” was taken back."),
            _out_of_bin(lambda desk: desk.stage == Stage.IN_REVIEW),
            _handed_in,
            _set_stage(Stage.DRAFT),
            is_public=False,
        ),
        Transition(
            "send_back",
            _("Send back"),
            _("Its author is told what you write here, and can go on with it."),
            _("“%(title)s” was sent back to its author."),
            _out_of_bin(lambda desk: desk.stage == Stage.IN_REVIEW),
            _editors_only,
            _set_stage(Stage.DRAFT),
            is_public=False,
            needs_comment=True,
        ),
        Transition(
            "publish",
            _("Publish"),
            _("Readers see it at once, or from the moment that you set."),
            _("“%(title)s” was published."),
            _out_of_bin(lambda desk: bool(desk.stage or desk.scheduled)),
            _editors_only,
            _publish,
            asks_moment=True,
        ),
        Transition(
            "republish",
            _("Publish again"),
            _("Readers see it again as they knew it, with its old date. A change stays a change."),
            _("“%(title)s” is public again."),
            _out_of_bin(lambda desk: desk.article.status == Status.WITHDRAWN),
            _editors_only,
            _republish,
        ),
        Transition(
            "discard",
            _("Discard the change"),
            _("What readers see stays as it is. What was written is kept in the history."),
            _("The change to “%(title)s” was discarded."),
            _out_of_bin(lambda desk: desk.worked_on is not None),
            may_edit,
            _discard,
            is_public=False,
        ),
        Transition(
            "unschedule",
            _("Take off the schedule"),
            _(
                "Nothing happens at the moment that was set. What was to come is a draft again, or "
                "stands in the history if somebody went on from it."
            ),
            _("“%(title)s” was taken off the schedule."),
            _out_of_bin(
                lambda desk: desk.scheduled is not None or desk.article.state == State.SCHEDULED
            ),
            _editors_only,
            _unschedule,
        ),
        Transition(
            "withdraw",
            _("Withdraw"),
            _("Readers will be told that it is gone. Its address and its count are kept."),
            _("“%(title)s” was withdrawn."),
            lambda desk: desk.article.state in (State.PUBLIC, State.EXPIRED),
            _editors_only,
            _withdraw,
        ),
        Transition(
            "bin",
            _("Put in the bin"),
            _("Nobody sees it there but staff, who can take it out again with everything it had."),
            _("“%(title)s” was put in the bin."),
            _out_of_bin(lambda desk: True),
            _own_or_editor,
            _bin,
        ),
        Transition(
            "restore",
            _("Take out of the bin"),
            _("It will be what it was before. What was to appear meanwhile is a draft again."),
            _("“%(title)s” was taken out of the bin."),
            lambda desk: desk.article.binned_at is not None,
            _own_or_editor,
            _restore,
        ),
    )
}


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
        stood = _standing(before)
        transition.change(before, by, at)
        after = versions.desk(Article.objects.get(pk=article_id))
        _record(transition, stood, after, by, comment)
    logger.info("article %d: %s by %s", article_id, transition.name, by)
    return after


def _standing(desk: Desk) -> tuple[str, bool]:
    """What it is, and whether that is said of a change to the live article."""
    return (desk.pending.stage, True) if desk.pending else (desk.article.state, False)


def _record(
    transition: Transition, stood: tuple[str, bool], after: Desk, by: Any, comment: str
) -> None:
    before, of_change = stood
    StatusChange.objects.create(
        article=after.article,
        transition=transition.name,
        before=before,
        after=_standing(after)[0],
        of_change=of_change,
        moment=after.scheduled.moment if after.scheduled and of_change else None,
        comment=comment,
        by=by,
    )
