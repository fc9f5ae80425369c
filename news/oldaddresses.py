"""Old addresses: where a page of the old site is now."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.cache import patch_cache_control
from django.utils.translation import get_supported_language_variant

from news import errors
from news.models import OldAddress, OldAddressQuerySet
from news.models.addresses import page_at

# What shares and advertisements add are five or six; and old pages with the same first parameter.
MOST_PARAMETERS, MOST_ROWS = 20, 200


def answer_or_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """For every address that is no page of this site: it may have been one of the old."""
    found = None
    if request.method in ("GET", "HEAD"):
        found = answer(request) or in_spelt_language(request)
    return found or errors.not_found(request, exception)


def answer(request: HttpRequest) -> HttpResponse | None:
    """A redirect to the page that took an old address's place; 410 if that page is gone.

    None if the address was never one, or its article is not public yet: then it is a plain 404.
    """
    # The old site told some pages apart by their query, so that is looked for first.
    full_path = request.get_full_path()
    candidates = [address[:500] for address in (full_path, unquote(full_path), request.path)]
    if any("\x00" in address for address in candidates):  # PostgreSQL would not even look.
        return None
    rows = OldAddress.objects.with_status()
    rows = rows.select_related("article").defer("article__body", "article__body_text")
    found = {row.path: row for row in rows.filter(path__in=candidates)}
    match: Any = next((found[path] for path in candidates if path in found), None)
    if match is None or match.path == request.path:
        match = with_fewer_parameters(rows, full_path) or match
    if match is None or match.status == 404:
        return None
    if match.status == 410:
        return errors.gone(request)
    return moved(match.article.get_absolute_url() if match.article else match.target)


def with_fewer_parameters(rows: OldAddressQuerySet, full_path: str) -> OldAddress | None:
    """Of the same page with some of the parameters, in any order: shares add others to them."""
    path, _, query = full_path.partition("?")
    asked = {parameter for parameter in query.split("&") if parameter}
    if not 0 < len(asked) <= MOST_PARAMETERS:
        return None
    kept = {
        row: set(row.path.partition("?")[2].split("&"))
        for row in rows.with_queries(path, asked)[:MOST_ROWS]
    }
    fitting = [row for row in kept if kept[row] <= asked]
    return max(fitting, key=lambda row: (len(kept[row]), row.path), default=None)


def in_spelt_language(request: HttpRequest) -> HttpResponse | None:
    """A redirect from `/zh/`, `/zh-CN/`, `/ZH-HANS/` to what is under `/zh-hans/`."""
    full_path = request.get_full_path()
    first = full_path[1:].partition("?")[0].partition("/")[0]
    try:
        language = get_supported_language_variant(first).lower()
    except LookupError:
        return None
    if first in dict(settings.LANGUAGES):
        return None
    path = f"/{language}{request.path.removeprefix(f'/{first}')}"
    if page_at(path) is None and page_at(f"{path}/") is None:
        return None
    return moved(f"/{language}{full_path.removeprefix(f'/{first}')}")


def moved(address: str) -> HttpResponse:
    """A permanent redirect that browsers ask for again: an editor may move the page back."""
    response = HttpResponsePermanentRedirect(address)
    patch_cache_control(response, no_cache=True)
    return response
