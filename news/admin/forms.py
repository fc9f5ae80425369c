"""The article's form: the editor's widget and what the form checks."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ckeditor.widgets import CKEditorWidget
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from news import pictures, sanitize, workflow
from news.models import Article, Image, RelatedPick, Status

from .image import ACCEPTED

TOOLBAR = [
    ["Format", "Bold", "Italic", "RemoveFormat"],
    ["BulletedList", "NumberedList", "Blockquote"],
    ["JustifyLeft", "JustifyCenter", "JustifyRight"],
    ["Link", "Unlink"],
    ["Image", "NewsPictures", "Table", "HorizontalRule"],
    ["PasteText", "PasteFromWord"],
    ["Undo", "Redo", "Find", "Replace"],
    ["Source", "Maximize"],
]


class NewsEditor(CKEditorWidget):
    """CKEditor with a toolbar made for news. It shows no more than the door lets through."""

    may_upload = False

    def _set_config(self) -> None:
        super()._set_config()  # Follows the interface's language, and asks no other host for news.
        plugin = static("js/admin/newspictures.js")
        self.external_plugin_resources = [("newspictures", plugin, "")]
        self.config |= {
            "toolbar": TOOLBAR,
            "format_tags": "p;h2;h3;h4",
            "allowedContent": sanitize.allowed_content(),
            "justifyClasses": ["align-left", "align-center", "align-right", "align-justify"],
            "extraPlugins": "image2,newspictures",
            "removePlugins": "image,uploadimage,exportpdf,scayt,forms,iframe,smiley,elementspath",
            "clipboard_handleImages": False,  # They would stay inside the text, as megabytes of it.
            "newsPictures": self._pictures_config(),
            "image2_alignClasses": ["align-left", "align-center", "align-right"],
            "image2_captionedClass": "image",
            "filebrowserImageBrowseUrl": reverse("admin:news_image_pick"),
            "contentsCss": [
                static(f"css/{name}.css") for name in ("tokens", "article-body", "editor-content")
            ],
            "bodyClass": "article-body",
            "entities": False,
            "disableNativeSpellChecker": False,
            "height": 460,
        }

    def _pictures_config(self) -> dict[str, Any]:
        """For our plugin static/js/admin/newspictures.js."""
        return {
            "url": reverse("admin:news_image_upload") if self.may_upload else "",
            "icon": static("img/upload-picture.svg"),
            "accept": ACCEPTED,
            "limit": settings.PICTURE_MAX_BYTES,
            "texts": {
                "button": _("Upload pictures"),
                "pasted": _("Pasted picture"),
                "tooLarge": pictures.too_large().messages[0],
                "failed": _("The picture did not arrive. Try again."),
                "describe": _("Double-click each new picture and say what it shows."),
                "altMissing": _(
                    "Say what the picture shows (alternative text), for readers who cannot see it."
                ),
                "waiting": _("The article is saved as soon as all pictures have arrived."),
                "notSaved": _("Not saved yet: a picture was refused. Save again without it."),
            },
        }


class PlainTextarea(forms.Textarea):
    """Browsers send two characters for a line break that they, and our counter, count as one."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        value = super().value_from_datadict(data, files, name)
        return value and value.replace("\r\n", "\n")


