"""The pages for what cannot be shown, in the site's look and the right language."""

from __future__ import annotations

import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from news import edition, lost, masthead

RETRY_AFTER = 30  # seconds


def _in_its_language(request: HttpRequest) -> translation.override:
    # An address outside any language, such as one of the old site, was not seen by the language
    # middleware's look at the path, but its answer should still be readable.
    language = translation.get_language_from_request(request, check_path=True)
    return translation.override(language.lower())  # Of "/EN/" Django says "EN".


def _page(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    with _in_its_language(request):
        response = render(request, f"{status}.html", context, status=status)
    add_never_cache_headers(response)
    return response


def _page_without_database(request: HttpRequest, status: int, reason: str = "") -> HttpResponse:
    """The site is called what it is called by default, which no page of this edition may keep."""
    with _in_its_language(request), edition.making_for(None):
        context = {"reason": reason, "masthead": masthead.default()}
        response = render(request, f"{status}.html", context, status=status)
    add_never_cache_headers(response)
    return response


def _with_ways_on(request: HttpRequest, status: int) -> HttpResponse:
    # For an edition, so that menu and cards are made once for all who ask for what there is not.
    with (
        _in_its_language(request),
        edition.making_for(edition.making() or edition.current()),
    ):
        return _page(request, status, **lost.ways_on(request.path))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page_without_database(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if _is_upload(request):
        return upload_refused(_("Your session is over. Sign in again in another window."), 403)
    return _page(request, 403)


def too_large(request: HttpRequest, most: int) -> HttpResponse:
    """Before any of the request was read, as it has more than so many bytes."""
    with _in_its_language(request):
        reason = _("More than %d MB cannot be sent at once. Make it smaller.") % (most // 1024**2)
        if _is_upload(request):
            return upload_refused(reason, 413)
        return _page_without_database(request, 413, reason)


def upload_refused(sentence: str, status: int = 400) -> JsonResponse:
    """As the editor's file tools want to be told."""
    return JsonResponse({"uploaded": 0, "error": {"message": sentence}}, status=status)


def _is_upload(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _with_ways_on(request, 404)


def gone(request: HttpRequest) -> HttpResponse:
    """For an article that was public once: withdrawn, expired or in the bin."""
    return _with_ways_on(request, 410)


def server_error(request: HttpRequest) -> HttpResponse:
    """Must not touch the database: it may be the reason."""
    if _is_away(sys.exc_info()[1]):
        return database_away(request)
    return _page_without_database(request, 500)


def database_away(request: HttpRequest) -> HttpResponse:
    """Nobody's fault and soon over: readers and crawlers should come again."""
    response = _page_without_database(request, 503)
    response["Retry-After"] = RETRY_AFTER
    return response


def _is_away(error: BaseException | None) -> bool:
    """Whether the database did not answer, or whatever failed did so because of that."""
    while error and not isinstance(error, OperationalError | InterfaceError):
        error = error.__cause__ or error.__context__
    return error is not None
