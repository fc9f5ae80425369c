"""The archive: how many articles each month of the site's time zone has."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import get_language

from news.models import Article
from news.publicpages import part


class Year(NamedTuple):
    """A year with something in it."""

    number: int
    months: list[tuple[int, int]]  # All twelve, each with how many articles it has.

    @property
    def articles(self) -> int:
        return sum(number for _month, number in self.months)


def years_in_full(year: int | None = None) -> list[Year]:
    """The years of the page's language, or one of them if it has any articles, newest first."""
    found: dict[int, dict[int, int]] = {}
    for in_year, month, number in _counted(year):
        found.setdefault(in_year, {})[month] = number
    return [
        Year(number, [(month, months.get(month, 0)) for month in range(1, 13)])
        for number, months in found.items()
    ]


def years() -> list[int]:
    """Only which years there are: on every list, and found without counting."""
    language = get_language() or ""
    return part(("years", language), Article.objects.public().filter(language=language).years)


def _counted(year: int | None) -> list[tuple[int, int, int]]:
    language = get_language() or ""
    articles = Article.objects.public().filter(language=language)
    asked_for = articles if year is None else articles.within(year)
    return part(("months", language, year), asked_for.by_month)
