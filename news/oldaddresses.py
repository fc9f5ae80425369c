"""Old addresses: where a page of the old site is now."""

from __future__ import annotations

from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.cache import patch_cache_control

from news import errors
from news.models import OldAddress


def answer_or_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """For every address that is no page of this site: it may have been one of the old."""
    found = answer(request) if request.method in ("GET", "HEAD") else None
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
    matches = OldAddress.objects.filter(path__in=candidates).with_status()
    matches = matches.select_related("article").defer("article__body", "article__body_text")
    match = min(matches, key=lambda match: candidates.index(match.path), default=None)
    if match is None or match.status == 404:
        return None
    if match.status == 410:
        return errors.gone(request)
    return moved(match.article.get_absolute_url() if match.article else match.target)


def moved(address: str) -> HttpResponse:
    """A permanent redirect that browsers ask for again: an editor may move the page back."""
    response = HttpResponsePermanentRedirect(address)
    patch_cache_control(response, no_cache=True)
    return response
