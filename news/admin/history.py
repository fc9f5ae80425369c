"""The pages of an article's history: what was saved and what was decided, and two versions
compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from news import versions
from news.compare import differences
from news.models import Article, Stage, State, Status, StatusChange, Version
from news.moments import in_numbers
from news.staff import name_of
from news.transitions import TRANSITIONS

if TYPE_CHECKING:
    from .article import ArticleAdmin

ROWS = 50
LIVE = "live"  # Stands for the live content, which need not be any version.

_VERSION, _CHANGE = 0, 1
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
# What a change of status leads from and to, and what happens though nobody does it.
_LABELS = {value: label for value, label in [*Stage.choices, *State.choices] if value}
_BY_ITSELF = {
    "take_effect": gettext_lazy("Took effect"),
    "overtaken": gettext_lazy("Did not take effect, because the published text had changed"),
    "held_back": gettext_lazy("Did not take effect"),
}


@dataclass(frozen=True)
class Badge:
    """What a version is now."""

    name: str  # Of its colour: see static/css/admin.css.
    label: str


@dataclass(frozen=True)
class Row:
    """A line of the history: a version, or a change of status."""

    at: datetime
    by: Any
    comment: str
    version: Version | None = None
    change: StatusChange | None = None
    badge: Badge | None = None

    @property
    def when(self) -> str:
        return in_numbers(self.at)

    @property
    def who(self) -> str:
        return name_of(self.by) if self.by else ""

    @property
    def takes_effect(self) -> str:
        return in_numbers(self.change.moment) if self.change and self.change.moment else ""

    @property
    def deed(self) -> Any:
        name = self.change.transition if self.change else ""
        known = TRANSITIONS.get(name)
        return known.label if known else _BY_ITSELF.get(name, name)

    @property
    def before(self) -> Any:
        return self.change and _LABELS.get(self.change.before, self.change.before)

    @property
    def after(self) -> Any:
        return self.change and _LABELS.get(self.change.after, self.change.after)


@dataclass(frozen=True)
class Side:
    """One of the two contents that are compared."""

    key: str  # Of the version, or LIVE.
    content: versions.Content
    at: datetime
    by: Any
    comment: str = ""
    version: Version | None = None

    @property
    def when(self) -> str:
        return in_numbers(self.at)

    @property
    def who(self) -> str:
        return name_of(self.by) if self.by else ""


# --- The history ---


def history_view(request: HttpRequest, article_admin: ArticleAdmin, object_id: str) -> HttpResponse:
    """Everything that was saved and decided, newest first."""
    article = _article(request, article_admin, object_id)
    page = _page(request, _lines(article))
    current = _current(article)
    rows = _rows(article, page, current)
    has_live_row = article.status == Status.PUBLISHED and current is None and page.number == 1
    frame = _context(request, article_admin, article)
    context = {
        **frame,
        "title": _("Change history: %s") % frame["desk"].title,
        "rows": rows,
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number),
        "live": _live_side(article) if has_live_row else None,
        "proposed": _proposed(rows, has_live_row),
        "can_restore": article_admin.has_change_permission(request, article),
    }
    return TemplateResponse(request, "admin/news/article/history.html", context)


def _lines(article: Article) -> QuerySet:
    """Kind and key of each line, in the order of the page."""
    kinds = (
        (article.versions.annotate(when=F("created_at")), _VERSION),
        (article.trail.annotate(when=F("at")), _CHANGE),
    )
    first, second = (
        lines.order_by().annotate(kind=Value(kind)).values_list("when", "kind", "pk")
        for lines, kind in kinds
    )
    return first.union(second, all=True).order_by("-when", "-kind", "-pk")


def _page(request: HttpRequest, lines: QuerySet) -> Page:
    asked = request.GET.get("page", "1")
    paginator = Paginator(lines, ROWS)
    if not _NUMBER.fullmatch(asked) or int(asked) > paginator.num_pages:
        raise Http404
    return paginator.page(int(asked))


def _rows(article: Article, page: Page, current: int | None) -> list[Row]:
    keys = [(kind, pk) for _when, kind, pk in page]
    found = {
        _VERSION: article.versions.defer("content").select_related("author"),
        _CHANGE: article.trail.select_related("by"),
    }
    known: dict[int, dict[int, Any]] = {
        kind: lines.in_bulk([pk for each, pk in keys if each == kind])
        for kind, lines in found.items()
    }
    rows = []
    for kind, pk in keys:
        line = known[kind].get(pk)  # It may have been thinned out this moment.
        if isinstance(line, Version):
            badge = _badge(line, article, line.pk == current)
            rows.append(Row(line.created_at, line.author, line.comment, line, badge=badge))
        elif line is not None:
            rows.append(Row(line.at, line.by, line.comment, change=line))
    return rows


def _current(article: Article) -> int | None:
    """The version that is what the article's row says, if there is one."""
    digest = versions.digest(versions.live_content(article))
    same = article.versions.filter(digest=digest, stage=Stage.HISTORY)
    return same.order_by("-pk").values_list("pk", flat=True).first()


