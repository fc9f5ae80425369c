"""The article's form, and who may do what with it."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import URLField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from news import edition, versions, workflow
from news.models import ONCE_PUBLISHED, Article, Status
from news.staff import name_of
from news.transitions import TRANSITIONS

from . import history, keeping, languages, preview, textpictures
from .articlelist import ListedArticles
from .forms import ArticleForm
from .transitions import transition_view

# CKEditor 4 writes its own styles and handlers into the page; only this form allows that.
with_editor = method_decorator(
    csp_update({"script-src": [SELF, UNSAFE_INLINE], "style-src": [SELF, UNSAFE_INLINE]})
)

# Transitions that go on from what is being written: the form is saved first, and may be what
# begins that which the first two are about.
BEGUN_BY_SAVING = ("submit", "publish")
AFTER_SAVING = (*BEGUN_BY_SAVING, "send_back")


@admin.register(Article)
class ArticleAdmin(ListedArticles):
    form = ArticleForm
    autocomplete_fields = ["category", "tags", "cover", "editor"]
    change_form_template = "admin/news/article/change_form.html"

    class Media:
        css = {"all": ["css/article-admin.css", "css/history.css"]}
        js = ["admin/js/jquery.init.js", "js/admin/cover.js", "js/admin/counter.js"]
        js += ["js/admin/theme.js"]

    # --- what the form shows

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        """Whoever may only look sees the text, not its HTML; authors see no editors' decisions."""
        may_change = obj is None or self.has_change_permission(request, obj)
        text = ["title", "summary", "body", "opened"]
        places: list[Any] = ["language", "category", "tags", "translation"]
        sections: list[Any] = [
            (None, {"fields": text if may_change else ["title", "summary", "body_text"]}),
            (_("Cover"), {"fields": ["cover", "cover_alt"]}),
            (_("Where it appears"), {"fields": [*places, "picks"] if may_change else places}),
            (_("Source"), {"fields": [("source", "source_url"), "editor"]}),
        ]
        if workflow.may_publish(request.user) or not may_change:
            sections += self._decisions(obj)
        elif obj is None or obj.status not in ONCE_PUBLISHED:
            sections.append((_("Address"), {"fields": ["slug"], "classes": ["collapse"]}))
        if may_change:
            sections.append((_("For your colleagues"), {"fields": ["comment"]}))
        return sections

    def _decisions(self, obj: Article | None) -> list[Any]:
        note = _("All times are in the site's time zone.")
        if obj is not None and obj.status == Status.PUBLISHED:
            note = _("All times are in the site's time zone. Readers see these at once.")
        dates = {"fields": ["published_at", "expires_at", "pinned_until"], "description": note}
        return [
            (_("Publication"), dates),
            (_("Address"), {"fields": ["slug"], "classes": ["collapse"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> Any:
        """What is published keeps its language; and only editors pair it with another."""
        if obj is None or obj.status not in ONCE_PUBLISHED:
            return []
        return ["language"] if workflow.may_publish(request.user) else ["language", "translation"]

    def get_form(self, request: HttpRequest, obj: Article | None = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        known = {"desk": obj.desk, "restored": obj.restored} if obj else {}  # type: ignore[attr-defined]
        return type(form.__name__, (form,), {"user": request.user, **known})

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """The article as staff work on it, which readers may not see yet; `desk` knows both."""
        article = super().get_object(request, object_id, from_field)
        if article is None:
            return None
        shown = copy(article)
        shown.desk = versions.desk(article)
        shown.restored = _restored(request, article)
        versions.put(shown.restored or shown.desk.shown, shown)
        return shown

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @with_editor
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        edition.current()  # What is due has taken effect.
        view = partial(super().changeform_view, request, object_id, form_url, extra_context)
        if request.method != "POST":
            return view()
        # Before any transaction, in which nothing may take seconds.
        told = textpictures.Told()
        if "data:" in request.POST.get("body", "") and self._may_adopt(request, object_id):
            told = textpictures.adopt(request)
        # What the form is compared with must still be so when it is saved.
        with edition.change(concerns_public=lambda: False):
            response = view()
        saved = getattr(request, "saved_text", None)
        told.tell(request, saved)
        if saved and response.status_code == 302:
            keeping.confirm(request, response)
        return response

    def _may_adopt(self, request: HttpRequest, object_id: str | None) -> bool:
        if not request.user.has_perm("news.add_image"):
            return False
        if object_id is None:
            return self.has_add_permission(request)
        article = self.get_object(request, unquote(object_id))
        return article is not None and self.has_change_permission(request, article)

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["show_save_and_add_another"] = False
        if obj is None:
            offered = BEGUN_BY_SAVING if workflow.may_publish(request.user) else ("submit",)
            context["then"] = [TRANSITIONS[name] for name in offered]
        else:
            context |= self._desk_context(request, obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def _desk_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        offered = [t for t in TRANSITIONS.values() if t.allowed(request.user, obj.desk)]
        may_change = self.has_change_permission(request, obj)
        # With nothing worked on there is nothing to submit or publish yet: saving begins a change.
        then = [t for t in offered if t.name in AFTER_SAVING]
        if may_change and not then:
            then = [TRANSITIONS[name] for name in BEGUN_BY_SAVING]
            then = [t for t in then if t.may(request.user, obj.desk)]
        return {
            "desk": obj.desk,
            "stored": obj.desk.article,
            "restored": obj.restored,
            "sent_back": self._sent_back(obj),
            "stored_address": self.view_on_site(obj.desk.article),
            "then": then if may_change else [],
            "transitions": [t for t in offered if not may_change or t.name not in AFTER_SAVING],
            **languages.counterparts_context(request, self, obj.desk.article),
        }

    def _sent_back(self, obj: Any) -> dict[str, str] | None:
        last = obj.desk.article.trail.select_related("by").first()
        if last is None or last.transition != "send_back":
            return None
        return {"name": name_of(last.by), "comment": last.comment}

    @admin.display(description=_("Same article in another language"))
    def translation(self, article: Article) -> Article | str:
        """For those to whom the form is only shown."""
        return Article.objects.counterparts_of(article).first() or self.get_empty_value_display()

    def view_on_site(self, article: Article) -> str:
        return article.get_absolute_url() if article.is_public else article.get_preview_url()

    # --- saving

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        if not change and "published_at" not in form.changed_data:
            obj.published_at = timezone.now()  # Not when the form was opened.
        versions.save(obj, form.content(), request.user, form.cleaned_data["comment"])
        request.saved_text = form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Tags and related news are part of the content, which is saved."""

    def response_add(self, request: HttpRequest, obj: Article, post_url_continue=None):
        return self._to_transition(request, obj) or super().response_add(
            request, obj, post_url_continue
        )

    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        response = self._to_transition(request, obj) or super().response_change(request, obj)
        if "_continue" in request.POST and "restore" in request.GET:
            return _to_form(obj)  # The old version was put into the form once.
        return response

    def _to_transition(self, request: HttpRequest, obj: Article) -> HttpResponse | None:
        name = request.POST.get("_transition")
        if name not in AFTER_SAVING:
            return None
        if not TRANSITIONS[name].applies(versions.desk(Article.objects.get(pk=obj.pk))):
            messages.warning(request, _("Nothing was changed, so there is nothing to do."))
            return _to_form(obj)
        return redirect(reverse("admin:news_article_transition", args=[obj.pk, name]))

    # --- what each person may do

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or workflow.may_edit(request.user, _desk_of(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        """Articles go to the bin. What no reader saw, an administrator may delete from there."""
        deletable = obj is None or (obj.binned_at and obj.status not in ONCE_PUBLISHED)
        return bool(deletable) and super().has_delete_permission(request, obj)

    # --- addresses of its own

    def get_urls(self):
        def own(route: str, view: Any, name: str) -> Any:
            of_ours = self.admin_site.admin_view(partial(view, article_admin=self))
            return path(f"<int:article_id>/{route}", of_ours, name=f"news_article_{name}")

        report = self.admin_site.admin_view(partial(languages.report_view, article_admin=self))
        return [
            own("<slug:name>/now/", transition_view, "transition"),
            own("versions/compare/", history.compare_view, "compare"),
            own("preview/", preview.frame_view, "preview"),
            own("in/<slug:language>/", languages.begin_view, "begin"),
            own("up-to-date/", languages.up_to_date_view, "up_to_date"),
            path("here/", keeping.here, name="news_article_here"),  # Signed in or not, it answers.
            path("languages/", report, name="news_article_languages"),
            *super().get_urls(),
        ]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None):
        return history.history_view(request, self, object_id)


def _to_form(article: Article) -> HttpResponse:
    return redirect(reverse("admin:news_article_change", args=[article.pk]))


def _desk_of(article: Any) -> versions.Desk:
    known = getattr(article, "desk", None)
    return known or versions.desk(article)


def _restored(request: HttpRequest, article: Article) -> versions.Content | None:
    """The content of the old version that the address asks for."""
    number = request.GET.get("restore", "")
    if not (number.isdecimal() and len(number) < 19):
        return None
    version = article.versions.filter(pk=number).first()
    return version and versions.still_there(version.content, article.category_id)
