"""The changes of status: when each can be made, who may make it, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from news import publishing, versions
from news.models import ONCE_PUBLISHED, Article, Stage, State, Status, Version
from news.versions import Desk
from news.workflow import may_edit, may_publish, submission, was_seen

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text


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
    # The change to the live article that it is made to; or else it is made to the article itself.
    change_of: Callable[[Desk], Version | None] = lambda desk: desk.pending

    def allowed(self, user: Any, desk: Desk) -> bool:
        can_change = user.has_perm("news.change_article")
        return can_change and self.applies(desk) and self.may(user, desk)

    def concerns(self, user: Any, article: Article) -> bool:
        """Whether this person may make it at some point of the article's way, if not at this."""
        own = article.created_by_id == user.pk and self.may is not _editors_only
        return user.has_perm("news.change_article") and (own or may_publish(user))


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


def _none(desk: Desk) -> None:
    """Whatever is being made of it, what readers see is concerned and not that."""


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
            change_of=_none,
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
            change_of=lambda desk: desk.scheduled,
        ),
        Transition(
            "withdraw",
            _("Withdraw"),
            _("Readers will be told that it is gone. Its address and its count are kept."),
            _("“%(title)s” was withdrawn."),
            lambda desk: desk.article.state in (State.PUBLIC, State.EXPIRED),
            _editors_only,
            _withdraw,
            change_of=_none,
        ),
        Transition(
            "bin",
            _("Put in the bin"),
            _("Nobody sees it there but staff, who can take it out again with everything it had."),
            _("“%(title)s” was put in the bin."),
            _out_of_bin(lambda desk: True),
            _own_or_editor,
            _bin,
            change_of=_none,
        ),
        Transition(
            "restore",
            _("Take out of the bin"),
            _("It will be what it was before. What was to appear meanwhile is a draft again."),
            _("“%(title)s” was taken out of the bin."),
            lambda desk: desk.article.binned_at is not None,
            _own_or_editor,
            _restore,
            change_of=_none,
        ),
    )
}
