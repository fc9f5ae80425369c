"""The pages for what cannot be shown, in the site's look and the right language."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import add_never_cache_headers


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
    return _page(request, 500)
