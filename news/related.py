"""Related news: picked by hand first, then what shares its tags, then its category."""

from __future__ import annotations

from collections import Counter

from news.models import Article, ArticleQuerySet

# Ranked are the newest of each tag, not all of it: a tag with 30,000 articles took 168 ms
# otherwise, and nobody misses what is older.
NEWEST_OF_A_TAG = 30
TAGS_CONSIDERED = 10


def related_articles(article: Article, limit: int = 6) -> list[Article]:
    """Up to `limit` public articles of the same language: never itself, never one twice."""
    others = Article.objects.public().filter(language=article.language).exclude(pk=article.pk)
    picks = others.filter(picked_in__article=article)
    ids = list(picks.order_by("picked_in__position", "picked_in__id").values_list("pk", flat=True))
    if len(ids) < limit:
        ids += [pk for pk in _by_shared_tags(article, others) if pk not in ids]
    found = _in_order(others, ids, limit)
    if len(found) < limit:
        category = others.filter(category=article.category_id).exclude(pk__in=ids)
        found += category.newest_first().for_cards()[: limit - len(found)]
    return found


def _by_shared_tags(article: Article, others: ArticleQuerySet) -> list[int]:
    tags = [{"tags": tag} for tag in article.tags.all()][:TAGS_CONSIDERED]
    places = Counter(others.newest_places(tags, NEWEST_OF_A_TAG))
    ranked = sorted(places.items(), key=lambda item: (item[1], item[0]), reverse=True)
    return [pk for (_published_at, pk), _shared in ranked]


def _in_order(others: ArticleQuerySet, ids: list[int], limit: int) -> list[Article]:
    by_id = others.for_cards().in_bulk(ids)
    return [by_id[pk] for pk in ids if pk in by_id][:limit]
