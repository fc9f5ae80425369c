"""Categories, tags and old addresses."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from news.models import Category, OldAddress, Tag


class TermAdmin(admin.ModelAdmin):
    list_display = ["name", "language", "slug", "article_count"]
    list_filter = ["language"]
    search_fields = ["name", "slug"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(article_count=Count("articles"))

    @admin.display(description=_("articles"), ordering="article_count")
    def article_count(self, term: Category | Tag) -> int:
        return term.article_count  # type: ignore[union-attr]


@admin.register(Category)
class CategoryAdmin(TermAdmin):
    ordering = ["language", "position", "name"]  # Counting drops the model's own.
    list_display = [*TermAdmin.list_display, "position"]


@admin.register(Tag)
class TagAdmin(TermAdmin):
    ordering = ["language", "name"]


@admin.register(OldAddress)
class OldAddressAdmin(admin.ModelAdmin):
    list_display = ["path", "article", "target"]
    list_select_related = ["article"]
    search_fields = ["path", "target", "article__title"]
    autocomplete_fields = ["article"]
