"""Old addresses: what each answers, and the way to whole lists of them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from news.addresslists import warnings
from news.models import OldAddress
from news.models.addresses import old_form
from news.search import everything

from .addresslists import export_view, import_view


class LeadsFilter(admin.SimpleListFilter):
    title = _("where it leads")
    parameter_name = "leads"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("article", _("To an article")),
            ("address", _("To another address")),
            ("nowhere", _("To nothing that readers may see")),
        ]

    def queryset(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
        if self.value() == "article":
            return rows.filter(article__isnull=False)
        if self.value() == "address":
            return rows.filter(article=None)
        return rows.exclude(status=301) if self.value() == "nowhere" else rows


@admin.register(OldAddress)
class OldAddressAdmin(admin.ModelAdmin):
    list_display = ["path", "answers", "leads_to"]
    list_filter = [LeadsFilter]
    list_select_related = ["article"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["path", "target"]
    search_help_text = _("Part of either address, or words of the article")
    autocomplete_fields = ["article"]

    def get_urls(self) -> list[Any]:
        own = [
            path(
                f"{name}/",
                self.admin_site.admin_view(partial(view, address_admin=self)),
                name=f"news_oldaddress_{name}",
            )
            for name, view in (("import", import_view), ("export", export_view))
        ]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).with_status()
        return rows.defer("article__body", "article__body_text")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        if search_term.strip():
            found |= queryset.filter(article__in=everything(search_term))
            found |= queryset.filter(path=old_form(search_term))  # Copied from a browser.
        return found, may_have_duplicates

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None):
        may = {"may_import": self.may_import(request)}
        return super().changelist_view(request, may | (extra_context or {}))

    def may_import(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: OldAddress, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        typed = form.cleaned_data.get("target")
        if typed and typed != obj.target:
            text = gettext("It leads straight to %s.") % (obj.article or obj.target)
            messages.info(request, text)
        for warning in warnings(obj, obj.article.state if obj.article else None):
            messages.warning(request, warning)

    @admin.display(description=_("answers"), ordering="status")
    def answers(self, row: OldAddress) -> SafeString | str:
        if row.status == 301:
            return "301"
        words = gettext("gone") if row.status == 410 else gettext("not public yet")
        return format_html('{} <span class="badge badge-withdrawn">{}</span>', row.status, words)

    @admin.display(description=_("leads to"))
    def leads_to(self, row: OldAddress) -> SafeString | str:
        if row.article:
            form = reverse("admin:news_article_change", args=[row.article_id])
            return format_html('<a href="{}">{}</a>', form, row.article)
        if row.is_dead_end:
            words = gettext("no page")
            return format_html(
                '{} <span class="badge badge-withdrawn">{}</span>', row.target, words
            )
        return row.target
