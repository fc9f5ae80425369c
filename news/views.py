"""The public pages. Each starts from `Article.objects.public()`; none of them counts."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from news import errors
from news.browsing import browsing_volume, shows_article
from news.models import Article, ArticleQuerySet, Category, Tag
from news.oldaddresses import moved
from news.pagination import PageOne, page_of
from news.related import related_articles
from news.search import readable, search

NEWEST_ON_HOME = 6
PER_SECTION = 3
RELATED_BESIDE = 4
RELATED_ON_OWN_PAGE = 24


def _articles() -> ArticleQuerySet:
    """What may be shown in the page's language."""
    return Article.objects.public().filter(language=translation.get_language())


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """To the home page in the reader's language, which the language middleware has found out."""
    return redirect("news:home")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    articles = _articles().newest_first().for_cards()
    featured = articles.filter(pinned_until__gt=now).first() or articles.first()
    newest = [a for a in articles[: NEWEST_ON_HOME + 1] if a != featured][:NEWEST_ON_HOME]
    categories = Category.objects.filter(language=translation.get_language())
    context = {
        "featured": featured,
        "newest": newest,
        "sections": _articles().newest_of_each(categories, PER_SECTION),
        "alternates": _alternates(lambda: reverse("news:home")),
    }
    return render(request, "news/home.html", context)


@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    articles = _articles()
    return _list_page(
        request,
        "news/list.html",
        articles,
        title=_("All news"),
        years=articles.years(),
        alternates=_alternates(lambda: reverse("news:list")),
    )


@require_safe
def category(request: HttpRequest, slug: str) -> HttpResponse:
    term = get_object_or_404(Category, language=translation.get_language(), slug=slug)
    articles = _articles().filter(category=term)
    return _list_page(request, "news/list.html", articles, title=term.name, category=term)


@require_safe
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    term = get_object_or_404(Tag, language=translation.get_language(), slug=slug)
    articles = _articles().filter(tags=term)
    return _list_page(request, "news/list.html", articles, title=term.name, tag=term)


@require_safe
def archive(request: HttpRequest, year: int, month: int | None = None) -> HttpResponse:
    """A year or a month of the site's time zone; 404 if nothing was published in it."""
    articles = _articles().within(year, month)
    if not articles.exists():
        raise Http404
    day = datetime(year, month or 1, 1, tzinfo=timezone.get_default_timezone())
    return _list_page(
        request,
        "news/list.html",
        articles,
        title=format_date(day, _("F Y") if month else _("Y")),
        year=year,
        month=month,
        months=_articles().months(year),
        years=_articles().years(),
    )


@require_safe
@never_cache
def search_page(request: HttpRequest) -> HttpResponse:
    query = readable(request.GET.get("q", ""))
    articles = search(translation.get_language() or "", query)
    return _list_page(
        request,
        "news/search.html",
        articles,
        title=_("Search results for “%s”") % query if query else _("Search"),
        query=query,
        alternates=_alternates(lambda: reverse("news:search")),
    )


def _list_page(
    request: HttpRequest, template: str, articles: ArticleQuerySet, **context: object
) -> HttpResponse:
    try:
        page = page_of(request, articles.newest_first())
    except PageOne:
        parameters = request.GET.copy()
        del parameters["page"]
        query = parameters.urlencode()
        return redirect(request.path + (f"?{query}" if query else ""), permanent=True)
    return render(request, template, {"page": page, **context})


@require_safe
def article(request: HttpRequest, article_id: int, slug: str = "") -> HttpResponse:
    article = _public_or_none(article_id)
    if article is None:
        return _why_not(request, article_id)
    if request.path != article.get_absolute_url():
        return moved(article.get_absolute_url())
    return shows_article(render(request, "news/article.html", _article_context(article)), article)


@require_safe
def related(request: HttpRequest, article_id: int, slug: str) -> HttpResponse:
    article = _public_or_none(article_id)
    if article is None:
        return _why_not(request, article_id)
    if request.path != article.get_related_url():
        return moved(article.get_related_url())
    context = {"article": article, "related": related_articles(article, RELATED_ON_OWN_PAGE)}
    return render(request, "news/related.html", context)


@require_safe
@never_cache
@staff_member_required
@permission_required("news.view_article", raise_exception=True)
def preview(request: HttpRequest, article_id: int) -> HttpResponse:
    """An article as readers would see it, whatever its state. Never counted, cached or indexed."""
    article = get_object_or_404(_with_everything(Article.objects.all()), pk=article_id)
    if translation.get_language() != article.language:
        return redirect(article.get_preview_url())
    context = _article_context(article) | {
        "is_preview": True,
        "preview_volume": browsing_volume(article.pk),
    }
    response = render(request, "news/article.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


def _with_everything(articles: ArticleQuerySet) -> ArticleQuerySet:
    return articles.select_related("category", "cover").prefetch_related("tags")


def _public_or_none(article_id: int) -> Article | None:
    return _with_everything(Article.objects.public()).filter(pk=article_id).first()


def _why_not(request: HttpRequest, article_id: int) -> HttpResponse:
    """410 for what readers may have seen once, 404 for what they never could."""
    if Article.objects.gone().filter(pk=article_id).exists():
        return errors.gone(request)
    raise Http404


def _article_context(article: Article) -> dict[str, object]:
    linked = Article.objects.public().only("title", "slug", "language")
    versions = linked.versions_of(article)
    return {
        "article": article,
        "related": related_articles(article, RELATED_BESIDE),
        "last_one": linked.before(article).first(),
        "next_article": linked.after(article).first(),
        "alternates": {a.language: a.get_absolute_url() for a in (article, *versions)},
    }


def _alternates(address) -> dict[str, str]:
    """Language -> the address of this page in it."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found[language] = address()
    return found


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    searches = _alternates(lambda: reverse("news:search")).values()
    closed = [reverse("admin:index"), *searches]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
