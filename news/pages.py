"""The plain pages: about us, the legal notice, privacy, press contact."""

from __future__ import annotations

from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from news import breadcrumbs
from news.context import rendered
from news.markup import prepared
from news.models import Page
from news.publicpages import public_page


@require_safe
@public_page()
def page(request: HttpRequest, slug: str) -> HttpResponse:
    language = translation.get_language()
    shown = get_object_or_404(Page.objects.public(), language=language, slug=slug)
    return rendered(request, "news/page.html", _context(shown))


@require_safe
@never_cache
@staff_member_required
@permission_required("news.view_page", raise_exception=True)
def preview(request: HttpRequest, page_id: int) -> HttpResponse:
    """For staff, published or not."""
    shown = get_object_or_404(Page, pk=page_id)
    if translation.get_language() != shown.language:
        return redirect(shown.get_preview_url())
    context = _context(shown) | {"is_preview": True}
    response = rendered(request, "news/page.html", context, head=None)
    response["X-Robots-Tag"] = "noindex"
    return response


def _context(shown: Page) -> dict[str, object]:
    versions = Page.objects.public().counterparts_of(shown).defer("body", "body_text")
    return {
        # `page` is what lists call the one of theirs that is shown.
        "plain_page": shown,
        "title": shown.title,
        "description": shown.teaser,
        "body": prepared(shown.body),
        "breadcrumbs": breadcrumbs.home(),
        "alternates": {
            version.language: version.get_absolute_url() for version in (shown, *versions)
        },
    }
