"""The articles' list and form."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, IntegerField, QuerySet, URLField, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from news import workflow
from news.models import Article, RelatedPick, State

from . import textpictures
from .forms import ArticleForm, RelatedPicks
from .wordsearch import SearchedByWords

# CKEditor 4 writes its own styles and handlers into the page; only this form allows that.
with_editor = method_decorator(
    csp_update({"script-src": [SELF, UNSAFE_INLINE], "style-src": [SELF, UNSAFE_INLINE]})
)


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


class ArticleList(ChangeList):
    """Without the texts, which no column shows."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        return super().get_queryset(request, exclude_parameters).defer("body", "body_text")


class RelatedPickInline(admin.TabularInline):
    model = RelatedPick
    formset = RelatedPicks
    fk_name = "article"
    autocomplete_fields = ["related"]
    fields = ["related", "position"]
    extra = 1
    verbose_name_plural = _("Related news picked by hand (the rest is found by tags and category)")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("related")

    # Part of the article: whoever may change that may change these.
    def has_view_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return request.user.has_perm("news.view_article")

    def _may_edit(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return request.user.has_perm("news.change_article")

    has_add_permission = has_change_permission = has_delete_permission = _may_edit


@admin.register(Article)
class ArticleAdmin(SearchedByWords):
    form = ArticleForm
    inlines = [RelatedPickInline]
    list_display = ["title", "badge", "category", "language", "date", "volume"]
    list_filter = [StateFilter, "language", "category"]
    list_select_related = ["category"]
    ordering = ["-published_at", "-id"]
    list_per_page = 50
    show_full_result_count = False
    date_hierarchy = "published_at"
    autocomplete_fields = ["category", "tags", "cover", "editor"]
    actions = ["withdraw_selected", "bin_selected", "restore_selected"]
    change_form_template = "admin/news/article/change_form.html"
    fieldsets = [
        (None, {"fields": ["title", "summary", "body", "opened"]}),
        (_("Cover"), {"fields": ["cover", "cover_alt"]}),
        (_("Where it appears"), {"fields": ["language", "category", "tags", "translation"]}),
        (_("Source"), {"fields": [("source", "source_url"), "editor"]}),
        (
            _("Publication"),
            {
                "fields": ["status", "published_at", "expires_at", "pinned_until"],
                "description": _("All times are in the site's time zone."),
            },
        ),
        (_("Address"), {"fields": ["slug"], "classes": ["collapse"]}),
    ]

    class Media:
        css = {"all": ["css/article-admin.css"]}
        js = ["admin/js/jquery.init.js", "js/admin/cover.js", "js/admin/counter.js"]
        js += ["js/admin/theme.js"]

    # --- the list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ArticleList

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        total = Coalesce(F("browsing_volume__total"), Value(0), output_field=IntegerField())
        return super().get_queryset(request).with_state().annotate(volume=total)

    @admin.display(description=_("state"), ordering="state_now")
    def badge(self, article: Article) -> str:
        state = State(article.state_now)  # type: ignore[attr-defined]
        return format_html('<span class="badge badge-{}">{}</span>', state.value, state.label)

    @admin.display(description=_("date"), ordering="published_at")
    def date(self, article: Article) -> str:
        day, time = f"{localtime(article.published_at):%Y-%m-%d %H:%M}".split()
        return format_html("<span>{}</span> {}", day, time)

    @admin.display(description=_("browsing volume"), ordering="volume")
    def volume(self, article: Article) -> str:
        return number_format(article.volume, force_grouping=True)  # type: ignore[attr-defined]

    def _perform(self, request: HttpRequest, transition: workflow.Transition, pk: int) -> None:
        """The change and its entry in the history: both, or neither."""
        with transaction.atomic():
            article = workflow.perform(transition, pk, request.user)
            self.log_change(request, article, str(transition.label))

    def _perform_on(self, request: HttpRequest, articles: QuerySet, name: str) -> None:
        transition = workflow.TRANSITIONS[name]
        done, refused = 0, []
        for article in articles:
            try:
                self._perform(request, transition, article.pk)
                done += 1
            except PermissionDenied:
                refused.append(article.title)
        if done:
            text = ngettext("%(label)s: %(n)d article.", "%(label)s: %(n)d articles.", done)
            self.message_user(request, text % {"label": transition.label, "n": done})
        if refused:
            text = _("Not possible for: %s. They are in another state, or not yours to change.")
            self.message_user(request, text % _(", ").join(refused), messages.WARNING)

    @admin.action(description=_("Withdraw"), permissions=["change"])
    def withdraw_selected(self, request: HttpRequest, articles: QuerySet) -> None:
        self._perform_on(request, articles, "withdraw")

    @admin.action(description=_("Put in the bin"), permissions=["change"])
    def bin_selected(self, request: HttpRequest, articles: QuerySet) -> None:
        self._perform_on(request, articles, "bin")

    @admin.action(description=_("Take out of the bin"), permissions=["change"])
    def restore_selected(self, request: HttpRequest, articles: QuerySet) -> None:
        self._perform_on(request, articles, "restore")

    # --- the form

    def get_form(self, request: HttpRequest, obj: Article | None = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        return type(form.__name__, (form,), {"user": request.user})

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        obj.modified_by = request.user
        super().save_model(request, obj, form, change)
        request.saved_text = form

    @with_editor
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        # Before Django opens a transaction, in which nothing may take seconds.
        told = textpictures.Told()
        if "data:" in request.POST.get("body", "") and self._may_adopt(request, object_id):
            told = textpictures.adopt(request)
        response = super().changeform_view(request, object_id, form_url, extra_context)
        told.tell(request, getattr(request, "saved_text", None))
        return response

    def _may_adopt(self, request: HttpRequest, object_id: str | None) -> bool:
        if not request.user.has_perm("news.add_image"):
            return False
        if object_id is None:
            return self.has_add_permission(request)
        article = self.get_object(request, unquote(object_id))
        return article is not None and self.has_change_permission(request, article)

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        """Whoever may only look sees the text, not its HTML."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        (_title, first), *others = fieldsets
        return [(None, first | {"fields": ["title", "summary", "body_text"]}), *others]

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj is not None:
            # As it is stored: a form that was refused has changed `obj` already.
            stored = self.get_object(request, str(obj.pk)) if request.method == "POST" else obj
            offered = workflow.TRANSITIONS.values()
            context["stored"] = stored
            context["stored_address"] = self.view_on_site(stored)
            context["transitions"] = [t for t in offered if t.allowed(request.user, stored)]
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    @admin.display(description=_("Same article in the other language"))
    def translation(self, article: Article) -> Article | str:
        """For those to whom the form is only shown."""
        return Article.objects.versions_of(article).first() or self.get_empty_value_display()

    def view_on_site(self, article: Article) -> str:
        return article.get_absolute_url() if article.is_public else article.get_preview_url()

    # --- what each person may do

    def has_change_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return super().has_change_permission(request, obj) and (
            obj is None or (workflow.may_edit(request.user, obj) and obj.binned_at is None)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return False  # Articles go to the bin.

    # --- withdraw, bin, restore

    def get_urls(self):
        view = self.admin_site.admin_view(self.transition_view)
        own = path("<int:article_id>/<slug:name>/now/", view, name="news_article_transition")
        return [own, *super().get_urls()]

    def transition_view(self, request: HttpRequest, article_id: int, name: str) -> HttpResponse:
        """Asks, and on POST makes, one change of status."""
        transition = workflow.TRANSITIONS.get(name)
        if transition is None:
            raise Http404
        article = get_object_or_404(Article, pk=article_id)
        if not workflow.may_edit(request.user, article):
            raise PermissionDenied
        form = redirect(reverse("admin:news_article_change", args=[article_id]))
        if not transition.applies(article):
            text = _("That is no longer possible: “%(title)s” has changed meanwhile.")
            self.message_user(request, text % {"title": article.title}, messages.WARNING)
            return form
        if request.method == "POST":
            self._perform(request, transition, article_id)
            self.message_user(request, transition.done % {"title": article.title})
            return form
        context = {
            **self.admin_site.each_context(request),
            "title": transition.label,
            "transition": transition,
            "article": article,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/news/article/transition.html", context)
