"""Old addresses: where a page of the old site is now."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.utils.cache import patch_cache_control

from news import errors
from news.models import Article, OldAddress


class OldAddressMiddleware:
    """Answers for addresses that are no page of this site but were one of the old."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404 or request.method not in ("GET", "HEAD"):
            return response
        return answer(request) or response


def answer(request: HttpRequest) -> HttpResponse | None:
    """A redirect to the page that took an old address's place; 410 if that page is gone.

    None if the address was never one, or its article is not public yet: then it is a plain 404.
    """
    # The old site told some pages apart by their query, so that is looked for first.
    full_path = request.get_full_path()
    candidates = [address[:500] for address in (full_path, unquote(full_path), request.path)]
    if any("\x00" in address for address in candidates):  # PostgreSQL would not even look.
        return None
    matches = OldAddress.objects.filter(path__in=candidates).select_related("article")
    match = min(matches, key=lambda match: candidates.index(match.path), default=None)
    if match is None:
        return None
    if match.article is None:
        return moved(match.target)
    if match.article.is_public:
        return moved(match.article.get_absolute_url())
    return errors.gone(request) if Article.objects.gone().contains(match.article) else None


def moved(address: str) -> HttpResponse:
    """A permanent redirect that browsers ask for again: an editor may move the page back."""
    response = HttpResponsePermanentRedirect(address)
    patch_cache_control(response, no_cache=True)
    return response
