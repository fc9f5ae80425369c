"""Which articles match a reader's words."""

from __future__ import annotations

from django.db.models import Q

from news.models import Article, ArticleQuerySet

MAX_WORDS = 8
MAX_LENGTH = 100


def readable(query: str) -> str:
    """What of a reader's query is looked for and shown again."""
    return query.replace("\x00", " ").strip()[:MAX_LENGTH]


def search(language: str, query: str) -> ArticleQuerySet:
    """Public articles of a language that hold every word of the query, newest first.

    Only the first `MAX_LENGTH` characters and `MAX_WORDS` words count. No words, no articles.
    """
    words = readable(query).split()[:MAX_WORDS]
    if not words:
        return Article.objects.none()
    found = Article.objects.public().filter(language=language)
    for word in words:
        found = found.filter(
            Q(title__icontains=word) | Q(summary__icontains=word) | Q(body_text__icontains=word)
        )
    return found.newest_first()
