"""How often articles were read, and what was not counted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from news.models import BrowsingVolume, Refusal, RefusedViews

from .wordsearch import SearchedByWords

MOST = 1_000_000_000  # For one article: whoever types more has mistyped.
RECENT = 30  # Days, today included.


class CarriedOverForm(forms.ModelForm):
    carried_over = forms.IntegerField(
        label=capfirst(_("carried over")),
        min_value=0,
        max_value=MOST,
        help_text=_("What the old site had counted. The total moves by the same difference."),
    )
    reason = forms.CharField(
        label=capfirst(_("reason")),
        max_length=300,
        help_text=_(
            "Why it is set right. It stays in the history, with your name and both numbers."
        ),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = BrowsingVolume
        fields = ["article", "carried_over"]

    def validate_unique(self) -> None:
        """A reader may come while the form is filled in: that its view made the row is no fault.

        What is refused is to replace a number that this form did not show.
        """
        article = self.cleaned_data.get("article")
        if article and BrowsingVolume.objects.filter(pk=article.pk, carried_over__gt=0).exists():
            self.add_error("article", _("It has a number carried over. Change that one instead."))


@admin.register(BrowsingVolume)
class BrowsingVolumeAdmin(SearchedByWords):
    form = CarriedOverForm
    list_display = ["title", "language", "grouped_total", "grouped_carried_over"]
    list_filter = ["article__language"]
    list_per_page = 50
    show_full_result_count = False
    ordering = ["-total"]
    articles = "article"
    autocomplete_fields = ["article"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        volumes = super().get_queryset(request).select_related("article")
        return volumes.defer("article__body", "article__body_text")

    @admin.display(description=_("article"), ordering="article__title")
    def title(self, volume: BrowsingVolume) -> str:
        return volume.article.title  # The field itself would never be wrapped.

    @admin.display(description=_("language"), ordering="article__language")
    def language(self, volume: BrowsingVolume) -> str:
        return volume.article.get_language_display()

    @admin.display(description=_("total"), ordering="total")
    def grouped_total(self, volume: BrowsingVolume) -> str:
        return _grouped(volume.total)

    @admin.display(description=_("carried over"), ordering="carried_over")
    def grouped_carried_over(self, volume: BrowsingVolume) -> str:
        return _grouped(volume.carried_over)

    @admin.display(description=_("views of the last 30 days"))
    def recent_days(self, volume: BrowsingVolume) -> str:
        since = timezone.localdate() - timedelta(RECENT)
        days = volume.article.daily_views.filter(day__gt=since).order_by("-day")
        rows = ((date_format(day.day), _grouped(day.views)) for day in days)
        return format_html_join("", "<div>{}: {}</div>", rows) or self.get_empty_value_display()

    def get_fields(self, request: HttpRequest, obj: BrowsingVolume | None = None) -> list[str]:
        if obj is None:
            return ["article", "carried_over", "reason"]
        if self.has_change_permission(request, obj):
            return ["article", "grouped_total", "carried_over", "reason", "recent_days"]
        return ["article", "grouped_total", "grouped_carried_over", "recent_days"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["article", "grouped_total", "grouped_carried_over", "recent_days"] if obj else []

    def save_model(
        self, request: HttpRequest, obj: BrowsingVolume, form: Any, change: bool
    ) -> None:
        form.before = BrowsingVolume.objects.carry_over(obj.pk, form.cleaned_data["carried_over"])
        obj.refresh_from_db()

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> str:
        text = _("Carried over: %(before)s, now %(after)s. Reason: %(reason)s")
        after, reason = form.cleaned_data["carried_over"], form.cleaned_data["reason"]
        return text % {"before": _grouped(form.before), "after": _grouped(after), "reason": reason}

    # --- what each person may do: editors look, administrators set right, nobody deletes

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RefusedList(ChangeList):
    def totals(self) -> list[tuple[str, str]]:
        """Of all that the filters leave, by reason, the most first."""
        sums = self.queryset.order_by().values_list("reason").annotate(n=Sum("views"))
        return [(Refusal(reason).label, _grouped(n)) for reason, n in sums.order_by("-n", "reason")]


@admin.register(RefusedViews)
class RefusedViewsAdmin(admin.ModelAdmin):
    list_display = ["day", "reason", "grouped_views"]
    list_display_links = None
    list_filter = ["reason"]
    date_hierarchy = "day"
    ordering = ["-day", "reason"]
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RefusedList

    @admin.display(description=_("not counted"), ordering="views")
    def grouped_views(self, refused: RefusedViews) -> str:
        return _grouped(refused.views)

    def _nobody(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_add_permission = has_change_permission = has_delete_permission = _nobody


def _grouped(number: int) -> str:
    return number_format(number, force_grouping=True)
