"""What a search is narrowed down to, as its address says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from news.context import categories_in_use
from news.models import Article, Category

ALL = "all"


@dataclass(frozen=True)
class Filters:
    """Of what an address asks for, what there is on this site; all else is not heard."""

    asked: Mapping[str, str]

    @property
    def language(self) -> str | None:
        """The language that is searched; None for all of them."""
        return None if self.language_choice == ALL else self.language_choice

    @cached_property
    def language_choice(self) -> str:
        asked, own = self.asked.get("language", ""), get_language() or settings.LANGUAGE_CODE
        return asked if asked in (ALL, *dict(settings.LANGUAGES)) else own

    @property
    def category(self) -> Category | None:
        slug = self.asked.get("category")
        return next((term for term in self.categories if term.slug == slug), None)

    @property
    def year(self) -> int | None:
        year = self.asked.get("year")
        return next((number for number in self.years if str(number) == year), None)

    @cached_property
    def categories(self) -> list[Category]:
        """What can be chosen: every category is of one language."""
        return categories_in_use(self.language) if self.language else []

    @cached_property
    def _category_slugs(self) -> dict[str, str]:
        """The category that is chosen, by the languages it has articles in."""
        if self.category is None:
            return {}
        pair = Category.objects.in_use().paired_with(self.category)
        versions = pair.values_list("language", "slug")
        return {self.category.language: self.category.slug, **dict(versions)}

    @cached_property
    def years(self) -> list[int]:
        articles = Article.objects.public()
        if self.language:
            articles = articles.filter(language=self.language)
        return articles.years()

    @property
    def languages(self) -> list[tuple[str, str]]:
        return [
            *((code, str(name)) for code, name in settings.LANGUAGES),
            (ALL, _("All languages")),
        ]

    @property
    def in_language(self) -> dict[str, str]:
        """The part of an address that says the language, unless it is the page's own."""
        is_own = self.language_choice == get_language()
        return {} if is_own else {"language": self.language_choice}

    @property
    def in_any_language(self) -> dict[str, str]:
        """The part of an address that says the same on the search page of another language."""
        found = {"language": ALL} if self.language_choice == ALL else {}
        if slug := self._category_slugs.get(get_language() or ""):
            found["category"] = slug
        return found | ({"year": str(self.year)} if self.year else {})

    @property
    def parameters(self) -> dict[str, str]:
        """The part of an address that says all of this, and nothing that is so anyway."""
        found = self.in_language
        if self.category:
            found["category"] = self.category.slug
        if self.year:
            found["year"] = str(self.year)
        return found

    def removable(self, query: str) -> list[tuple[str, str]]:
        """Each filter that is set, in words, with the address of the search without it."""
        words = {
            "language": dict(self.languages)[self.language_choice],
            "category": self.category and self.category.name,
            "year": str(self.year),
        }
        return [(words[name] or "", self._without(name, query)) for name in self.parameters]

    def _without(self, name: str, query: str) -> str:
        left = {key: value for key, value in self.parameters.items() if key != name}
        if name == "language":
            left.pop("category", None)  # It is one of that language.
        return search_address(query, **left)


def search_address(query: str, **parameters: str) -> str:
    parameters = {name: value for name, value in {"q": query, **parameters}.items() if value}
    return reverse("news:search") + (f"?{urlencode(parameters)}" if parameters else "")
