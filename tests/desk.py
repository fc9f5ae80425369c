"""Articles at every point of their way over the desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from news import versions
from news.models import Article, Stage, Status
from news.transitions import TRANSITIONS
from news.workflow import perform
from tests.helpers import NOW, make_article, make_user

DAY = timedelta(days=1)

ROWS: dict[str, dict[str, Any]] = {
    "draft": {"status": Status.DRAFT},
    "in_review": {"status": Status.IN_REVIEW},
    "scheduled": {"published_at": NOW + DAY},
    "public": {},
    "expired": {"expires_at": NOW - DAY},
    "withdrawn": {"status": Status.WITHDRAWN},
    "binned": {"binned_at": NOW - DAY},
    "binned_draft": {"status": Status.DRAFT, "binned_at": NOW - DAY},
}
# Of an article that was public, what is worked on and what is scheduled.
CHANGES: dict[str, tuple[str, bool]] = {
    "change_draft": ("draft", False),
    "change_in_review": ("in_review", False),
    "change_scheduled": ("", True),
    "change_on_scheduled": ("draft", True),
    "change_on_withdrawn": ("draft", False),
}
POINTS = [*ROWS, *CHANGES]


def article_at(point: str, by: Any = None, **fields: Any) -> Article:
    """An article that `by` began."""
    article = make_article(**{"created_by": by, **ROWS.get(point, {}), **fields})
    worked_on, is_scheduled = CHANGES.get(point, ("", False))
    if not (worked_on or is_scheduled):
        return article
    root = make_user(is_superuser=True)
    if is_scheduled:
        begin_change(article, by or root, "A title to come")
        perform(TRANSITIONS["publish"], article.pk, root, at=NOW + DAY)
    if worked_on:
        begin_change(article, by or root, "A title worked on")
    if worked_on == Stage.IN_REVIEW:
        perform(TRANSITIONS["submit"], article.pk, root)
    if point == "change_on_withdrawn":
        perform(TRANSITIONS["withdraw"], article.pk, root)
    return article


def do(name: str, article: Article, by: Any, **asked: Any) -> versions.Desk:
    """Make a change of status."""
    return perform(TRANSITIONS[name], article.pk, by, **asked)


def begin_change(article: Article, by: Any, title: str) -> None:
    save(article, by, title=title)


def save(article: Article, by: Any, **content: Any) -> None:
    row = Article.objects.get(pk=article.pk)
    versions.save(row, versions.desk(row).shown | content, by)


def edit(article: Article, by: Any, **content: Any) -> None:
    """Change what readers see of it, and publish the change."""
    save(article, by, **content)
    do("publish", article, by)


def desk(article: Article) -> versions.Desk:
    """As it is now."""
    return versions.desk(Article.objects.get(pk=article.pk))


def stored(article: Article) -> dict[str, Any]:
    """All that is kept of an article: two of these are alike only if nothing happened to it."""
    return {
        "row": Article.objects.values().get(pk=article.pk),
        "tags": list(article.tags.values_list("pk", flat=True)),
        "related": list(article.related_picks.values()),
        "versions": list(article.versions.values()),
        "trail": list(article.trail.values()),
    }
