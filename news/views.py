"""The public pages. Each starts from `Article.objects.public()`; none of them counts."""

from __future__ import annotations

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.dateformat import format as format_date
from django.utils.dates import MONTHS
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from news import breadcrumbs, errors, metadata, mostread, qrcode, readingtime
from news.archive import years, years_in_full
from news.browsing import shows_article
from news.context import alternates, newest_instead, rendered, term_alternates
from news.downloads import attachments_in, with_files
from news.markup import body_of, has_enlargeable
from news.masthead import masthead
from news.models import Article, ArticleQuerySet, Category, Tag, span
from news.oldaddresses import moved
from news.pagination import ArticlePaginator, PageOne, page_of, to_page_one
from news.publicpages import public_page
from news.related import related_ids
from news.staff import full_name
from news.surroundings import Surroundings, public_article, surroundings

NEWEST_ON_HOME = 3
PER_SECTION = 4
RELATED_BESIDE = 4
RELATED_ON_OWN_PAGE = 24


def _articles() -> ArticleQuerySet:
    """What may be shown in the page's language."""
    return Article.objects.public().filter(language=translation.get_language())


@csrf_exempt
@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """To the home page in the reader's language, which the language middleware has found out."""
    return redirect("news:home")


@require_safe
@public_page()
def home(request: HttpRequest) -> HttpResponse:
    articles = _articles().newest_first().for_cards()
    newest = list(articles[: NEWEST_ON_HOME + 1])
    featured = articles.on_top().first() or next(iter(newest), None)
    newest = [article for article in newest if article != featured][:NEWEST_ON_HOME]
    above = [article.pk for article in (featured, *newest) if article]
    categories = Category.objects.filter(language=translation.get_language())
    context = {
        "featured": featured,
        "newest": newest,
        "most_read": SimpleLazyObject(mostread.of_each_period),
        "sections": _articles().exclude(pk__in=above).newest_of_each(categories, PER_SECTION),
        "alternates": alternates(lambda: reverse("news:home")),
    }
    return rendered(request, "news/home.html", context, metadata.of_home)


@require_safe
@public_page("page")
def article_list(request: HttpRequest) -> HttpResponse:
    return _list_page(
        request,
        _articles(),
        title=_("All news"),
        breadcrumbs=breadcrumbs.home(),
        years=years(),
        alternates=alternates(lambda: reverse("news:list"), Article.objects.public().languages()),
    )


@require_safe
@public_page("page")
def category(request: HttpRequest, slug: str) -> HttpResponse:
    term = get_object_or_404(Category, language=translation.get_language(), slug=slug)
    return _list_page(
        request,
        _articles().filter(category=term),
        title=term.name,
        description=term.description,
        breadcrumbs=breadcrumbs.home(),
        kind=_("Category"),
        category=term,
        alternates=term_alternates(term),
    )


@require_safe
@public_page("page")
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    term = get_object_or_404(Tag, language=translation.get_language(), slug=slug)
    return _list_page(
        request,
        _articles().filter(tags=term),
        title=term.name,
        head_title=_("%s (tag)") % term.name,  # A category may have the same name.
        description=term.description,
        breadcrumbs=breadcrumbs.home(),
        kind=_("Tag"),
        tag=term,
        alternates=term_alternates(term),
    )


@require_safe
@public_page()
def archive(request: HttpRequest) -> HttpResponse:
    """Every month that has articles, and how many."""
    found = years_in_full()
    context = {
        "title": _("Archive"),
        "description": _("All news from %s by year and month.") % masthead().company,
        "archive": found,
        "count": sum(year.articles for year in found),
        "breadcrumbs": breadcrumbs.all_news(),
        "alternates": alternates(lambda: reverse("news:archive")),
    }
    head = metadata.of_page if found else None
    return rendered(request, "news/archive.html", context, head)


@require_safe
@public_page("page")
def archive_of(request: HttpRequest, year: int, month: int | None = None) -> HttpResponse:
    """A year or a month of the site's time zone; 404 if nothing was published in it."""
    months = dict(next((found.months for found in years_in_full(year)), []))
    if not months or (month and not months[month]):
        raise Http404
    title = format_date(span(year, month)[0], _("F Y") if month else _("Y"))
    return _list_page(
        request,
        _articles().within(year, month),
        title=title,
        head_title=_("News archive: %s") % title,
        breadcrumbs=breadcrumbs.archive(year if month else None),
        here=MONTHS[month] if month else title,
        year=year,
        month=month,
        months=months.items(),
        years=years(),
        alternates=_archive_alternates(year, month),
    )


