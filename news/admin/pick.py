"""The window in which the editor's picture dialog picks from the library."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from news.models import Image

if TYPE_CHECKING:
    from .image import ImageAdmin

PER_PAGE = 24


def pick_view(request: HttpRequest, image_admin: ImageAdmin) -> HttpResponse:
    """The library as CKEditor's picture dialog opens it: one click puts a picture there."""
    if not image_admin.has_view_permission(request):
        raise PermissionDenied
    query = request.GET.get("q", "").replace("\x00", " ").strip()
    dialog = {"CKEditorFuncNum": request.GET.get("CKEditorFuncNum", "")}
    context = {
        **image_admin.admin_site.each_context(request),
        **image_admin.upload_context(request),
        "title": _("Choose a picture"),
        "is_popup": True,
        "page": Paginator(_matching(query), PER_PAGE).get_page(request.GET.get("page")),
        "query": query,
        "dialog": dialog["CKEditorFuncNum"],
        "add_url": f"{reverse('admin:news_image_add')}?{urlencode({'pick': 1} | dialog)}",
    }
    return TemplateResponse(request, "admin/news/image/pick.html", context)


def _matching(query: str):
    images = Image.objects.all()
    for word in query.split()[:8]:
        images = images.filter(
            Q(title__icontains=word) | Q(alt__icontains=word) | Q(caption__icontains=word)
        )
    return images
