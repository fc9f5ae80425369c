"""What cannot be deleted, because articles or the site use it, said in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from news import versions
from news.models import Article, Category, Site, SocialLink, Tag

MOST_NAMED = 10


class KeptWhileUsed(admin.ModelAdmin):
    """Categories and tags: articles lose none of theirs without anybody saying so."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        if uses := [use for term in objs for use in _uses(term)]:
            return [], {}, set(), uses  # Django would go through thousands first.
        return super().get_deleted_objects(objs, request)


def _in_use(article: Article, where: str) -> SafeString:
    return format_html(
        '<a href="{}">{}</a> ({}) <span class="badge badge-{}">{}</span>',
        reverse("admin:news_article_change", args=[article.pk]),
        article.title,
        where,
        article.state.value,
        article.state.label,
    )


def _uses(term: Category | Tag) -> Iterable[SafeString | str]:
    changes = versions.pending_uses(term)
    articles = (
        (term.articles.all() | Article.objects.filter(pk__in=changes))
        .distinct()
        .order_by("-published_at", "-id")
        .defer("body", "body_text")
    )
    yield from named(articles, lambda article: str(term))


def named(articles: QuerySet, where: Callable[[Article], str]) -> Iterator[SafeString | str]:
    """Links to the first of these articles, and how many more there are."""
    used = list(articles[: MOST_NAMED + 1])
    for article in used[:MOST_NAMED]:
        yield _in_use(article, where(article))
    if len(used) > MOST_NAMED:
        others = articles.count() - MOST_NAMED
        yield ngettext("and %d more article", "and %d more articles", others) % others


def in_frame(images: Iterable[int]) -> Iterator[SafeString]:
    """Links to the site's form, for pictures that stand around every page."""
    link = '<a href="{}">{}</a> ({})'
    address = reverse("admin:news_site_changelist")
    if Site.objects.filter(logo__in=images).exists():
        yield format_html(link, address, gettext("Site"), gettext("logo"))
    for social in SocialLink.objects.filter(code__in=images):
        where = f"{gettext('QR code')}, {social.label}"
        yield format_html(link, address, gettext("Site"), where)
