"""The newest articles for feed readers, as RSS and as Atom."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID, uuid5

from django.contrib.syndication.views import Feed
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.functional import lazy
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from news import edition
from news.models import Article, ArticleQuerySet
from news.publicpages import public_page
from news.templatetags.newsroom import language_tag

NEWEST = 20
# Never to change: feed readers would show every article as new.
ARTICLES = UUID("0f6a7c1e-5d0b-4a54-9c35-1b8f6f3b7a52")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # Office texts bring \x0b.


class SteadyDate(SyndicationFeed):
    """The same bytes as long as an edition lasts: nothing newer than the newest article."""

    def latest_post_date(self) -> datetime:
        if self.items:
            return super().latest_post_date()
        today = timezone.localtime(edition.moment(), timezone.get_default_timezone())
        return today.replace(hour=0, minute=0, second=0, microsecond=0)


class Rss(SteadyDate, Rss201rev2Feed):
    pass


class Atom(SteadyDate, Atom1Feed):
    pass


class NewestArticles(Feed):
    feed_type: type[SyndicationFeed] = Rss
    title = author_name = _("China Haisum Newsroom")
    description = subtitle = _(
        "Projects, people and technology: the news of China Haisum, engineers and contractors in "
        "more than 60 countries."
    )
    language = lazy(lambda: language_tag(get_language() or ""), str)()
    link = reverse_lazy("news:list")
    item_guid_is_permalink = False

    def items(self) -> ArticleQuerySet:
        articles = Article.objects.public().filter(language=get_language())
        return articles.newest_first().for_cards()[:NEWEST]

    def item_guid(self, article: Article) -> str:
        """Of the id alone: slug, host and scheme may change."""
        return uuid5(ARTICLES, str(article.pk)).urn

    def item_title(self, article: Article) -> str:
        return NOT_IN_XML.sub(" ", article.title)

    def item_description(self, article: Article) -> str:
        """Feed readers take it for HTML."""
        return escape(NOT_IN_XML.sub(" ", article.teaser))

    def item_pubdate(self, article: Article) -> datetime:
        return article.published_at

    def item_updateddate(self, article: Article) -> datetime:
        """What was finished before its date came is not older than it."""
        return max(article.modified_at, article.published_at)


class NewestArticlesAtom(NewestArticles):
    feed_type = Atom


rss = require_safe(public_page()(NewestArticles()))
atom = require_safe(public_page()(NewestArticlesAtom()))
