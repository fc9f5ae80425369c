"""What an article's content was, is and is to become: one idea behind its history, comparison,
roll-back, changes of live articles and scheduled changes.

The row of an article is its live content. Of one that is not published the row is what staff work
on, and each save keeps a version beside it. Of a published one the row stays as it is: staff work
on a version, which replaces the live content when it is published or when its moment comes.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from news import edition
from news.models import (
    ONCE_PUBLISHED,
    WORKED_ON,
    Article,
    Category,
    Image,
    RelatedPick,
    Stage,
    Status,
    StatusChange,
    Tag,
    Version,
)

logger = logging.getLogger(__name__)

Content = dict[str, Any]

# What the row holds of an article's content. Beside it there are `tags` and `related`.
IN_ROW = (
    *("title", "summary", "body", "cover", "cover_alt"),
    *("category", "source", "source_url", "editor"),
)
# What editors decide about an article. No version has it, and it takes effect when it is saved.
DECISIONS = ("language", "slug", "published_at", "expires_at", "pinned_until", "translation_key")
KEPT_FOR = timedelta(days=30)


class Overtaken(Exception):
    """Somebody has changed the article since this person looked at it."""


@dataclass(frozen=True)
class Desk:
    """An article as staff have it before them."""

    article: Article
    live: Content
    newest: Version | None
    worked_on: Version | None
    scheduled: Version | None
    last_step: int = 0  # The key of its trail's last line.

    @property
    def shown(self) -> Content:
        """What the form works on."""
        pending = self.worked_on or self.scheduled
        return pending.content if pending else self.live

    @property
    def stage(self) -> str:
        """Where the work on it stands, draft or in review; empty if there is none."""
        if self.worked_on:
            return self.worked_on.stage
        status = self.article.status
        return status if status in (Status.DRAFT, Status.IN_REVIEW) else ""

    @property
    def token(self) -> str:
        """Another one, if anything about the article is another."""
        return f"{self.article.revision}.{self.newest.pk if self.newest else 0}.{self.last_step}"

    @property
    def is_overtaken(self) -> bool:
        """Whether the live content changed since the work on a change of it was begun."""
        pending = self.worked_on or self.scheduled
        return pending is not None and digest(self.live) not in (pending.base, pending.digest)


def desk(article: Article) -> Desk:
    """Six short queries; `article` must be as the database has it."""
    versions = article.versions.order_by("-pk")
    pending = {version.stage in WORKED_ON: version for version in versions.pending()}
    return Desk(
        article,
        live_content(article),
        versions.first(),
        pending.get(True),
        pending.get(False),
        article.trail.values_list("pk", flat=True).first() or 0,
    )


def live_content(article: Article) -> Content:
    row = {name: getattr(article, Article._meta.get_field(name).attname) for name in IN_ROW}  # type: ignore[union-attr]
    if article.pk is None:
        return row | {"tags": [], "related": []}
    return row | {
        "tags": list(article.tags.order_by("pk").values_list("pk", flat=True)),
        "related": list(article.related_picks.values_list("related", flat=True)),
    }


def digest(content: Content) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def put(content: Content, article: Article) -> None:
    """Make the row in memory say it; tags and related news are tables of their own."""
    for name in IN_ROW:
        setattr(article, Article._meta.get_field(name).attname, content[name])  # type: ignore[union-attr]


def still_there(content: Content, category: int) -> Content:
    """The content without what was deleted since, and in this category if its own was."""
    fields: dict[str, tuple[Any, Any]] = {
        "cover": (Image, None),
        "category": (Category, category),
        "editor": (get_user_model(), None),
    }
    kept = dict(content)
    for name, (model, instead) in fields.items():
        if not model.objects.filter(pk=content[name]).exists():
            kept[name] = instead
    for name, model in (("tags", Tag), ("related", Article)):
        there = set(model.objects.filter(pk__in=content[name]).values_list("pk", flat=True))
        kept[name] = [pk for pk in content[name] if pk in there]
    return kept


def pending_uses(used: Image | Category | Tag) -> set[int]:
    """Ids of the articles a change of which, not published yet, uses it."""
    pending = Version.objects.pending()
    if isinstance(used, Image):
        return set(pending.showing(used.pk).values_list("article", flat=True))
    if isinstance(used, Category):
        return set(pending.filter(content__category=used.pk).values_list("article", flat=True))
    # Few are pending, and SQLite cannot ask what is in a list.
    tagged = pending.values_list("article", "content__tags")
    return {article for article, tags in tagged if used.pk in tags}


def on_deletion(instance: Any, **_: Any) -> None:
    """What a change needs when it takes effect is not deleted before."""
    if articles := pending_uses(instance):
        text = "A change of an article that is not published yet uses it."
        raise ProtectedError(text, set(Article.objects.filter(pk__in=articles)))


# --- saving


def save(article: Article, content: Content, by: Any, comment: str = "") -> None:
    """Keep what a member of staff saved: `article` with its decisions, and its content.

    Must be given what was made from the article's newest content, under the edition's lock.
    """
    with edition.change(concerns_public=lambda: False):
        article.modified_by = by
        if article.pk is None:
            article.created_by = by
            _write(article, content)
            _keep(article, content, by, comment)
            return
        before = desk(Article.objects.get(pk=article.pk))
        _keep_live(before)
        if before.article.status == Status.PUBLISHED:
            _save_decisions(before.article, article)
            _save_change(before, content, by, comment)
        else:
            _write(article, content)
            article.versions.pending().update(stage=Stage.HISTORY, moment=None, base="")
            if content != before.shown or comment:
                _keep(article, content, by, comment)


def _save_decisions(row: Article, article: Article) -> None:
    changed = [name for name in DECISIONS if getattr(row, name) != getattr(article, name)]
    if changed:
        for name in (*changed, "modified_by"):
            setattr(row, name, getattr(article, name))
        row.save(update_fields=[*changed, "modified_by"])


def _save_change(before: Desk, content: Content, by: Any, comment: str) -> None:
    """Whoever saves has seen the live content: the form compares with it what is to replace it."""
    base = digest(before.live)
    old = before.worked_on
    if content == before.shown and not comment:
        if old:
            before.article.versions.filter(pk=old.pk).update(base=base)
        return
    before.article.versions.worked_on().update(stage=Stage.HISTORY, base="")
    stage = old.stage if old else Stage.DRAFT
    _keep(before.article, content, by, comment, stage=stage, base=base)


def _write(article: Article, content: Content) -> None:
    """Make it the live content."""
    put(content, article)
    article.save()
    article.tags.set(content["tags"])
    picks = list(article.related_picks.all())
    if [pick.related_id for pick in picks] != content["related"]:
        for pick in picks:
            pick.delete()
        for position, related in enumerate(content["related"]):
            RelatedPick(article=article, related_id=related, position=position).save()


def _keep(article: Article, content: Content, by: Any, comment: str = "", **more: Any) -> Version:
    version = Version.objects.create(
        article=article,
        content=content,
        digest=digest(content),
        author=by,
        comment=comment,
        **more,
    )
    _thin(version)
    return version


def _keep_live(desk: Desk) -> None:
    """The first save of what was imported, or written by other code, keeps what was before."""
    if not _of_live(desk).exists():
        _keep(
            desk.article,
            desk.live,
            desk.article.modified_by,
            created_at=desk.article.modified_at,
            was_live=desk.article.status in ONCE_PUBLISHED,
        )


def _of_live(desk: Desk) -> Any:
    return desk.article.versions.filter(digest=digest(desk.live), stage=Stage.HISTORY)


def _thin(newest: Version) -> None:
    """All of the last 30 days are kept, and of older ones those that were published."""
    old = newest.article.versions.filter(
        stage=Stage.HISTORY, was_live=False, created_at__lt=timezone.now() - KEPT_FOR
    )
    old.exclude(pk=newest.pk).delete()


# --- publishing


def go_live(desk: Desk, by: Any) -> None:
    """Make what is worked on the live content of its article, whose decisions are to be saved too.

    A change that was scheduled is part of it, or was replaced by it. Raises `Overtaken` if the live
    content changed since, and `ValidationError` if readers cannot be shown it.
    """
    _keep_live(desk)
    _replace(desk, desk.worked_on, by)
    desk.article.versions.scheduled().update(stage=Stage.HISTORY, moment=None, base="")
    if desk.worked_on is None:
        newest = _of_live(desk).first()
        desk.article.versions.filter(pk=newest.pk).update(was_live=True)


def _replace(desk: Desk, version: Version | None, by: Any) -> None:
    if desk.is_overtaken:
        raise Overtaken
    article = desk.article
    content = still_there(version.content, article.category_id) if version else desk.live
    put(content, article)
    article.full_clean(exclude=["slug"], validate_unique=False)
    article.modified_by = by
    _write(article, content)
    if version:
        article.versions.filter(pk=version.pk).update(
            stage=Stage.HISTORY, moment=None, base="", was_live=True
        )


def schedule(desk: Desk, moment: datetime) -> None:
    """What is worked on replaces the live content at a moment to come."""
    if desk.is_overtaken:
        raise Overtaken
    version = desk.worked_on
    assert version is not None
    put(version.content, desk.article)
    desk.article.full_clean(exclude=["slug"], validate_unique=False)
    desk.article.versions.scheduled().update(stage=Stage.HISTORY, moment=None, base="")
    desk.article.versions.filter(pk=version.pk).update(stage=Stage.SCHEDULED, moment=moment)


def unschedule(desk: Desk) -> None:
    """What was scheduled is a draft again, or history if somebody went on from it."""
    stage, base = Stage.DRAFT, desk.scheduled.base if desk.scheduled else ""
    if desk.worked_on:
        stage, base = Stage.HISTORY, ""
    desk.article.versions.scheduled().update(stage=stage, moment=None, base=base)


def work_on_row(desk: Desk, by: Any) -> None:
    """Of an article that is no longer published: its row is what staff work on."""
    _keep_live(desk)
    desk.article.modified_by = by
    _write(desk.article, still_there(desk.shown, desk.article.category_id))
    desk.article.versions.pending().update(stage=Stage.HISTORY, moment=None, base="")


def on_due(now: datetime, using: str, **_: Any) -> None:
    """Changes whose moment has come take effect, in the transaction that begins the edition.

    A visitor's request may have brought us here: one that cannot is put back, and told of.
    """
    for version in Version.objects.using(using).due(now).select_related("article"):
        before = desk(version.article)
        try:
            with transaction.atomic(using=using):
                _take_effect(before, version)
        except (Overtaken, ValidationError, IntegrityError) as error:
            logger.warning("article %d: scheduled change held back: %r", version.article_id, error)
            unschedule(before)
            _tell(before, version, Stage.DRAFT, _HELD_BACK)


def _take_effect(before: Desk, version: Version) -> None:
    if before.article.status != Status.PUBLISHED:
        raise Overtaken
    _replace(Desk(before.article, before.live, before.newest, None, version), version, None)
    # What staff went on with from it is compared with what it made of the live content.
    after = digest(live_content(before.article))
    before.article.versions.worked_on().filter(base=version.base).update(base=after)
    _tell(before, version, before.article.state)


_HELD_BACK = _("It did not take effect, because the live article had changed meanwhile.")


def _tell(desk: Desk, version: Version, after: str, comment: Any = "") -> None:
    StatusChange.objects.create(
        article=desk.article,
        transition="take_effect",
        before=Stage.SCHEDULED,
        after=after,
        of_change=True,
        moment=version.moment,
        comment=str(comment),
    )
