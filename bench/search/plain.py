"""The search that a site begins with: every word somewhere in the text, the newest first."""

from __future__ import annotations

from django.db.models import Q

from news.models import Article, ArticleQuerySet

MAX_WORDS = 8


def contains(query: str, language: str) -> ArticleQuerySet:
    found = Article.objects.public().filter(language=language)
    for word in query.split()[:MAX_WORDS]:
        found = found.filter(
            Q(title__icontains=word) | Q(summary__icontains=word) | Q(body_text__icontains=word)
        )
    return found.newest_first()
