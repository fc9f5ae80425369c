"""Who may do what, and the changes of status."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from news import edition
from news.models import ONCE_PUBLISHED, Article, Image, State, Status

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

logger = logging.getLogger(__name__)

PUBLISH = "news.publish_article"

# Group -> model -> what its members may do there; kept so by `keep_groups` at every migration.
GROUPS: dict[str, dict[str, str]] = {
    "Author": {
        "article": "add change view",
        "image": "add change view",
        "category": "view",
        "tag": "add view",
    },
    "Editor": {
        "article": "add change view publish",
        "image": "add change delete view",
        "category": "add change view",
        "tag": "add change delete view",
        "oldaddress": "add change delete view",
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


def may_edit(user: Any, article: Article) -> bool:
    """Editors edit everything; authors what they began, until it is published."""
    if not user.has_perm("news.change_article"):
        return False
    own = article.created_by_id == user.pk
    return may_publish(user) or (own and article.status in (Status.DRAFT, Status.IN_REVIEW))


def may_change_picture(user: Any, image: Image) -> bool:
    """Editors change every picture; authors their own, until an article that shows it is published,
    for it can come back to readers from wherever it is now."""
    own = image.uploaded_by_id == user.pk
    shown = Article.objects.filter(status__in=ONCE_PUBLISHED).showing(image)
    return may_publish(user) or (own and not shown.exists())


def was_seen(article: Article) -> bool:
    """Whether readers can have seen it: then it is never a draft or a thing to come again."""
    return article.status in ONCE_PUBLISHED and article.published_at <= timezone.now()


def statuses_for(user: Any, article: Article) -> list[Status]:
    """Which statuses the article's form may offer this person."""
    if article.pk and was_seen(article):
        # It is taken back by a transition, and can be published again.
        return [Status.PUBLISHED] if article.status == Status.PUBLISHED else list(_REPUBLISH)
    return [Status.DRAFT, Status.IN_REVIEW] + ([Status.PUBLISHED] if may_publish(user) else [])


_REPUBLISH = (Status.WITHDRAWN, Status.PUBLISHED)


@dataclass(frozen=True)
class Transition:
    """A change of an article's status that staff make with one button."""

    name: str
    label: Text
    question: Text
    done: Text
    applies: Callable[[Article], bool]
    change: Callable[[Article], None]

    def allowed(self, user: Any, article: Article) -> bool:
        return may_edit(user, article) and self.applies(article)


def _set_status(status: Status) -> Callable[[Article], None]:
    return lambda article: setattr(article, "status", status)


def _put_in_bin(article: Article) -> None:
    article.binned_at = timezone.now()


def _take_out_of_bin(article: Article) -> None:
    article.binned_at = None


TRANSITIONS = {
    transition.name: transition
    for transition in (
        Transition(
            "withdraw",
            _("Withdraw"),
            _("Readers will be told that it is gone. Its address and its count are kept."),
            _("“%(title)s” was withdrawn."),
            lambda article: article.state in (State.PUBLIC, State.EXPIRED),
            _set_status(Status.WITHDRAWN),
        ),
        Transition(
            "bin",
            _("Put in the bin"),
            _("Nobody sees it there but staff, who can take it out again with everything it had."),
            _("“%(title)s” was put in the bin."),
            lambda article: article.binned_at is None,
            _put_in_bin,
        ),
        Transition(
            "restore",
            _("Take out of the bin"),
            _("It will be again what it was before: draft, scheduled, public or withdrawn."),
            _("“%(title)s” was taken out of the bin."),
            lambda article: article.binned_at is not None,
            _take_out_of_bin,
        ),
    )
}


def perform(transition: Transition, article_id: int, user: Any) -> Article:
    """Make the change in one transaction and log it.

    Raises `Article.DoesNotExist`, and `PermissionDenied` if this person may not, or may no longer.
    """
    # The edition first, then the article: the order in which every save locks them.
    with edition.change():
        article = Article.objects.select_for_update(no_key=True).get(pk=article_id)
        if not transition.allowed(user, article):
            raise PermissionDenied
        before = article.state
        transition.change(article)
        article.modified_by = user
        article.save(update_fields=["status", "binned_at", "modified_by"])
    logger.info(
        "article %d: %s by %s, %s -> %s", article.pk, transition.name, user, before, article.state
    )
    return article
