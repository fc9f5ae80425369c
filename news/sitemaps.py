"""Every address that search engines are to know, and since when its content is as it is.

Django's own sitemaps count pages of articles from the newest: each new one would move all others to
another place in another file, and finding the last page would mean stepping over all before. Here a
file holds a span of ids, so that it stays as it is while its articles do.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import DateTimeField, F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from news import edition, metadata
from news.context import alternates
from news.feedtext import readable
from news.languagetags import spelt
from news.masthead import masthead
from news.models import Article, Category, Page, Tag
from news.publicpages import public_page

PER_FILE = 5000  # Addresses at most; the protocol allows ten times as many.
MOST_NEWS = 1000  # More news search engines do not take.

ADDRESS = ("language", "slug")  # What an article's path is made of, beside its id.
UPDATED = Greatest(
    "published_at", Coalesce("edited_at", "published_at"), output_field=DateTimeField()
)


class Entry(NamedTuple):
    path: str
    updated_at: datetime | None = None
    versions: Iterable[metadata.Address] = ()  # In each language, if there are several.


class News(NamedTuple):
    path: str
    publication: str
    language: str
    published_at: datetime
    title: str


class Section(NamedTuple):
    """Rows of one kind, in files by spans of their ids."""

    spans: Callable[[], Iterator[tuple[int, datetime | None]]]
    entries: Callable[[int], Iterator[Entry]]


# --- the views


@require_safe
@public_page()
def index(request: HttpRequest) -> HttpResponse:
    files = [
        Entry(reverse("sitemap_part", args=[name, number]), updated_at)
        for name, section in SECTIONS.items()
        for number, updated_at in section.spans()
    ]
    return _xml(request, "news/sitemap_index.xml", files)


@require_safe
@public_page()
def part(request: HttpRequest, section: str, number: int) -> HttpResponse:
    entries = list(SECTIONS[section].entries(number)) if section in SECTIONS else []
    if not entries:
        raise Http404
    return _xml(request, "news/sitemap.xml", entries)


@require_safe
@public_page()
def latest(request: HttpRequest) -> HttpResponse:
    """What is news: edition.next_due() knows when each is no longer."""
    since = edition.moment() - edition.NEWS_FOR
    articles = Article.objects.public().filter(published_at__gt=since).newest_first()
    lines = articles.only(*ADDRESS, "title", "published_at")
    return _xml(request, "news/news_sitemap.xml", list(_news(lines[:MOST_NEWS])))


def _xml(request: HttpRequest, template: str, entries: list) -> HttpResponse:
    context = {"root": metadata.root_of(request), "entries": entries}
    response = HttpResponse(render_to_string(template, context), content_type="application/xml")
    # Not the language of whoever happened to ask first.
    languages = [spelt(code) for code, _name in settings.LANGUAGES]
    response["Content-Language"] = ", ".join(languages)
    return response


# --- home, lists, categories and plain pages


def _page_spans() -> Iterator[tuple[int, datetime | None]]:
    yield 1, None


def _pages(number: int) -> Iterator[Entry]:
    if number != 1:
        return
    newest = {code: _newest(language=code) for code, _name in settings.LANGUAGES}
    # An empty list is not to be found; an empty home page is.
    listed = [language for language, moment in newest.items() if moment]
    for name, languages in (("news:home", list(newest)), ("news:list", listed)):
        paths = alternates(partial(reverse, name), languages)
        versions = metadata.in_languages(paths)
        for language, path in paths.items():
            yield Entry(path, newest[language], versions)
    categories = list(Category.objects.in_use())
    appeared = _newest_of_each(categories)
    families = _families(categories)
    for category in categories:
        versions = _versions(category, families)
        yield Entry(category.get_absolute_url(), appeared.get(category.pk), versions)
    pages = list(Page.objects.public().defer("body", "body_text"))
    families = _families(pages)
    for page in pages:
        yield Entry(page.get_absolute_url(), page.modified_at, _versions(page, families))


def _newest(**choice: object) -> datetime | None:
    """When something last appeared in a list."""
    articles = Article.objects.public().filter(**choice).newest_first()
    return articles.values_list("published_at", flat=True).first()


def _newest_of_each(categories: list[Category]) -> dict[int, datetime]:
    """One look-up in the index for each, all of them in one query."""
    newest = Article.objects.public().filter(category=OuterRef("pk"), language=OuterRef("language"))
    moments = newest.newest_first().values("published_at")[:1]
    found = Category.objects.filter(pk__in=[category.pk for category in categories])
    return dict(found.order_by().values_list("pk", Subquery(moments)))


# --- tags


def _tag_spans() -> Iterator[tuple[int, datetime | None]]:
    """Without a date: the newest of each tag would be looked for among all its articles."""
    for number in _spans(Tag.objects.in_use()).values_list("span", flat=True):
        yield number, None


def _tags(number: int) -> Iterator[Entry]:
    tags = Tag.objects.in_use()
    keys = _within(tags, number).values("translation_key")
    families = _families(tags.filter(translation_key__in=keys))
    for tag in _within(tags, number):
        yield Entry(tag.get_absolute_url(), None, _versions(tag, families))


# --- articles


def _article_spans() -> Iterator[tuple[int, datetime | None]]:
    spans = _spans(Article.objects.public()).annotate(updated=Max(UPDATED))
    yield from spans.values_list("span", "updated")


def _articles(number: int) -> Iterator[Entry]:
    """Two queries; no more is read of an article than its line needs."""
    lines = Article.objects.public().only(*ADDRESS, "translation_key", "published_at", "edited_at")
    articles = list(_within(lines, number))
    keys = _within(Article.objects.public(), number).values("translation_key")
    # Of a pair the other half may stand in another file.
    families = _families(lines.filter(translation_key__in=keys))
    for article in articles:
        versions = _versions(article, families)
        yield Entry(article.get_absolute_url(), article.updated_at, versions)


def _news(articles: Iterable[Article]) -> Iterator[News]:
    names = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            names[language] = readable(masthead().name)
    for article in articles:
        language = article.language
        yield News(
            article.get_absolute_url(),
            names[language],
            metadata.BY_COUNTRY.get(language, language.partition("-")[0]),
            article.published_at,
            readable(article.title),
        )


# --- versions in other languages

Family = dict[str, str]  # Language -> path.


def _families(rows: Iterable[Any]) -> dict[Hashable, Family]:
    """What has the same translation key, by that."""
    families: dict[Hashable, Family] = {}
    for row in rows:
        if row.translation_key:
            families.setdefault(row.translation_key, {})[row.language] = row.get_absolute_url()
    return families


def _versions(row: Any, families: dict[Hashable, Family]) -> list[metadata.Address]:
    return metadata.in_languages(families.get(row.translation_key, {}))


# --- spans of ids


def _spans(rows: QuerySet) -> QuerySet:
    return rows.order_by().values(span=F("pk") / PER_FILE).distinct().order_by("span")


def _within(rows: QuerySet, number: int) -> QuerySet:
    first = number * PER_FILE
    return rows.filter(pk__gte=first, pk__lt=first + PER_FILE).order_by("pk")


SECTIONS = {
    "pages": Section(_page_spans, _pages),
    "tags": Section(_tag_spans, _tags),
    "articles": Section(_article_spans, _articles),
}
