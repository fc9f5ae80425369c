"""The article's form: what it offers and what it checks."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from news import sanitize, textrefs, versions, workflow
from news.models import ONCE_PUBLISHED, Article, Image, RelatedPick, Status, claim
from news.models.slugs import slug_for

from . import conflicts
from .conflicts import Conflict
from .editor import NewsEditor


class PlainTextarea(forms.Textarea):
    """Browsers send two characters for a line break that they, and our counter, count as one."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        value = super().value_from_datadict(data, files, name)
        return value and value.replace("\r\n", "\n")


class InPickedOrder(AutocompleteSelectMultiple):
    """Shows what is chosen in the order of the choice, not of the table."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        groups = super().optgroups(name, value, attrs)
        groups[0][1].sort(key=lambda option: value.index(str(option["value"])))
        return groups


class PickedArticles(forms.ModelMultipleChoiceField):
    """Cleaned to a list, in the order in which they were picked."""

    def clean(self, value: Any) -> list[Article]:  # type: ignore[override]
        picked = {str(article.pk): article for article in super().clean(value)}
        return [picked[pk] for pk in dict.fromkeys(map(str, value or []))]


class ArticleForm(forms.ModelForm):
    """`user` and `desk` are set by the admin: what the form offers depends on who fills it in, and
    what it compares with on what the article is now."""

    user: Any = None
    desk: versions.Desk | None = None
    restored: versions.Content | None = None  # An old version that it shows instead.
    # What the editor must be told about the text, after the form was valid.
    removed: list[str]
    without_alt: int
    conflicts: list[Conflict] | SimpleLazyObject
    opened_before: str  # Of a form that was overtaken: what a copy of it has to be compared with.

    picks = PickedArticles(
        Article.objects.filter(binned_at=None),
        required=False,
        label=_("Related news picked by hand"),
        help_text=_("In this order. The rest is found by tags and category."),
        widget=InPickedOrder(Article._meta.get_field("related"), admin.site),
    )
    translation = forms.ModelChoiceField(
        Article.objects.all(),
        required=False,
        label=_("Same article in another language"),
        help_text=_("Readers can then switch between them."),
        widget=AutocompleteSelect(RelatedPick._meta.get_field("related"), admin.site),
    )
    comment = forms.CharField(
        required=False,
        max_length=300,
        label=_("What did you change?"),
        help_text=_("For your colleagues, in the article's history."),
        widget=forms.TextInput(attrs={"class": "vTextField", "size": 90}),
    )

    # What the article was when the form was opened: `Desk.token`.
    opened = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Article
        fields: list[str] = []  # The admin's fieldsets say which.
        widgets = {
            "title": forms.TextInput(attrs={"class": "vTextField", "size": 90}),
            "summary": PlainTextarea(
                attrs={"rows": 3, "cols": 90, "class": "vLargeTextField", "data-counter": "true"}
            ),
            "body": NewsEditor,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.removed = []
        self.without_alt = 0
        self.conflicts = []
        self.opened_before = ""
        if self.desk is None:
            self._set_defaults()
        else:
            self._show_desk(self.desk)
        self._show_cover()
        if "body" in self.fields:
            editor = self.fields["body"].widget
            editor.may_upload = self.user.has_perm("news.add_image")
            editor.may_add_files = self.user.has_perm("news.add_attachment")

    def _show_desk(self, desk: versions.Desk) -> None:
        content = self.restored or desk.shown
        self.initial |= {"tags": content["tags"], "picks": content["related"]}
        self.initial["translation"] = self._stored(desk)["translation"]
        self.initial["opened"] = conflicts.mark(desk)
        # What was picked stays picked while it lies in the bin.
        self.fields["picks"].queryset = Article.objects.filter(
            Q(binned_at=None) | Q(pk__in=content["related"])
        )
        # Files may have been replaced since it was saved.
        self.initial["body"] = claim(self.instance.body).html
        if self.is_bound:
            self.data = conflicts.chosen(self.data, desk, self._stored(desk))
        elif desk.is_overtaken and not self.restored:
            self.conflicts = conflicts.between(desk, desk.shown, conflicts.opened_content(desk, ""))

    def _set_defaults(self) -> None:
        self.initial.setdefault("language", get_language())
        self.initial.setdefault("editor", self.user.pk)
        if date := self.fields.get("published_at"):
            date.required = date.show_hidden_initial = False
            date.initial = None
            date.help_text = _(
                "Empty: the moment when it is published. A date to come schedules the article; an "
                "earlier one back-dates it."
            )

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
        html = claim(clean.html).html
        before, after = textrefs.pictures_in(clean.html), textrefs.pictures_in(html)
        if unknown := len(before) - len(after):
            clean.removed["picture"] = clean.removed.get("picture", 0) + unknown
        if unknown := len(textrefs.links_in(clean.html)) - len(textrefs.links_in(html)):
            clean.removed["file"] = unknown
        self.removed = clean.removed_in_words()
        self.without_alt = textrefs.without_alt(html)
        return html

    def clean(self) -> None:
        super().clean()
        data = self.cleaned_data
        language = data.get("language", self.instance.language)
        if "translation" in data:
            self._tie_translation(data["translation"], language)
        if any(tag.language != language for tag in data.get("tags", [])):
            self.add_error("tags", _("A tag belongs to another language."))
        for picked in data.get("picks", []):
            if picked == self.instance:
                self.add_error("picks", _("An article is not related to itself."))
            elif picked.language != language:
                self.add_error("picks", _("“%s” is in another language.") % picked)
        if self.desk is not None:
            self._refuse_if_overtaken(self.desk)

    def _post_clean(self) -> None:
        """A change of a published article may be as unfinished as any draft: saving publishes
        nothing."""
        status = self.instance.status
        self.instance.status = Status.DRAFT
        super()._post_clean()
        self.instance.status = status

    def _refuse_if_overtaken(self, desk: versions.Desk) -> None:
        """Once, with both texts side by side: saved again, it is as was chosen between them."""
        opened = self.cleaned_data.get("opened", "")
        if conflicts.is_current(desk, opened):
            return
        stored, mine = self._stored(desk), self.content()
        decided = conflicts.decided(stored, self)
        # Compared when the page is made, after the lock that saving takes.
        self.conflicts = SimpleLazyObject(
            lambda: decided + conflicts.between(desk, mine, conflicts.opened_content(desk, opened))
        )
        differs = bool(decided) or mine != conflicts.theirs(desk)
        is_complete = not self.errors  # What was refused is compared when it can be.
        self.opened_before = opened
        self.add_error(None, conflicts.sentence(desk, opened, differs))
        if is_complete:
            self.data = self.data.copy()
            self.data["opened"] = conflicts.mark(desk)

    def _stored(self, desk: versions.Desk) -> dict[str, Any]:
        """What editors have decided, by the names of the form's fields."""
        names = ("language", "slug", "published_at", "expires_at", "pinned_until")
        stored = {name: getattr(desk.article, name) for name in names}
        return stored | {"translation": Article.objects.counterparts_of(desk.article).first()}

    def content(self) -> versions.Content:
        """What was typed, as versions keep it; what was refused is left as it is."""
        data = self.cleaned_data
        content = dict(self.desk.shown if self.desk else versions.live_content(self.instance))
        for name in versions.IN_ROW:
            if name in data:
                content[name] = getattr(data[name], "pk", data[name])
        if "tags" in data:
            content["tags"] = sorted(tag.pk for tag in data["tags"])
        if "picks" in data:
            content["related"] = [article.pk for article in data["picks"]]
        if self.desk and sanitize.is_same(content["body"], self.desk.shown["body"]):
            content["body"] = self.desk.shown["body"]
        if data.get("cover") and not content["cover_alt"]:
            content["cover_alt"] = data["cover"].alt  # As the article itself takes it over.
        return content

    def clean_slug(self) -> str:
        """Made from a title that is public, and not from one that is to be. Before that it follows
        the title, unless somebody chose it."""
        slug, article = self.cleaned_data["slug"], self.desk and self.desk.article
        if article is None:
            return slug
        if article.status in ONCE_PUBLISHED:
            return slug or slug_for(article.title)
        is_made = slug in ("", slug_for(article.title))
        return slug_for(self.cleaned_data.get("title", article.title)) if is_made else slug

    def clean_published_at(self) -> datetime:
        date = self.cleaned_data["published_at"] or timezone.now()
        if date > timezone.now() and self.instance.pk and workflow.was_seen(self.instance):
            raise ValidationError(_("Readers have seen it: its date cannot lie in the future."))
        return date

    def _tie_translation(self, other: Article | None, language: str) -> None:
        """Give it the key of its language versions, or one of its own."""
        if other is None:
            if Article.objects.counterparts_of(self.instance).exists():
                self.instance.translation_key = uuid.uuid4()
            return
        taken = Article.objects.counterparts_of(other).filter(language=language)
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
