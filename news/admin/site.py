"""The site's own names, numbers and links: one form, for administrators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet, URLField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from news.masthead import default
from news.models import Site, SiteText, SocialLink

from .inturn import InTurnForm, SavedInTurn

TALL = {"rows": 3, "cols": 60, "class": "vLargeTextField"}


class SiteForm(InTurnForm):
    def overtaken(self) -> str:
        return _(
            "Somebody has saved the site since you opened this form. Nothing was saved now. Look "
            "at it in another window; if you save again, yours takes its place."
        )


class SiteTextForm(forms.ModelForm):
    """Its language is the row's, or the one that it was opened with: by the time it is sent, other
    languages may be without texts. What is left empty shows what stands in its place."""

    class Meta:
        model = SiteText
        fields = [
            *("language", "name", "company", "tagline", "description"),
            *("footer", "address", "phone", "email"),
        ]
        widgets = {
            "description": forms.Textarea(attrs=TALL),
            "footer": forms.Textarea(attrs=TALL),
            "address": forms.Textarea(attrs=TALL),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["language"]
        choice.disabled = self.instance.pk is not None
        if self.is_bound and not choice.disabled:
            # As it was opened; a language alone is nothing to be saved.
            self.initial["language"] = self.data.get(self.add_prefix("language"), "")
        language = self.get_initial_for_field(choice, "language")
        choice.choices = [each for each in settings.LANGUAGES if each[0] == language]
        if not choice.choices:  # It was made up, and is refused.
            return
        with override(language):
            standing = default()
        for name, field in self.fields.items():
            if name != "language":
                field.widget.attrs |= {"placeholder": getattr(standing, name), "lang": language}

    def clean_language(self) -> str:
        """Inline forms leave out constraints that the site is part of."""
        language = self.cleaned_data["language"]
        if SiteText.objects.filter(language=language).exclude(pk=self.instance.pk).exists():
            raise ValidationError(
                _(
                    "Somebody has saved texts in this language since you opened the form. "
                    "Open it anew."
                )
            )
        return language


class PartOfSite:
    """Whoever may change the site may change all that belongs to it."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request) or request.user.has_perm("news.view_site")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("news.change_site")

    has_add_permission = has_delete_permission = has_change_permission


class TextInline(PartOfSite, admin.StackedInline):
    """One for each language of the site, whether it has texts of its own or not."""

    model = SiteText
    form = SiteTextForm
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        languages = [language for language, _name in settings.LANGUAGES]
        return super().get_queryset(request).filter(language__in=languages)

    def get_extra(self, request: HttpRequest, obj: Site | None = None, **kwargs: Any) -> int:
        return len(missing(obj))

    def get_max_num(self, request: HttpRequest, obj: Site | None = None, **kwargs: Any) -> int:
        return len(settings.LANGUAGES)


class LinkInline(PartOfSite, admin.TabularInline):
    model = SocialLink
    autocomplete_fields = ["code"]
    extra = 1

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field:  # The heads of the columns are no labels.
            field.widget.attrs["aria-label"] = db_field.verbose_name
        return field


@admin.register(Site)
class SiteAdmin(SavedInTurn):
    """Administrators change it, and whoever they give the permission to."""

    form = SiteForm
    autocomplete_fields = ["logo"]
    inlines = [TextInline, LinkInline]

    class Media:
        css = {"all": ["css/site-admin.css"]}

    def get_fields(self, request: HttpRequest, obj: Site | None = None) -> list[str]:
        own = ["opened"] if self.has_change_permission(request, obj) else []
        return ["logo", "icp_number", "police_number", *own]

    def save_model(self, request: HttpRequest, obj: Site, form: Any, change: bool) -> None:
        """Whatever was changed, also a text or a link: it is one form."""
        obj.revision += 1
        super().save_model(request, obj, form, change)

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, TextInline):
            kwargs["initial"] = [{"language": language} for language in missing(obj)]
        return kwargs

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is only one: to its form."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if site := Site.objects.first():
            return redirect("admin:news_site_change", site.pk)
        if self.has_add_permission(request):
            return redirect("admin:news_site_add")
        return super().changelist_view(request, extra_context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """To describe it for the first time is to change what it is called."""
        return self.has_change_permission(request) and not Site.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is not to be said any more is emptied."""
        return False


def missing(site: Site | None) -> list[str]:
    """The languages that have no texts yet."""
    known = set(SiteText.objects.filter(site=site).values_list("language", flat=True))
    return [language for language, _name in settings.LANGUAGES if language not in known]
