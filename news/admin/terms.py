"""Categories and tags."""

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Count, QuerySet, TextField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from news.models import Category, Tag

from .inuse import KeptWhileUsed


class TermAdmin(KeptWhileUsed):
    list_display = ["name", "language", "slug", "article_count"]
    list_filter = ["language", ("description", admin.EmptyFieldListFilter)]
    search_fields = ["name", "slug"]
    formfield_overrides = {TextField: {"widget": AdminTextareaWidget(attrs={"rows": 3})}}

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        terms = super().get_queryset(request)
        # Only the list shows the number; autocomplete asks at every key.
        is_list = request.resolver_match.url_name.endswith("_changelist")
        return terms.annotate(article_count=Count("articles")) if is_list else terms

    @admin.display(description=_("articles"), ordering="article_count")
    def article_count(self, term: Category | Tag) -> int:
        return term.article_count  # type: ignore[union-attr]


@admin.register(Category)
class CategoryAdmin(TermAdmin):
    list_display = [*TermAdmin.list_display, "position"]


@admin.register(Tag)
class TagAdmin(TermAdmin):
    pass
