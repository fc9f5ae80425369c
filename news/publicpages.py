"""What views and templates say of public pages, which the page cache keeps."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from news import edition
from news.shelf import OVERHEAD, Shelf

View = Callable[..., HttpResponse]
Thing = TypeVar("Thing", str, list)

MADE = "news.made"  # Where in the environ a view says what it made.
PART_BYTES = 8 * 1024 * 1024
_parts: Shelf[tuple[int, Any]] = Shelf(PART_BYTES)


@dataclass
class Made:
    """What a public view says, to the page cache, of the page it made."""

    is_public: bool = False
    view: str = ""
    article_id: int | None = None
    by_staff: bool = False


def public_page(*parameters: str) -> Callable[[View], View]:
    """Mark a view whose page is the same for every visitor until the next edition.

    `parameters` are the query parameters that it reads; the page cache drops all others. It only
    reads, so that any other method is answered by its name (405), not by a look for a token.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = view(request, *args, **kwargs)
            if response.status_code == 200:
                patch_cache_control(response, no_cache=True)
                patch_vary_headers(response, ["Accept-Encoding"])
                if MADE in request.META:
                    _describe(request.META[MADE], request, response)
            return response

        marked.parameters = frozenset(parameters)  # type: ignore[attr-defined]
        return csrf_exempt(marked)

    return mark


def _describe(made: Made, request: HttpRequest, response: HttpResponse) -> None:
    made.is_public = True
    made.view = request.resolver_match.view_name if request.resolver_match else ""
    made.article_id = getattr(response, "article_id", None)
    # The session is read only if there is one, so that a reader's page does not vary by cookie.
    if made.article_id is not None and settings.SESSION_COOKIE_NAME in request.COOKIES:
        made.by_staff = request.user.is_staff


def part(key: Hashable, make: Callable[[], Thing]) -> Thing:
    """What many pages need, a piece of HTML or a list of tuples, made once per edition.

    Where no page is being made for an edition that stands (previews, search) it is made anew.
    """
    standing = edition.making()
    if (
        standing is None or not standing.number or settings.DEBUG
    ):  # Templates may be changing while they are developed.
        return make()
    kept = _parts.get(key)
    if kept is None or kept[0] != standing.number:
        kept = standing.number, make()
        _parts.put(key, kept, OVERHEAD + _size(kept[1]))
    return kept[1]


def _size(thing: str | list) -> int:
    return sys.getsizeof(thing) + (0 if isinstance(thing, str) else 150 * len(thing))
