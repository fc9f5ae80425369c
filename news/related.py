"""Related news: picked by hand first, then what shares its tags, then its category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from news import publicpages
from news.models import Article, Tag

# Ranked are the newest of each tag, not all of it: a tag with 30,000 articles took 168 ms
# otherwise, and nobody misses what is older.
NEWEST_CONSIDERED = 30
TAGS_CONSIDERED = 10

Place = tuple[datetime, int]  # When an article was published, and its id: its place in the order.


def related_ids(
    article: Article, picks: list[int], tags: Iterable[Tag], limit: int = 6
) -> list[int]:
    """Up to `limit` public articles of the same language: never itself, never one twice."""
    ids = dict.fromkeys(picks)
    if len(ids) < limit:
        ids |= dict.fromkeys(_by_shared_tags(article, list(tags)[:TAGS_CONSIDERED]))
    if len(ids) < limit:
        ids |= dict.fromkeys(pk for _at, pk in _newest(article, category=article.category_id))
    return list(ids)[:limit]


def _by_shared_tags(article: Article, tags: list[Tag]) -> list[int]:
    places = Counter(place for tag in tags for place in _newest(article, tags=tag.pk))
    ranked = sorted(places.items(), key=lambda item: (item[1], item[0]), reverse=True)
    return [pk for (_at, pk), _shared in ranked]


def _newest(article: Article, **choice: int) -> list[Place]:
    """The newest other articles of a tag or a category. The list is kept: many pages need it."""

    def listed() -> list[Place]:
        public = Article.objects.public().filter(language=article.language)
        return sorted(public.newest_places([choice], NEWEST_CONSIDERED + 1), reverse=True)

    kept = publicpages.part(("newest", article.language, *choice.items()), listed)
    return [place for place in kept if place[1] != article.pk][:NEWEST_CONSIDERED]
