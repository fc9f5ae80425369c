"""The search page, and titles for those who are still typing. Neither is ever kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.formats import number_format
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from news import breadcrumbs, edition, spelling
from news.context import alternates, newest_instead, rendered
from news.excerpts import Segment, excerpt_of, marked
from news.models import Article, Category, Tag
from news.pagination import FoundPaginator, PageOne, page_of, to_page_one
from news.query import MAX_LENGTH, Query, readable
from news.search import MOST_RANKED, Found, search, titles
from news.searchfilters import Filters, search_address
from news.tokens import spellings_of_name

TITLES_READ = 100  # Characters: no title is looked for by more.


def _of_the_edition(view: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """What is public, all machines agree on: their own clocks may differ."""

    @wraps(view)
    def of_the_edition(request: HttpRequest) -> HttpResponse:
        with edition.making_for(edition.current()):
            return view(request)

    return of_the_edition


@csrf_exempt
@require_safe
@never_cache
@_of_the_edition
def search_page(request: HttpRequest) -> HttpResponse:
    typed, filters = request.GET.get("q", ""), Filters(request.GET)
    query = readable(typed)
    found = _search(query, filters)
    try:
        page = page_of(request, FoundPaginator, found.ids)
    except PageOne:
        return to_page_one(request)
    context = {
        "title": _("Search results for “%s”") % _headline(query) if query else _("Search"),
        "query": query,
        "is_cut": len(typed.strip()) > MAX_LENGTH,
        "most_read": MAX_LENGTH,
        "most_ranked": _count(MOST_RANKED),
        "found": found,
        "terms": _terms(query),
        "filters": filters,
        "removable": filters.removable(query),
        "breadcrumbs": breadcrumbs.home(),
        "parameters": ({"q": query} if query else {}) | filters.parameters,
        "alternates": alternates(lambda: search_address(query, **filters.in_any_language)),
        "page": page,
        "results": [_result(article, found.query) for article in page],
    }
    context |= _ways_on(query, filters, found)
    return rendered(request, "news/search.html", context, head=None)


@csrf_exempt
@require_safe
@never_cache
@_of_the_edition
def search_titles(request: HttpRequest) -> HttpResponse:
    """Titles of the page's language, with the addresses of their articles."""
    ids = titles(request.GET.get("q", "")[:TITLES_READ], language=get_language() or "")
    articles = Article.objects.public().only("language", "slug", "title").in_bulk(ids)
    found = [
        {"title": articles[pk].title, "address": articles[pk].get_absolute_url()}
        for pk in ids
        if pk in articles
    ]
    response = JsonResponse({"titles": found}, json_dumps_params={"ensure_ascii": False})
    response["X-Robots-Tag"] = "noindex"
    return response


def _search(query: str, filters: Filters) -> Found:
    return search(
        query,
        language=filters.language,
        category=filters.category.pk if filters.category else None,
        year=filters.year,
    )


def _result(article: Article, query: Query) -> tuple[Article, list[Segment], list[Segment]]:
    return article, marked(article.title, query), excerpt_of(article, query)


def _terms(query: str) -> dict[str, list[Category] | list[Tag]]:
    """The categories and tags, of those with something in them, whose name was typed."""
    if not query:
        return {}
    names, language = spellings_of_name(query), get_language()
    return {
        kind: list(model.objects.in_use().filter(language=language).named(names))
        for kind, model in {"category": Category, "tag": Tag}.items()
    }


class Elsewhere(NamedTuple):
    """How many articles the same words find in another part of the news."""

    number: int
    is_capped: bool
    language: str  # Its name; empty for the same search without its filters.
    address: str


def _ways_on(query: str, filters: Filters, found: Found) -> dict[str, Any]:
    """What is offered where there is nothing to show."""
    if found.ids and not found.is_relaxed:
        return {}
    asked_in = filters.language or get_language() or ""
    if found.ids:
        return {"near": _near(query, asked_in, filters)}
    ways: dict[str, Any] = {"newest": newest_instead()}
    if found.query.wanted:
        ways["elsewhere"] = list(_elsewhere(query, filters))
        # What the filters alone keep away is not misspelt.
        if not any(not place.language for place in ways["elsewhere"]):
            ways["near"] = _near(query, asked_in, filters)
    return ways


def _near(query: str, language: str, filters: Filters) -> list[tuple[str, str]]:
    near = spelling.near(query, language)
    return [(text, search_address(text, **filters.in_language)) for text in near]


def _elsewhere(query: str, filters: Filters) -> Iterator[Elsewhere]:
    if filters.category or filters.year:
        yield from _found("", query, filters.language, filters.in_language)
    for code, name in settings.LANGUAGES:
        if filters.language not in (None, code):
            asked = {} if code == get_language() else {"language": code}
            yield from _found(str(name), query, code, asked)


def _found(
    name: str, query: str, language: str | None, asked: dict[str, str]
) -> Iterator[Elsewhere]:
    found = search(query, language=language)
    if found.ids:
        address = search_address(query, **asked)
        yield Elsewhere(len(found.ids), found.is_capped, name, address)


def _headline(query: str) -> str:
    """As much of the query as a heading is read for; the box below has all of it."""
    return Truncator(query).chars(60, truncate="…")


def _count(number: int) -> str:
    return number_format(number, force_grouping=True)
