"""What every public page needs besides its own contents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from news import metadata
from news.masthead import masthead
from news.models import Article, ArticleQuerySet, Category, Tag

NEWEST_INSTEAD = 3
# Indentation is for those who read templates; no element of the pages keeps any.
_BEFORE_LINES = re.compile(r"\n[ \n]+")


def frame(request: HttpRequest) -> dict[str, object]:
    """What the site says of itself, and the menu: categories with something in them.

    Read only by pages that show them.
    """
    return {"masthead": SimpleLazyObject(masthead), "menu": SimpleLazyObject(_menu)}


def rendered(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    head: Callable[[HttpRequest, dict[str, Any]], metadata.Head] | None = metadata.of_page,
) -> HttpResponse:
    """A page with what public pages need of the request, and nothing of a visitor's.

    Without a head it is one that search engines are to leave out. The settings' context processors
    (user, messages, token) are for admin, and cost a tenth of the rendering.
    """
    own = {"head": head(request, context) if head else None}
    html = render_to_string(template, {"request": request, **frame(request), **own, **context})
    return HttpResponse(_BEFORE_LINES.sub("\n", html))


def alternates(
    address: Callable[[], str], languages: Iterable[str] | None = None
) -> dict[str, str]:
    """Language -> the address of this page in it: in all of them, unless it is only in some."""
    found = {}
    for language in dict(settings.LANGUAGES) if languages is None else languages:
        with translation.override(language):
            found[language] = address()
    return found


def term_alternates(term: Category | Tag) -> dict[str, str]:
    """The same of a category's or a tag's page: where both have something in them."""
    pair = type(term).objects.in_use().paired_with(term)
    found = {version.language: version.get_absolute_url() for version in pair}
    return found if term.language in found else {}


def newest_instead() -> ArticleQuerySet:
    """What a page shows where it has nothing of its own."""
    articles = Article.objects.public().filter(language=translation.get_language())
    return articles.newest_first().for_cards()[:NEWEST_INSTEAD]


def categories_in_use(language: str) -> list[Category]:
    return list(Category.objects.in_use().filter(language=language))


def _menu() -> list[Category]:
    return categories_in_use(translation.get_language() or "")
