"""The newest articles in full for feed readers, as RSS and as Atom: of the site, of a category."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from mimetypes import guess_type
from typing import Any, NamedTuple
from urllib.parse import urljoin
from uuid import UUID, uuid5

from django.contrib.syndication.views import Feed
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import (
    Atom1Feed,
    Enclosure,
    Rss201rev2Feed,
    SyndicationFeed,
    rfc3339_date,
)
from django.utils.functional import lazy
from django.utils.html import escape
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from news import edition, metadata
from news.feedtext import full_texts, readable
from news.languagetags import spelt
from news.masthead import Masthead, masthead
from news.models import Article, Category
from news.publicpages import public_page

NEWEST = 20
# Never to change: feed readers would show every article as new.
ARTICLES = UUID("0f6a7c1e-5d0b-4a54-9c35-1b8f6f3b7a52")


class SteadyDate(SyndicationFeed):
    """The same bytes as long as an edition lasts: nothing newer than the newest article."""

    def latest_post_date(self) -> datetime:
        if self.items:
            return super().latest_post_date()
        today = timezone.localtime(edition.moment(), timezone.get_default_timezone())
        return today.replace(hour=0, minute=0, second=0, microsecond=0)


class Rss(SteadyDate, Rss201rev2Feed):
    def rss_attributes(self) -> dict[str, str]:
        content = {"xmlns:content": "http://purl.org/rss/1.0/modules/content/"}
        return super().rss_attributes() | content

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["content"])
        # RSS has no word of its own for it.
        handler.addQuickElement("atom:updated", rfc3339_date(item["updateddate"]))


class Atom(SteadyDate, Atom1Feed):
    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


@dataclass(frozen=True)
class Channel:
    """What a feed is of: a category, or all news; what this site is called, and where it is for
    whoever reads it."""

    category: Category | None
    site: Masthead
    root: str


class Item(NamedTuple):
    article: Article
    text: str
    author: str
    root: str


class NewestArticles(Feed):
    feed_type: type[SyndicationFeed] = Rss
    language = lazy(lambda: spelt(get_language() or ""), str)()
    item_guid_is_permalink = False

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Known by its ETag: no date says whether an article was withdrawn meanwhile."""
        response = super().__call__(request, *args, **kwargs)
        del response["Last-Modified"]
        return response

    def get_object(self, request: HttpRequest, slug: str = "") -> Channel:
        ours = Category.objects.filter(language=get_language())
        category = get_object_or_404(ours, slug=slug) if slug else None
        return Channel(category, masthead(), metadata.root_of(request))

    def title(self, channel: Channel) -> str:
        name = channel.site.name
        return readable(f"{channel.category.name} – {name}" if channel.category else name)

    def feed_guid(self, channel: Channel) -> str:
        """Of language and category alone: slug, host and scheme may change."""
        category = f"/{channel.category.pk}" if channel.category else ""
        return uuid5(ARTICLES, f"{get_language()}{category}").urn

    def author_name(self, channel: Channel) -> str:
        return readable(channel.site.name)

    def description(self, channel: Channel) -> str:
        if (category := channel.category) is None:
            return readable(channel.site.description)
        about = category.description or metadata.news_of(category.name, channel.site)
        return readable(about)

    subtitle = description

    def link(self, channel: Channel) -> str:
        return channel.category.get_absolute_url() if channel.category else reverse("news:list")

    def items(self, channel: Channel) -> Iterator[Item]:
        articles = Article.objects.public().filter(language=get_language())
        if channel.category:
            articles = articles.filter(category=channel.category)
        whole = articles.newest_first().for_cards().defer(None).defer("body_text")
        newest = list(whole.prefetch_related("tags")[:NEWEST])
        for article, text in zip(newest, full_texts(newest, channel.root), strict=True):
            author = article.source or channel.site.company
            yield Item(article, readable(text), readable(author), channel.root)

    def item_link(self, item: Item) -> str:
        return item.article.get_absolute_url()

    def item_guid(self, item: Item) -> str:
        """Of the id alone: slug, host and scheme may change."""
        return uuid5(ARTICLES, str(item.article.pk)).urn

    def item_title(self, item: Item) -> str:
        return readable(item.article.title)

    def item_description(self, item: Item) -> str:
        """Feed readers take it for HTML."""
        return escape(readable(item.article.teaser))

    def item_author_name(self, item: Item) -> str:
        return item.author

    def item_extra_kwargs(self, item: Item) -> dict[str, str]:
        return {"content": item.text}

    def item_categories(self, item: Item) -> list[str]:
        terms = [item.article.category, *item.article.tags.all()]
        return [readable(term.name) for term in terms]

    def item_pubdate(self, item: Item) -> datetime:
        return item.article.published_at

    def item_updateddate(self, item: Item) -> datetime:
        return item.article.updated_at

    def item_enclosures(self, item: Item) -> list[Enclosure]:
        cover = item.article.cover
        size = _size(cover.plain[0]) if cover else None
        if cover is None or size is None:
            return []
        kind = guess_type(cover.plain[0])[0] or "image/webp"
        return [Enclosure(urljoin(item.root, cover.url), str(size), kind)]


class NewestArticlesAtom(NewestArticles):
    feed_type = Atom


def _size(name: str) -> int | None:
    """Of a stored file, in bytes; None if it is missing."""
    try:
        return _known_size(name)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=1024)  # A name never stands for another file, and a store may be far away.
def _known_size(name: str) -> int:
    return default_storage.size(name)


rss = require_safe(public_page()(NewestArticles()))
atom = require_safe(public_page()(NewestArticlesAtom()))
