"""The articles' list: what each row says, and what can be done to many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from news import workflow
from news.models import Article, Stage, State, StatusChange, Version
from news.transitions import TRANSITIONS
from news.versions import Overtaken

from .transitions import perform
from .wordsearch import SearchedByWords


class StateFilter(admin.SimpleListFilter):
    """By what an article is now. Without a choice, everything that is not in the bin."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(State.choices)

    def choices(self, changelist: Any) -> Any:
        everything, *states = super().choices(changelist)
        return [everything | {"display": _("All but the bin")}, *states]

    def queryset(self, request: HttpRequest, articles: QuerySet) -> QuerySet:
        if self.value() in State.values:
            return articles.filter(state_now=self.value())
        return articles.filter(binned_at__isnull=True)


class WorkFilter(admin.SimpleListFilter):
    """By what is to be done, with articles and with changes of published ones."""

    title = _("work")
    parameter_name = "work"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (Stage.DRAFT.value, _("Being written")),
            (Stage.IN_REVIEW.value, _("Waiting for review")),
            (Stage.SCHEDULED.value, _("Scheduled")),
        ]

    def queryset(self, request: HttpRequest, articles: QuerySet) -> QuerySet:
        if self.value() not in Stage.values:
            return articles
        changes = Version.objects.filter(stage=self.value()).values("article")
        return articles.filter(Q(state_now=self.value()) | Q(pk__in=changes))


class AuthorFilter(admin.SimpleListFilter):
    title = _("author")
    parameter_name = "author"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("me", _("Mine"))]

    def queryset(self, request: HttpRequest, articles: QuerySet) -> QuerySet:
        if self.value() != "me":
            return articles
        changed = Version.objects.worked_on().filter(author=request.user).values("article")
        return articles.filter(Q(created_by=request.user) | Q(pk__in=changed))


class ArticleList(ChangeList):
    """Without the texts, which no column shows."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        versions = Version.objects.filter(article=OuterRef("pk")).order_by("-pk")
        trail = StatusChange.objects.filter(article=OuterRef("pk")).order_by("-pk")
        articles = super().get_queryset(request, exclude_parameters).defer("body", "body_text")
        return articles.annotate(
            newest=Coalesce(Subquery(versions.values("pk")[:1]), Value(0)),
            last_step=Coalesce(Subquery(trail.values("pk")[:1]), Value(0)),
            change_worked_on=Subquery(versions.worked_on().values("stage")[:1]),
            change_scheduled=Subquery(versions.scheduled().values("moment")[:1]),
        )


class ListedArticles(SearchedByWords):
    list_display = ["title", "badge", "category", "language", "date", "volume"]
    list_filter = [StateFilter, WorkFilter, AuthorFilter, "language", "category"]
    list_select_related = ["category"]
    ordering = ["-published_at", "-id"]
    list_per_page = 50
    show_full_result_count = False
    date_hierarchy = "published_at"
    actions = ["submit_selected", "publish_selected", "withdraw_selected"]
    actions += ["bin_selected", "restore_selected"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ArticleList

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        total = Coalesce(F("browsing_volume__total"), Value(0), output_field=IntegerField())
        return super().get_queryset(request).with_state().annotate(volume=total)

    @admin.display(description=_("state"), ordering="state_now")
    def badge(self, article: Any) -> str:
        state = State(article.state_now)
        badges = badge(state)
        if article.change_worked_on:
            stage = Stage(article.change_worked_on)
            badges += badge(stage, _("Change: %s") % stage.label)
        if article.change_scheduled:
            moment = f"{localtime(article.change_scheduled):%Y-%m-%d %H:%M}"
            badges += badge(Stage.SCHEDULED, _("Change on %s") % moment)
        # What the list showed of it: an action does nothing to what is another thing by now.
        seen = '<input type="hidden" name="seen-{}" value="{}.{}.{}">'
        token = article.revision, article.newest, article.last_step
        return badges + format_html(seen, article.pk, *token)

    @admin.display(description=_("date"), ordering="published_at")
    def date(self, article: Article) -> str:
        day, time = f"{localtime(article.published_at):%Y-%m-%d %H:%M}".split()
        return format_html("<span>{}</span> {}", day, time)

    @admin.display(description=_("browsing volume"), ordering="volume")
    def volume(self, article: Any) -> str:
        return number_format(article.volume, force_grouping=True)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing is deleted from the list; and what only editors do is not offered to others."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        if not workflow.may_publish(request.user):
            for name in ("publish_selected", "withdraw_selected"):
                actions.pop(name, None)
        return actions

    def _perform_on(self, request: HttpRequest, articles: QuerySet, name: str) -> None:
        transition = TRANSITIONS[name]
        done = 0
        for article in articles:
            refused = _why_not(lambda pk=article.pk: perform(request, self, transition, pk))
            if refused is None:
                done += 1
            else:
                text = _("Not possible for “%(title)s”: %(why)s")
                text %= {"title": article.title, "why": refused}
                self.message_user(request, text, messages.WARNING)
        if done:
            text = ngettext("%(label)s: %(n)d article.", "%(label)s: %(n)d articles.", done)
            self.message_user(request, text % {"label": transition.label, "n": done})

    @admin.action(description=_("Submit for review"), permissions=["change"])
    def submit_selected(self, request: HttpRequest, articles: QuerySet) -> None:
        self._perform_on(request, articles, "submit")

    @admin.action(description=_("Publish now"), permissions=["change"])
    def publish_selected(self, request: HttpRequest, articles: QuerySet) -> None:
        self._perform_on(request, articles, "publish")

    @admin.action(description=_("Withdraw"), permissions=["change"])
    def withdraw_selected(self, request: HttpRequest, articles: QuerySet) -> None:
        self._perform_on(request, articles, "withdraw")

    @admin.action(description=_("Put in the bin"), permissions=["change"])
    def bin_selected(self, request: HttpRequest, articles: QuerySet) -> None:
        self._perform_on(request, articles, "bin")

    @admin.action(description=_("Take out of the bin"), permissions=["change"])
    def restore_selected(self, request: HttpRequest, articles: QuerySet) -> None:
        self._perform_on(request, articles, "restore")


def badge(state: State | Stage, label: Any = None) -> SafeString:
    return format_html('<span class="badge badge-{}">{}</span> ', state.value, label or state.label)


def _why_not(do: Callable[[], Any]) -> Any:
    """Why it was refused, in words; None if it was done."""
    try:
        do()
    except Overtaken:
        return _("it is not as this list showed it. Look at it first.")
    except PermissionDenied:
        return _("it is in another state, or not yours to change.")
    except ValidationError as error:
        return " ".join(error.messages)
    return None