def _archive_alternates(year: int, month: int | None) -> dict[str, str]:
    """A year's or a month's page in the languages that have news of it."""
    address = partial(reverse, "news:archive", args=[year, month] if month else [year])
    return alternates(address, Article.objects.public().within(year, month).languages())


def _list_page(request: HttpRequest, articles: ArticleQuerySet, **context: object) -> HttpResponse:
    try:
        page = page_of(request, ArticlePaginator, articles.newest_first())
    except PageOne:
        return to_page_one(request)
    if not page.object_list:
        context["newest"] = newest_instead()
    # To an empty one search engines are to lead nobody.
    head = metadata.of_page if page.object_list else None
    return rendered(request, "news/list.html", {"page": page, **context}, head)


@require_safe
@public_page()
def article(request: HttpRequest, article_id: int, slug: str = "") -> HttpResponse:
    article = public_article(article_id)
    if article is None:
        return _why_not(request, article_id)
    if request.path != (address := article.get_absolute_url()):
        return moved(address)
    context = article_context(article, address, surroundings(article))
    page = rendered(request, "news/article.html", context, metadata.of_article)
    return shows_article(page, article)


@require_safe
@public_page()
def related(request: HttpRequest, article_id: int, slug: str) -> HttpResponse:
    article = public_article(article_id)
    if article is None:
        return _why_not(request, article_id)
    if request.path != article.get_related_url():
        return moved(article.get_related_url())
    around = surroundings(article)
    versions = [article, *around.versions]
    said = {"title": article.title, "company": masthead().company}
    context = {
        "title": _("Related news: %(title)s") % said,
        "description": _("News from %(company)s related to “%(title)s”.") % said,
        "here": _("Related news"),
        "article": article,
        "related": _related(article, around, RELATED_ON_OWN_PAGE),
        "breadcrumbs": breadcrumbs.beyond_article(article),
        "alternates": {version.language: version.get_related_url() for version in versions},
    }
    head = metadata.of_page if context["related"] else None
    return rendered(request, "news/related.html", context, head)


@require_safe
@public_page()
def qr(request: HttpRequest, article_id: int, slug: str) -> HttpResponse:
    """The article's address for telephones to read, which is how WeChat takes one over."""
    article = public_article(article_id)
    if article is None:
        return _why_not(request, article_id)
    if request.path != article.get_qr_url():
        return moved(article.get_qr_url())
    # Without the slug, as a shorter address makes a code that is easier to read.
    address = reverse("news:article", args=[article.pk])
    code = qrcode.svg(request.build_absolute_uri(address))
    return HttpResponse(code, content_type="image/svg+xml")


def _why_not(request: HttpRequest, article_id: int) -> HttpResponse:
    """410 for what readers may have seen once, 404 for what they never could."""
    if Article.objects.gone().filter(pk=article_id).exists():
        return errors.gone(request)
    raise Http404


def article_context(article: Article, address: str, around: Surroundings) -> dict[str, object]:
    body = body_of(article)
    versions = {version.language: version.get_absolute_url() for version in around.versions}
    downloads = attachments_in(article.body)
    return {
        "article": article,
        "body": with_files(body, downloads),
        "enlarges": has_enlargeable(article, body),
        "downloads": downloads.values(),
        "teaser": article.teaser,
        "tags": around.tags,
        "editor": full_name(article.editor) if article.editor_id else "",
        "reading_minutes": readingtime.minutes(article.body_text),
        "related": _related(article, around, RELATED_BESIDE),
        "most_read": mostread.beside(article),
        "last_one": around.last_one,
        "next_article": around.next_article,
        "alternates": {article.language: address, **versions},
        "breadcrumbs": breadcrumbs.to_article(article),
    }


def _related(article: Article, around: Surroundings, limit: int) -> list[tuple[int, Article]]:
    return Article.objects.lazily(related_ids(article, around.picks, around.tags, limit))


@csrf_exempt
@require_safe
def icon(request: HttpRequest, name: str) -> HttpResponse:
    """For browsers and telephones that look for one at the root, whatever pages say."""
    return moved(static(name))


@csrf_exempt
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    searches = alternates(lambda: reverse("news:search")).values()
    closed = [reverse("admin:index"), *searches]
    maps = [request.build_absolute_uri(reverse(name)) for name in ("sitemap", "news_sitemap")]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), ""]
    lines += [f"Sitemap: {address}" for address in maps]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
