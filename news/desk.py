"""What each member of staff finds on the desk: what waits for whom, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from news.models import (
    ONCE_PUBLISHED,
    Article,
    ArticleQuerySet,
    Stage,
    Status,
    StatusChange,
    Version,
)
from news.staff import name_of
from news.workflow import may_publish

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Text

MOST, MOST_PUBLISHED = 10, 5  # Of each kind; the list has the others.
HELD_BACK = (
    "overtaken",
    "held_back",
)  # What becomes of a scheduled change that cannot take effect.


@dataclass(frozen=True)
class Row:
    """An article, or a change of one, as a line on the desk."""

    article_id: int
    title: str
    language: str
    is_change: bool
    moment: datetime
    by_id: int | None = None
    comment: str = ""
    was_sent_back: bool = False
    was_held_back: bool = False  # It was scheduled, and did not take effect.
    who: str = ""

    @property
    def address(self) -> str:
        return reverse("admin:news_article_change", args=[self.article_id])


@dataclass(frozen=True)
class Section:
    name: str
    title: Text
    empty: Text
    rows: list[Row]
    all_of_them: str = ""  # Address of the list that has more than these.


def sections(user: Any) -> list[Section]:
    """An editor's: what to review, what comes next. An author's: what is theirs. Eight queries."""
    drafts = Section(
        "drafts",
        _("My drafts, and what was sent back"),
        _("You have no drafts."),
        _worked_on(Stage.DRAFT, user),
        f"{_list()}?work=draft&author=me",
    )
    scheduled = Section(
        "scheduled",
        _("Scheduled next"),
        _("Nothing is scheduled."),
        _scheduled(),
        f"{_list()}?work=scheduled",
    )
    lately = Section(
        "published", _("Published lately"), _("Nothing is published yet."), _lately(), _list()
    )
    waiting = Section(
        "review",
        _("Waiting for review") if may_publish(user) else _("Waiting for an editor"),
        _("Nothing waits for review."),
        _worked_on(Stage.IN_REVIEW, None if may_publish(user) else user),
        f"{_list()}?work=in_review" + ("" if may_publish(user) else "&author=me"),
    )
    if may_publish(user):
        return _named([waiting, drafts, scheduled, lately])
    return _named([drafts, waiting, scheduled, lately])


def _named(sections: list[Section]) -> list[Section]:
    """With the names of those who submitted or sent back, all asked for at once."""
    ids = {row.by_id for section in sections for row in section.rows if row.by_id}
    names = {pk: name_of(person) for pk, person in get_user_model().objects.in_bulk(ids).items()}
    return [
        replace(section, rows=[replace(row, who=names.get(row.by_id, "")) for row in section.rows])
        for section in sections
    ]


def _list() -> str:
    return reverse("admin:news_article_changelist")


def _worked_on(stage: Stage, own: Any) -> list[Row]:
    """Articles and changes in a stage, of one person or of all; who waits longest comes first."""
    articles = Article.objects.filter(status=Status(stage.value), binned_at=None)
    changes = Version.objects.filter(
        stage=stage, article__binned_at=None, article__status__in=ONCE_PUBLISHED
    )
    if own is not None:
        articles = articles.filter(created_by=own)
        changes = changes.filter(article__created_by=own) | changes.filter(author=own)
    newest_first = "-" if stage == Stage.DRAFT else ""
    rows = [
        *_rows(articles.order_by(f"{newest_first}modified_at")),
        *_changes(changes.order_by(f"{newest_first}created_at")),
    ]
    return sorted(rows, key=lambda row: row.moment, reverse=bool(newest_first))[:MOST]


def _rows(articles: QuerySet) -> list[Row]:
    found = articles.annotate(since=F("modified_at"), **_last_change("pk"))
    return [
        _row(*values) for values in found.values_list("pk", "title", "language", *_COLUMNS)[:MOST]
    ]


def _changes(versions: QuerySet) -> list[Row]:
    found = versions.annotate(
        heading=KT("content__title"), since=F("created_at"), **_last_change("article")
    )
    columns = "article", "heading", "article__language"
    rows = found.values_list(*columns, *_COLUMNS)[:MOST]
    return [replace(_row(*values), is_change=True) for values in rows]


_COLUMNS = ("since", "last_transition", "last_at", "last_comment", "last_by")


def _last_change(article: str) -> dict[str, Subquery]:
    last = StatusChange.objects.filter(article=OuterRef(article)).order_by("-pk")
    columns = {
        "last_transition": "transition",
        "last_at": "at",
        "last_comment": "comment",
        "last_by": "by",
    }
    return {name: Subquery(last.values(column)[:1]) for name, column in columns.items()}


def _row(
    pk: int,
    title: str,
    language: str,
    moment: datetime,
    transition: str | None,
    at: datetime | None,
    comment: str | None,
    by: int | None,
) -> Row:
    is_told = transition in ("submit", "send_back", *HELD_BACK)
    return Row(
        pk,
        title,
        language,
        False,
        at if is_told and at else moment,
        by if is_told else None,
        comment or "" if is_told else "",
        transition == "send_back",
        transition in HELD_BACK,
    )


def _scheduled() -> list[Row]:
    now = timezone.now()
    articles = Article.objects.on_schedule().filter(published_at__gt=now).order_by("published_at")
    changes = Version.objects.scheduled().filter(article__binned_at=None).order_by("moment")
    missed = Version.objects.worked_on().annotate(**_last_change("article"))
    missed = missed.filter(last_transition__in=HELD_BACK, article__binned_at=None)
    rows = [
        *_changes(missed.order_by("created_at")),
        *_shown(articles),
        *(
            Row(pk, title, language, True, moment)
            for pk, title, language, moment in changes.annotate(
                heading=KT("content__title")
            ).values_list("article", "heading", "article__language", "moment")[:MOST]
        ),
    ]
    return sorted(rows, key=lambda row: row.moment)[:MOST]


def _lately() -> list[Row]:
    return _shown(Article.objects.public().newest_first())[:MOST_PUBLISHED]


def _shown(articles: ArticleQuerySet) -> list[Row]:
    columns = articles.values_list("pk", "title", "language", "published_at")
    return [
        Row(pk, title, language, False, moment) for pk, title, language, moment in columns[:MOST]
    ]
