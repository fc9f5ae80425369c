"""What an article's content was, is and is to become: one idea behind its history, comparison,
roll-back, changes of live articles and scheduled changes.

The row of an article is its live content. Until it is published the row is what staff work on, and
each save keeps a version beside it. From then on, withdrawn or not, the row stays as it is: staff
work on a version, which replaces the live content when it is published or when its moment comes.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import ProtectedError
from django.utils import timezone

from news import edition
from news.models import (
    ONCE_PUBLISHED,
    WORKED_ON,
    Article,
    Category,
    Image,
    LibraryFile,
    RelatedPick,
    Stage,
    Status,
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
    def pending(self) -> Version | None:
        """The change that the form works on, if there is one."""
        return self.worked_on or self.scheduled

    @property
    def shown(self) -> Content:
        """What the form works on."""
        return self.pending.content if self.pending else self.live

    @property
    def title(self) -> str:
        """What it goes by on all pages of the desk: the title that it is to have."""
        return self.shown["title"]

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
        pending = self.pending
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
        attribute = Article._meta.get_field(name).attname  # type: ignore[union-attr]
        setattr(article, attribute, content.get(name, getattr(article, attribute)))


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


def pending_uses(used: LibraryFile | Category | Tag) -> set[int]:
    """Ids of the articles a change of which, not published yet, uses it."""
    pending = Version.objects.pending()
    if isinstance(used, LibraryFile):
        return set(pending.showing(used).values_list("article", flat=True))
    if isinstance(used, Category):
        return set(pending.filter(content__category=used.pk).values_list("article", flat=True))
    # Few are pending, and SQLite cannot ask what is in a list.
    tagged = pending.values_list("article", "content__tags")
    return {article for article, tags in tagged if used.pk in tags}


def on_article_deletion(instance: Article, **_: Any) -> None:
    """A draft that goes for good leaves other articles' picks, which is no change of theirs."""
    picking = Version.objects.pending().filter(article__related_picks__related=instance)
    for version in picking.select_related("article"):
        live = live_content(version.article)
        if version.base == digest(live):
            live["related"].remove(instance.pk)
            Version.objects.filter(pk=version.pk).update(base=digest(live))


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
            write(article, content)
            _keep(article, content, by, comment)
            return
        before = desk(Article.objects.get(pk=article.pk))
        keep_live(before)
        if before.article.status in ONCE_PUBLISHED:
            _save_decisions(before.article, article)
            _save_change(before, content, by, comment)
            return
        write(article, content)
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


def write(article: Article, content: Content) -> None:
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


def keep_live(desk: Desk) -> None:
    """The first save of what was imported, or written by other code, keeps what was before."""
    if not of_live(desk).exists():
        _keep(
            desk.article,
            desk.live,
            desk.article.modified_by,
            created_at=desk.article.modified_at,
            was_live=desk.article.status in ONCE_PUBLISHED,
        )


def of_live(desk: Desk) -> Any:
    return desk.article.versions.filter(digest=digest(desk.live), stage=Stage.HISTORY)


def _thin(newest: Version) -> None:
    """What was replaced within the last 30 days is kept, and of older ones what was published."""
    old = newest.article.versions.filter(created_at__lt=timezone.now() - KEPT_FOR)
    if last_of_old := old.order_by("-pk").first():
        # That one stood until less than 30 days ago.
        replaced = old.filter(stage=Stage.HISTORY, was_live=False, pk__lt=last_of_old.pk)
        replaced.delete()
