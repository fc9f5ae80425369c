"""The admin site: Django's own, under the newsroom's name."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from news import desk, edition, languages, staff
from news.masthead import masthead
from news.models import Article, Category, Image, Tag

ORDER = [
    *("Article", "Image", "Attachment", "Category", "Tag", "Page"),
    *("BrowsingVolume", "RefusedViews", "OldAddress", "Site"),
]


class NewsroomAutocomplete(AutocompleteJsonView):
    """Results that can be told apart: pictures show themselves, terms their language."""

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, Any]:
        result = super().serialize_result(obj, to_field_name)
        if isinstance(obj, Image):
            result |= {"thumbnail": obj.thumbnail_url, "alt": obj.alt}
        elif isinstance(obj, Article):
            day = localtime(obj.published_at).date()
            result["text"] = f"{obj.title} ({obj.get_language_display()}, {day})"
        elif isinstance(obj, Category | Tag):
            result["text"] = f"{obj.name} ({obj.get_language_display()})"
        elif isinstance(obj, get_user_model()):
            name, account = staff.name_of(obj), obj.get_username()
            result["text"] = account if name == account else f"{name} ({account})"
        return result

    def has_perm(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Whoever writes articles names the editor in charge, without seeing the list of accounts.
        is_editor = self.model_admin.model is get_user_model()
        if is_editor and request.user.has_perm("news.change_article"):
            return True
        return super().has_perm(request, obj)


class NewsroomAdminSite(AdminSite):
    index_title = _("Newsroom")
    empty_value_display = "–"

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return NewsroomAutocomplete.as_view(admin_site=self)(request)

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """What staff do every day first, and what is set up once last."""
        found = super().get_app_list(request, app_label)
        for app in found:
            app["models"].sort(key=lambda model: _place(model["object_name"]))
        return sorted(found, key=lambda app: app["app_label"] != "news")

    def get_urls(self) -> list[Any]:
        """Django's redirect to an object's page tells its address to all staff: ours asks first."""
        redirects = path(
            "r/<path:content_type_id>/<path:object_id>/", self.admin_view(_view_on_site)
        )
        return [redirects, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        staff.keep_language(request, request.user)
        shown = masthead()
        names = {"masthead": shown, "site_title": shown.name, "site_header": shown.name}
        return super().each_context(request) | names

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Each role's own desk, above what Django lists."""
        if request.user.has_perm("news.view_article"):
            edition.current()  # What is due has taken effect.
            own = {
                "desk": desk.sections(request.user),
                "may_write": request.user.has_perm("news.add_article"),
                "lacks": languages.lacks(),
            }
            extra_context = own | (extra_context or {})
        return super().index(request, extra_context)


def _place(model: str) -> int:
    return ORDER.index(model) if model in ORDER else len(ORDER)


def _view_on_site(request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponse:
    is_number = content_type_id.isdecimal() and len(content_type_id) < 10
    model = get_object_or_404(ContentType, pk=content_type_id if is_number else 0)
    if not request.user.has_perm(f"{model.app_label}.view_{model.model}"):
        raise PermissionDenied
    return shortcut(request, content_type_id, object_id)
