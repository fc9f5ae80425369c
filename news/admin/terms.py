"""Categories and tags."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget, AutocompleteSelect
from django.db.models import Count, QuerySet, TextField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from news.models import Article, Category, Tag

from .inuse import KeptWhileUsed


class TermForm(forms.ModelForm):
    """With the same term in another language: readers of its page can switch between them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "translation" in self.fields:  # Or else it is only shown.
            self.initial["translation"] = _versions(self.instance).first()

    def clean(self) -> None:
        super().clean()
        other, language = self.cleaned_data.get("translation"), self.cleaned_data.get("language")
        if other is None:
            return
        taken = type(other).objects.paired_with(other).filter(language=language)
        if other.language == language:
            self.add_error("translation", _("It is in the same language. Choose one of another."))
        elif taken.exclude(pk=self.instance.pk).exists():
            self.add_error("translation", _("It has one in this language already."))


class CategoryForm(TermForm):
    translation = forms.ModelChoiceField(
        Category.objects.all(),
        required=False,
        label=_("Same category in another language"),
        help_text=_("Readers can switch between them, and new versions of articles go there."),
        widget=AutocompleteSelect(Article._meta.get_field("category"), admin.site),
    )


class TagForm(TermForm):
    translation = forms.ModelChoiceField(
        Tag.objects.all(),
        required=False,
        label=_("Same tag in another language"),
        help_text=_("Readers can switch between them, and new versions of articles have it."),
        widget=AutocompleteSelect(Article._meta.get_field("tags"), admin.site),
    )


def _versions(term: Category | Tag) -> QuerySet:
    return type(term).objects.paired_with(term).exclude(pk=term.pk)


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

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        other = form.cleaned_data["translation"]
        if other and other.translation_key is None:
            other.translation_key = uuid4()
            other.save(update_fields=["translation_key"])
        obj.translation_key = other and other.translation_key
        super().save_model(request, obj, form, change)

    @admin.display(description=_("In another language"))
    def translation(self, term: Category | Tag) -> Any:
        """For those to whom the form is only shown."""
        return _versions(term).first() or self.get_empty_value_display()

    @admin.display(description=_("articles"), ordering="article_count")
    def article_count(self, term: Category | Tag) -> int:
        return term.article_count  # type: ignore[union-attr]


@admin.register(Category)
class CategoryAdmin(TermAdmin):
    form = CategoryForm
    list_display = [*TermAdmin.list_display, "position"]


@admin.register(Tag)
class TagAdmin(TermAdmin):
    form = TagForm
