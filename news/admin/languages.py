"""Counterparts of an article in other languages: beginning one, and the report of those missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from news import edition, languages, versions, workflow
from news.models import Article, Category, Lack, Page

if TYPE_CHECKING:
    from .article import ArticleAdmin

PER_PAGE = 50


class BeginForm(forms.Form):
    category = forms.ModelChoiceField(
        Category.objects.none(),
        label=gettext_lazy("Category"),
        help_text=gettext_lazy("The menu leads to it. Choose one of the new version's language."),
        widget=AutocompleteSelect(Article._meta.get_field("category"), admin.site),
    )

    def __init__(self, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories = Category.objects.filter(language=language)
        self.fields["category"].queryset = categories


# --- beginning one


def begin_view(
    request: HttpRequest, article_admin: ArticleAdmin, article_id: int, language: str
) -> HttpResponse:
    """Makes the draft, and asks first for its category if nothing tells which one it is."""
    article = get_object_or_404(Article.objects.select_related("category"), pk=article_id)
    if not article_admin.has_add_permission(request):
        raise PermissionDenied
    if not article_admin.has_view_permission(request, article):
        raise PermissionDenied
    if language not in dict(settings.LANGUAGES):
        raise Http404
    if language not in dict(languages.languages_without(article)):
        return _refused(request, article, languages.already())
    form = _filled_in(request, article, language)
    if form.is_valid():
        return _begin(request, article_admin, article, language, form.cleaned_data["category"])
    context = {
        **article_admin.admin_site.each_context(request),
        "title": _("Create the %(language)s version") % {"language": _name(language)},
        "article": article,
        "desk": versions.desk(article),
        "form": form,
        "opts": article_admin.opts,
    }
    return TemplateResponse(request, "admin/news/article/begin.html", context)


def _filled_in(request: HttpRequest, article: Article, language: str) -> BeginForm:
    """Whoever sent the button alone has chosen nothing, and need not if the category is known."""
    if "category" in request.POST:
        return BeginForm(language, request.POST)
    category = languages.category_in(language, article.category)
    if request.method == "POST" and category:
        return BeginForm(language, {"category": category.pk})
    return BeginForm(language, initial={"category": category})


def _begin(
    request: HttpRequest,
    article_admin: ArticleAdmin,
    article: Article,
    language: str,
    category: Category,
) -> HttpResponse:
    """The draft and its entry in Django's own log: both, or neither."""
    try:
        with transaction.atomic():
            draft = languages.begin(article.pk, language, category, request.user)
            article_admin.log_addition(request, draft, [{"added": {}}])
    except ValidationError as error:
        return _refused(request, article, " ".join(error.messages))
    text = _("This is the %(language)s version of “%(title)s”. Translate what it begins with.")
    messages.success(request, text % {"language": _name(language), "title": article.title})
    return redirect("admin:news_article_change", draft.pk)


def _refused(request: HttpRequest, article: Article, why: str) -> HttpResponse:
    messages.warning(request, why)
    return redirect("admin:news_article_change", article.pk)


def _name(language: str) -> str:
    return str(dict(settings.LANGUAGES)[language])


def counterparts_context(
    request: HttpRequest, article_admin: ArticleAdmin, article: Article
) -> dict[str, Any]:
    """What an article's form says of its counterparts in other languages."""
    may_begin = article_admin.has_add_permission(request) and not article.binned_at
    counterparts = Article.objects.counterparts_of(article).defer("body", "body_text")
    return {
        "counterparts": counterparts.order_by("language"),
        "may_compare": may_compare(request, article_admin, article),
        "languages_without": languages.languages_without(article) if may_begin else [],
    }


# --- which are behind


def may_compare(request: HttpRequest, article_admin: ArticleAdmin, article: Article) -> bool:
    """Whether this person may say that a version is up to date: an editor, who compared them."""
    may_publish = workflow.may_publish(request.user)
    return may_publish and article_admin.has_change_permission(request, article)


@require_POST
def up_to_date_view(
    request: HttpRequest, article_admin: ArticleAdmin, article_id: int
) -> HttpResponse:
    """Somebody says that a version which counts as older says all that the other one does."""
    article = get_object_or_404(Article, pk=article_id)
    if not may_compare(request, article_admin, article):
        raise PermissionDenied
    languages.is_up_to_date(article, request.user)
    text = _("“%(title)s” counts as up to date until another version is edited.")
    messages.success(request, text % {"title": article.title})
    if "in_report" in request.POST:
        return redirect(f"{reverse('admin:news_article_languages')}?language={article.language}")
    return redirect("admin:news_article_change", article_id)


def report_view(request: HttpRequest, article_admin: ArticleAdmin) -> HttpResponse:
    """What is public in one language and missing, not public or older in another."""
    if not article_admin.has_view_permission(request):
        raise PermissionDenied
    edition.current()  # What is due has taken effect.
    language, lack = _asked(request)
    lacking = Article.objects.lacking(language)
    listed = lacking.for_the_lack(lack, language) if lack else lacking
    listed = listed.newest_first().defer("body", "body_text")
    page = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **article_admin.admin_site.each_context(request),
        "title": _("Missing and older versions"),
        "opts": article_admin.opts,
        "languages": languages.lacks(),
        "language": language,
        "language_name": _name(language),
        "kinds": Lack.choices,
        "lack": lack,
        "page": page,
        "query": urlencode({"language": language} | ({"kind": lack} if lack else {})) + "&",
        "pages": page.paginator.get_elided_page_range(page.number),
        "lines": languages.lines(page, language),
        "plain_pages": _plain_pages(request, language, lack),
        "may_begin": article_admin.has_add_permission(request),
        "may_publish": workflow.may_publish(request.user),
    }
    return TemplateResponse(request, "admin/news/article/languages.html", context)


def _plain_pages(request: HttpRequest, language: str, lack: Lack | None) -> Any:
    """Those that are missing, for whoever can make them; of pages nobody knows which is older."""
    if not request.user.has_perm("news.add_page") or lack not in (None, Lack.MISSING):
        return Page.objects.none()
    return Page.objects.public().without(language).defer("body", "body_text")


def _asked(request: HttpRequest) -> tuple[str, Lack | None]:
    """The language that lacks them, at first the reader's own; and the kind, or all."""
    known = dict(settings.LANGUAGES)
    language, kind = request.GET.get("language", ""), request.GET.get("kind", "")
    own = get_language() or ""
    language = next(code for code in (language, own, *known) if code in known)
    return language, Lack(kind) if kind in Lack.values else None
