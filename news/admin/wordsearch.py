"""Lists of articles, and of what belongs to them, that are searched as the site is."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from news.search import everything


class SearchedByWords(admin.ModelAdmin):
    """Finds by the index of articles in any state; `articles` leads from a row to its article."""

    articles = "pk"
    search_fields = ["pk"]  # Makes Django show the box; what is found is said below.
    search_help_text = _(
        "Words of the title, the summary or the text, in any language; or the article's number"
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        if term := search_term.strip():
            ids = everything(term)
            if term.isdecimal() and len(term) < 10:  # Of the article's address.
                ids.append(int(term))
            queryset = queryset.filter(**{f"{self.articles}__in": ids})
        return queryset, False