class ArticleForm(forms.ModelForm):
    """`user` is set by the admin: what the form offers depends on who fills it in."""

    user: Any = None
    # What the editor must be told about the text, after the form was valid.
    removed: list[str]
    without_alt: int

    translation = forms.ModelChoiceField(
        Article.objects.all(),
        required=False,
        label=_("Same article in the other language"),
        help_text=_("Readers can then switch between the two."),
        widget=AutocompleteSelect(RelatedPick._meta.get_field("related"), admin.site),
    )

    # The revision that the form was opened with.
    opened = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Article
        fields: list[str] = []  # The admin's fieldsets say which.
        widgets = {
            "title": forms.TextInput(attrs={"class": "vTextField", "size": 90}),
            "summary": PlainTextarea(
                attrs={"rows": 3, "cols": 90, "class": "vLargeTextField", "data-counter": "true"}
            ),
            "body": NewsEditor,
            "status": forms.RadioSelect,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.removed = []
        self.without_alt = 0
        if not self.instance.pk:
            self._set_defaults()
        else:
            self.initial["translation"] = Article.objects.versions_of(self.instance).first()
            self.initial["opened"] = self.instance.revision
            if "<img" in self.instance.body:  # Files may have been replaced since it was saved.
                self.initial["body"] = Image.objects.claim(self.instance.body)[0]
        self._show_cover()
        if "body" in self.fields:
            self.fields["body"].widget.may_upload = self.user.has_perm("news.add_image")
        if "status" in self.fields:
            offered = workflow.statuses_for(self.user, self.instance)
            self.fields["status"].choices = [(s.value, s.label) for s in offered]
            if offered == [Status.PUBLISHED]:
                self.fields["status"].help_text = _(
                    "Readers have seen it. To take it back, withdraw it with the button above."
                )

    def _set_defaults(self) -> None:
        self.initial.setdefault("language", get_language())
        self.initial.setdefault("editor", self.user.pk)

    def _show_cover(self) -> None:
        if "cover" not in self.fields:  # The form is only shown, to somebody who may not change it.
            return
        chosen = str(self["cover"].value())  # What was sent, which can be anything.
        if (
            cover := len(chosen) < 19
            and chosen.isdecimal()
            and Image.objects.filter(pk=chosen).first()
        ):
            shown = {"data-thumbnail": cover.thumbnail_url, "data-alt": cover.alt}
            self.fields["cover"].widget.widget.attrs |= shown

    def clean_body(self) -> str:
        clean = sanitize.clean(self.cleaned_data["body"])
        html, _images = Image.objects.claim(clean.html)
        before, after = sanitize.pictures_in(clean.html), sanitize.pictures_in(html)
        if unknown := len(before) - len(after):
            clean.removed["picture"] = clean.removed.get("picture", 0) + unknown
        self.removed = clean.removed_in_words()
        self.without_alt = sum(not each.get("alt", "").strip() for each in after)
        return html

    def clean(self) -> None:
        super().clean()
        data = self.cleaned_data
        if "translation" in data and "language" in data:
            self._tie_translation(data["translation"], data["language"])
        if any(tag.language != data.get("language") for tag in data.get("tags", [])):
            self.add_error("tags", _("A tag belongs to the other language."))
        self._refuse_if_stale(data.get("opened"))

    def _refuse_if_stale(self, opened: int | None) -> None:
        """Once: with what is said here, saving again replaces what the other one saved."""
        if opened is None or opened == self.instance.revision:
            return
        by = self.instance.modified_by or _("Somebody")
        self.add_error(
            None,
            _(
                "%(by)s has saved this article since you opened it. Nothing you wrote is lost: it "
                "is still in this form. Look at the article in another window; if you save again, "
                "yours replaces it."
            )
            % {"by": by},
        )
        self.data = self.data.copy()
        self.data["opened"] = self.instance.revision

    def clean_published_at(self) -> datetime:
        date = self.cleaned_data["published_at"]
        if date > timezone.now() and self.instance.pk and workflow.was_seen(self.instance):
            raise ValidationError(_("Readers have seen it: its date cannot lie in the future."))
        return date

    def _tie_translation(self, other: Article | None, language: str) -> None:
        """Give both language versions one key, or this article a key of its own."""
        if other is None:
            if Article.objects.versions_of(self.instance).exists():
                self.instance.translation_key = uuid.uuid4()
            return
        taken = Article.objects.versions_of(other).filter(language=language)
        if other.language == language:
            self.add_error("translation", _("This article is in the same language."))
        elif taken.exclude(pk=self.instance.pk).exists():
            self.add_error("translation", _("This article already has a version in that language."))
        else:
            self.instance.translation_key = other.translation_key

    def clean_translation(self) -> Article | None:
        other = self.cleaned_data["translation"]
        if other and other.pk == self.instance.pk:
            raise ValidationError(_("An article is not its own translation."))
        return other


class RelatedPicks(forms.BaseInlineFormSet):
    """Says what the database would refuse: an inline's form leaves out checks on its parent."""

    def clean(self) -> None:
        super().clean()
        seen: set[int] = set()
        for form in self.forms:
            picked = form.cleaned_data.get("related")
            if picked is None or form in self.deleted_forms:
                continue
            if picked.pk == self.instance.pk:
                form.add_error("related", _("An article is not related to itself."))
            elif picked.language != self.instance.language:
                form.add_error("related", _("This article is in the other language."))
            elif picked.pk in seen:
                form.add_error("related", _("This article is picked twice."))
            seen.add(picked.pk)
