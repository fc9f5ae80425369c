"""Old addresses: where a page of the old site is now."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect

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
    full_path, path = request.get_full_path()[:500], request.path[:500]
    if "\x00" in full_path + path:  # PostgreSQL would not even look.
        return None
    # The old site told some pages apart by their query, so that is looked for first.
    matches = OldAddress.objects.filter(path__in={full_path, path}).select_related("article")
    old = {match.path: match for match in matches}
    match = old.get(full_path) or old.get(path)
    if match is None:
        return None
    if match.article is None:
        return HttpResponsePermanentRedirect(match.target)
    if match.article.is_public:
        return HttpResponsePermanentRedirect(match.article.get_absolute_url())
    return errors.gone(request) if Article.objects.gone().contains(match.article) else None