def _badge(version: Version, article: Article, is_current: bool) -> Badge | None:
    if version.stage == Stage.SCHEDULED:
        assert version.moment is not None
        return Badge("scheduled", _("Scheduled for %s") % in_numbers(version.moment))
    if version.stage == Stage.IN_REVIEW:
        return Badge("in_review", str(Stage.IN_REVIEW.label))
    if version.stage == Stage.DRAFT:
        return Badge("draft", _("Worked on"))
    if is_current:
        state = article.state
        return Badge(state.value, _("Live now") if state == State.PUBLIC else str(state.label))
    return Badge("was-live", _("Was published")) if version.was_live else None


def _proposed(rows: list[Row], has_live_row: bool) -> dict[str, str] | None:
    """To compare: the newest version with what is live, or else with the one before it."""
    keys = [str(row.version.pk) for row in rows if row.version]
    if has_live_row:
        keys.insert(1, LIVE)
    return {"from": keys[1], "to": keys[0]} if len(keys) > 1 else None


# --- Two versions compared ---


def compare_view(
    request: HttpRequest, article_admin: ArticleAdmin, article_id: int
) -> HttpResponse:
    """What differs from `?from=` to `?to=`: each the number of a version, or `live`."""
    article = _article(request, article_admin, str(article_id))
    before, after = (_side(article, request.GET.get(name, "")) for name in ("from", "to"))
    numbers = [side.version.pk for side in (before, after) if side.version]
    context = {
        **_context(request, article_admin, article),
        "title": _("Versions compared"),
        "before": before,
        "after": after,
        "differences": differences(before.content, after.content),
        "earlier": _step(article, before, -1),
        "later": _step(article, after, 1),
        "older": min(numbers, default=None),
        "can_restore": article_admin.has_change_permission(request, article),
    }
    return TemplateResponse(request, "admin/news/article/compare.html", context)


def _side(article: Article, key: str) -> Side:
    if key == LIVE and article.status == Status.PUBLISHED:
        return _live_side(article)
    if not _NUMBER.fullmatch(key):
        raise Http404
    version = article.versions.select_related("author").filter(pk=key).first()
    if version is None:
        raise Http404
    at, by = version.created_at, version.author
    return Side(key, version.content, at, by, version.comment, version)


def _live_side(article: Article) -> Side:
    content = versions.live_content(article)
    return Side(LIVE, content, article.modified_at, article.modified_by)


def _step(article: Article, side: Side, direction: int) -> str:
    """The address of the comparison with the version before or after it; empty if there is none."""
    if side.version is None:
        return ""
    lookup, order = ("pk__lt", "-pk") if direction < 0 else ("pk__gt", "pk")
    others = article.versions.filter(**{lookup: side.version.pk}).order_by(order)
    other = others.values_list("pk", flat=True).first()
    if other is None:
        return ""
    first, second = sorted((other, side.version.pk))
    address = reverse("admin:news_article_compare", args=[article.pk])
    return f"{address}?{urlencode({'from': first, 'to': second})}"


# --- Both ---


def _article(request: HttpRequest, article_admin: ArticleAdmin, object_id: str) -> Article:
    """As its row is: the form's own has the content of a change that is worked on."""
    if not _NUMBER.fullmatch(object_id):
        raise Http404
    article = get_object_or_404(Article, pk=object_id)
    if not article_admin.has_view_permission(request, article):
        raise PermissionDenied
    return article


def _context(request: HttpRequest, article_admin: ArticleAdmin, article: Article) -> dict[str, Any]:
    return {
        **article_admin.admin_site.each_context(request),
        "opts": article_admin.opts,
        "article": article,
        "desk": versions.desk(article),
    }
