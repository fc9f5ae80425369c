"""The server's part in keeping what was typed: who is signed in here, and which copy was saved."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

REMEMBERED_FOR = 30 * 24 * 3600  # seconds; as long as static/js/admin/keeping/copies.js keeps one


@never_cache
@require_GET
def here(request: HttpRequest) -> JsonResponse:
    """Asked before each save. The token is a new one for whoever has just signed in."""
    somebody = admin.site.has_permission(request)
    return JsonResponse(
        {
            "user": request.user.pk if somebody else None,
            "name": request.user.get_username() if somebody else "",
            "csrf": get_token(request),
        }
    )


def confirm(request: HttpRequest, response: HttpResponse) -> None:
    """After a save that succeeded: the browser may drop its copy of what was typed.

    A cookie, as only the answer itself can say so, and it may lead to any page.
    """
    copy = request.POST.get("kept", "")
    if re.fullmatch("[0-9a-f]{32}", copy):
        response.set_cookie(
            f"newsroom-saved-{copy}",
            "1",
            max_age=REMEMBERED_FOR,
            path=reverse("admin:news_article_changelist"),
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Strict",
        )
