"""The public pages. Each starts from `Article.objects.public()`; none of them counts."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from news import edition, errors
from news.browsing import shows_article
from news.context import alternates, rendered
from news.markup import body_of
from news.models import Article, ArticleQuerySet, Category, Tag
from news.oldaddresses import moved
from news.pagination import ArticlePaginator, PageOne, page_of, to_page_one
from news.publicpages import public_page
from news.related import related_ids
from news.surroundings import Surroundings, public_article, surroundings

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
@public_page()
def home(request: HttpRequest) -> HttpResponse:
    articles = _articles().newest_first().for_cards()
    featured = articles.filter(pinned_until__gt=edition.moment()).first() or articles.first()
    newest = [a for a in articles[: NEWEST_ON_HOME + 1] if a != featured][:NEWEST_ON_HOME]
    categories = Category.objects.filter(language=translation.get_language())
    context = {
        "featured": featured,
        "newest": newest,
        "sections": _articles().newest_of_each(categories, PER_SECTION),
        "alternates": alternates(lambda: reverse("news:home")),
    }
    return rendered(request, "news/home.html", context)


@require_safe
@public_page("page")
def article_list(request: HttpRequest) -> HttpResponse:
    articles = _articles()
    return _list_page(
        request,
        "news/list.html",
        articles,
        title=_("All news"),
        years=articles.years(),
        alternates=alternates(lambda: reverse("news:list")),
    )


@require_safe
@public_page("page")
def category(request: HttpRequest, slug: str) -> HttpResponse:
    term = get_object_or_404(Category, language=translation.get_language(), slug=slug)
    articles = _articles().filter(category=term)
    return _list_page(request, "news/list.html", articles, title=term.name, category=term)


@require_safe
@public_page("page")
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    term = get_object_or_404(Tag, language=translation.get_language(), slug=slug)
    articles = _articles().filter(tags=term)
    return _list_page(request, "news/list.html", articles, title=term.name, tag=term)


@require_safe
@public_page("page")
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


def _list_page(
    request: HttpRequest, template: str, articles: ArticleQuerySet, **context: object
) -> HttpResponse:
    try:
        page = page_of(request, ArticlePaginator, articles.newest_first())
    except PageOne:
        return to_page_one(request)
    return rendered(request, template, {"page": page, **context})


@require_safe
@public_page()
def article(request: HttpRequest, article_id: int, slug: str = "") -> HttpResponse:
    article = public_article(article_id)
    if article is None:
        return _why_not(request, article_id)
    if request.path != (address := article.get_absolute_url()):
        return moved(address)
    context = article_context(article, address, surroundings(article))
    return shows_article(rendered(request, "news/article.html", context), article)


@require_safe
@public_page()
def related(request: HttpRequest, article_id: int, slug: str) -> HttpResponse:
    article = public_article(article_id)
    if article is None:
        return _why_not(request, article_id)
    if request.path != article.get_related_url():
        return moved(article.get_related_url())
    context = {
        "article": article,
        "related": _related(article, surroundings(article), RELATED_ON_OWN_PAGE),
    }
    return rendered(request, "news/related.html", context)


def _why_not(request: HttpRequest, article_id: int) -> HttpResponse:
    """410 for what readers may have seen once, 404 for what they never could."""
    if Article.objects.gone().filter(pk=article_id).exists():
        return errors.gone(request)
    raise Http404


def article_context(article: Article, address: str, around: Surroundings) -> dict[str, object]:
    versions = {version.language: version.get_absolute_url() for version in around.versions}
    return {
        "article": article,
        "body": body_of(article),
        "teaser": article.teaser,
        "tags": around.tags,
        "related": _related(article, around, RELATED_BESIDE),
        "last_one": around.last_one,
        "next_article": around.next_article,
        "alternates": {article.language: address, **versions},
    }


def _related(article: Article, around: Surroundings, limit: int) -> list[tuple[int, Article]]:
    return Article.objects.lazily(related_ids(article, around.picks, around.tags, limit))


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    searches = alternates(lambda: reverse("news:search")).values()
    closed = [reverse("admin:index"), *searches]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
