"""The pages for what cannot be shown, in the site's look and the right language."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import add_never_cache_headers

RETRY_AFTER = 30  # seconds


def _page(request: HttpRequest, status: int) -> HttpResponse:
    # An address outside any language, such as one of the old site, was not seen by the language
    # middleware's look at the path, but its answer should still be readable.
    language = translation.get_language_from_request(request, check_path=True)
    with translation.override(language):
        response = render(request, f"{status}.html", status=status)
    add_never_cache_headers(response)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404)


def gone(request: HttpRequest) -> HttpResponse:
    """For an article that was public once: withdrawn, expired or in the bin."""
    return _page(request, 410)


def server_error(request: HttpRequest) -> HttpResponse:
    """Must not touch the database: it may be the reason."""
    return database_away(request) if _is_away(sys.exc_info()[1]) else _page(request, 500)


def database_away(request: HttpRequest) -> HttpResponse:
    """Nobody's fault and soon over: readers and crawlers should come again."""
    response = _page(request, 503)
    response["Retry-After"] = RETRY_AFTER
    return response


def _is_away(error: BaseException | None) -> bool:
    """Whether the database did not answer, or whatever failed did so because of that."""
    while error and not isinstance(error, OperationalError | InterfaceError):
        error = error.__cause__ or error.__context__
    return error is not None
