"""The plain pages, which editors write."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from news import sanitize
from news.models import Page
from news.staff import name_of

from .article import with_editor
from .editor import TOOLBAR, NewsEditor
from .inturn import InTurnForm, SavedInTurn

LIBRARIES = {"Image", "NewsPictures", "NewsFiles"}


class PageEditor(NewsEditor):
    """Without pictures and files: the libraries know which articles use one, and of no page."""

    def _set_config(self) -> None:
        super()._set_config()
        self.external_plugin_resources = [
            plugin for plugin in self.external_plugin_resources if plugin[0] == "newslanguage"
        ]
        self.config |= {
            "toolbar": [[tool for tool in group if tool not in LIBRARIES] for group in TOOLBAR],
            "allowedContent": sanitize.allowed_content(libraries=False),
            "extraPlugins": "newslanguage",
            "filebrowserBrowseUrl": "",
        }


class PageForm(InTurnForm):
    removed: list[str]

    translation = forms.ModelChoiceField(
        Page.objects.none(),
        required=False,
        label=_("Same page in another language"),
        help_text=_(
            "Readers can then switch between them. Offered are pages that have no version in "
            "this page's language yet."
        ),
    )

    class Meta:
        model = Page
        fields: list[str] = []  # The admin's fieldsets say which.
        widgets = {"body": PageEditor}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.removed = []
        self.initial.setdefault("language", get_language())
        if "language" not in self.fields:  # The page is only shown.
            return
        language = str(self["language"].value())
        tied = Page.objects.counterparts_of(self.instance)
        self.fields["translation"].queryset = Page.objects.without(language) | tied
        self.fields["translation"].label_from_instance = _with_its_language
        if other := tied.first():  # Or else what the report of missing ones filled in.
            self.initial["translation"] = other

    def clean_body(self) -> str:
        clean = sanitize.clean(self.cleaned_data["body"], libraries=False)
        self.removed = clean.removed_in_words()
        return clean.html

    def clean(self) -> None:
        super().clean()
        if "translation" in self.cleaned_data:
            self._tie(self.cleaned_data["translation"])

    def _tie(self, other: Page | None) -> None:
        """Give both one key, or this page a key of its own."""
        if other is not None:
            self.instance.translation_key = other.translation_key
        elif Page.objects.counterparts_of(self.instance).exists():
            self.instance.translation_key = uuid.uuid4()

    def overtaken(self) -> str:
        by = self.instance.modified_by
        text = _(
            "%(by)s has saved this page since you opened it. Nothing was saved now. Look at it in "
            "another window; if you save again, yours takes its place."
        )
        return text % {"by": name_of(by) if by else _("Somebody")}


def _with_its_language(page: Page) -> str:
    return f"{page.title} ({page.get_language_display()})"


@admin.register(Page)
class PageAdmin(SavedInTurn):
    """What each save changed stands in Django's own history; earlier texts are not kept."""

    form = PageForm
    list_display = ["title", "language", "slug", "position", "in_footer", "is_published"]
    list_filter = ["language", "is_published"]
    search_fields = ["title", "slug", "body_text"]

    class Media:
        css = {"all": ["css/site-admin.css"]}
        js = ["js/admin/theme.js"]

    def get_fieldsets(self, request: HttpRequest, obj: Page | None = None) -> Any:
        may_change = obj is None or self.has_change_permission(request, obj)
        own = ["translation", "opened"] if may_change else []
        return [
            (None, {"fields": ["title", "body" if may_change else "body_text", "description"]}),
            (_("Where it appears"), {"fields": ["language", *own, "in_footer", "position"]}),
            (_("Publication"), {"fields": ["is_published", "slug"]}),
        ]

    changeform_view = with_editor(SavedInTurn.changeform_view)

    def save_model(self, request: HttpRequest, obj: Page, form: Any, change: bool) -> None:
        obj.modified_by = request.user
        super().save_model(request, obj, form, change)
        if form.removed:
            text = _("Removed from the text, because readers' pages do not allow it: %s.")
            self.message_user(request, text % _(", ").join(form.removed), "WARNING")

    def view_on_site(self, page: Page) -> str:
        return page.get_absolute_url() if page.is_published else page.get_preview_url()
