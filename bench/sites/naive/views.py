"""One UPDATE and four queries a page."""

from __future__ import annotations

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from bench.sites.naive.models import Article

MENU = [(f"Section {number}", f"/section-{number}/") for number in range(1, 61)]


def article(request: HttpRequest, slug: str) -> HttpResponse:
    Article.objects.filter(slug=slug).update(views=F("views") + 1)
    article = get_object_or_404(Article.objects.select_related("section"), slug=slug)
    others = article.section.articles.exclude(pk=article.pk)
    context = {
        "menu": MENU,
        "article": article,
        "related": others.order_by("-published_at")[:5],
        "last_one": _older(article),
        "next_article": _newer(article),
    }
    return render(request, "naive/article.html", context)


def _older(article: Article) -> Article | None:
    older = Article.objects.filter(published_at__lt=article.published_at)
    return older.order_by("-published_at").first()


def _newer(article: Article) -> Article | None:
    newer = Article.objects.filter(published_at__gt=article.published_at)
    return newer.order_by("published_at").first()
