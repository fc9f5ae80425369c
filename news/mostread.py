"""What readers are offered of the most read: listed once per edition."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import get_language

from news import publicpages
from news.models import Article, MostRead

WEEK = 7  # Days: the period that stands beside an article.
SHOWN = 5

Link = tuple[str, str]  # Address and title.


class Beside(NamedTuple):
    """`left_out` tells apart all that the list can be: the article, if it would be in it."""

    left_out: int | None
    articles: list[Link]


def of_each_period() -> list[tuple[int, list[Link]]]:
    """Days, and what was read most in them; without the periods in which nothing was."""
    found = [(days, _listed(get_language() or "", days)) for days in MostRead.PERIODS]
    return [
        (days, [(path, title) for _, path, title in kept[:SHOWN]]) for days, kept in found if kept
    ]


def beside(article: Article) -> Beside:
    """The most read of the week in an article's language, without itself."""
    kept = _listed(article.language, WEEK)
    others = [(address, title) for pk, address, title in kept if pk != article.pk]
    return Beside(article.pk if len(others) < len(kept) else None, others[:SHOWN])


def _listed(language: str, days: int) -> list[tuple[int, str, str]]:
    """One more than is shown: an article is not named beside itself."""

    def listed() -> list[tuple[int, str, str]]:
        articles = MostRead.objects.articles(language, days)[: SHOWN + 1]
        return [(each.pk, each.get_absolute_url(), each.title) for each in articles]

    return publicpages.part(("most read of", language, days), listed)
