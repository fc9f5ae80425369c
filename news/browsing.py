"""Counting: every reader's view of an article raises its browsing volume by exactly one.

This is the one place that counts. A view function only says which article its page shows
(`shows_article`); whether that was a reader, and which number the page then bears, is decided and
written here, once the page is ready to be sent.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import crawleruseragents
from django.conf import settings
from django.db import connection, transaction
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from news.models import Article, BrowsingVolume

# Stands in a rendered page where the number belongs. No editor's text can contain it: templates
# escape "<", and the door for rich text drops comments.
NUMBER_MARK = "<!--browsing-volume-->"


class Refusal(TextChoices):
    """Why a page was sent without counting it."""

    HEAD = "head"
    SPECULATIVE = "speculative"
    STAFF = "staff"
    CRAWLER = "crawler"


def shows_article(response: HttpResponse, article: Article) -> HttpResponse:
    """Mark a page as the public page of an article. Previews are not marked, so never counted."""
    response.article_id = article.pk  # type: ignore[attr-defined]
    return response


class BrowsingVolumeMiddleware:
    """Counts finished article pages and writes the number into them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        article_id = getattr(response, "article_id", None)
        if article_id is None or response.status_code != 200:
            return response
        refusal = refuse(request)
        if refusal == Refusal.SPECULATIVE:
            return _ask_again()
        total = browsing_volume(article_id) if refusal else count_view(article_id)
        mark, number = NUMBER_MARK.encode(), str(total).encode()
        response.content = response.content.replace(mark, number)
        return response


def refuse(request: HttpRequest) -> Refusal | None:
    """Why this request is not a reader's view, or None if it is one."""
    if request.method != "GET":
        return Refusal.HEAD
    if is_speculative(request):
        return Refusal.SPECULATIVE
    # The session is read only if there is one, so that a reader's page does not vary by cookie.
    if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_staff:
        return Refusal.STAFF
    return Refusal.CRAWLER if is_crawler(request.headers.get("User-Agent", "")) else None


def is_speculative(request: HttpRequest) -> bool:
    """Whether a browser loads the page in advance, for a reader who may never come."""
    purpose = f"{request.headers.get('Sec-Purpose', '')} {request.headers.get('Purpose', '')}"
    return "prefetch" in purpose.lower() or "prerender" in purpose.lower()


@lru_cache(maxsize=4096)  # One look-up tries 600 patterns and costs 0.1 ms.
def is_crawler(user_agent: str) -> bool:
    return crawleruseragents.is_crawler(user_agent)


def count_view(article_id: int) -> int:
    """Count one view of an article, today in the site's time zone; returns its new total.

    Both rows are written in one transaction, always in the same order, without reading first:
    no two views can overwrite or block each other. The article's own row is not touched.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO news_browsingvolume (article_id, carried_over, total) VALUES (%s, 0, 1) "
            "ON CONFLICT (article_id) DO UPDATE SET total = news_browsingvolume.total + 1 "
            "RETURNING total",
            [article_id],
        )
        (total,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO news_dailyviews (article_id, day, views) VALUES (%s, %s, 1) "
            "ON CONFLICT (article_id, day) DO UPDATE SET views = news_dailyviews.views + 1",
            [article_id, timezone.localdate(timezone=timezone.get_default_timezone())],
        )
    return total


def browsing_volume(article_id: int) -> int:
    """The number to show where nothing is counted."""
    totals = BrowsingVolume.objects.filter(article=article_id).values_list("total", flat=True)
    return totals.first() or 0


def _ask_again() -> HttpResponse:
    """The answer to a load in advance: the browser drops it and asks when the reader comes."""
    return HttpResponse(status=503, headers={"Cache-Control": "no-store"})
