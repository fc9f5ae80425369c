"""The window in which the editor's dialogs pick from a library."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

if TYPE_CHECKING:
    from .library import LibraryAdmin

PER_PAGE = 24


def pick_view(request: HttpRequest, library_admin: LibraryAdmin) -> HttpResponse:
    """The library as CKEditor's dialogs open it: one click puts a picture, or a file, there."""
    if not library_admin.has_view_permission(request):
        raise PermissionDenied
    query = request.GET.get("q", "").replace("\x00", " ").strip()
    dialog = {"CKEditorFuncNum": request.GET.get("CKEditorFuncNum", "")}
    name = library_admin.opts.model_name
    context = {
        **library_admin.admin_site.each_context(request),
        **library_admin.upload_context(request),
        "title": library_admin.words["choose"],
        "is_popup": True,
        "page": Paginator(_matching(library_admin, query), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "query": query,
        "dialog": dialog["CKEditorFuncNum"],
        "item_template": f"admin/news/{name}/_pick.html",
        "add_url": f"{reverse(f'admin:news_{name}_add')}?{urlencode({'pick': 1} | dialog)}",
    }
    return TemplateResponse(request, "admin/news/library/pick.html", context)


def _matching(library_admin: LibraryAdmin, query: str) -> QuerySet:
    """With each of the words in one of the fields that the library is searched by."""
    files = library_admin.model.objects.all()
    for word in query.split()[:8]:
        fields = [Q(**{f"{name}__icontains": word}) for name in library_admin.search_fields]
        files = files.filter(Q(*fields, _connector=Q.OR))
    return files
