"""The Wagtail site's pages."""

from __future__ import annotations

from django.db import models
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from wagtail.fields import RichTextField
from wagtail.models import Page

MENU = [(f"Section {number}", f"/section-{number}/") for number in range(1, 61)]


class SectionPage(Page):
    template = "peer/section.html"


class ArticlePage(Page):
    body = RichTextField()
    published_at = models.DateTimeField(db_index=True)
    views = models.PositiveBigIntegerField(default=0)

    template = "peer/article.html"

    def serve(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        ArticlePage.objects.filter(pk=self.pk).update(views=F("views") + 1)
        self.views += 1
        return super().serve(request, *args, **kwargs)

    def get_context(self, request: HttpRequest, *args, **kwargs) -> dict:
        articles = ArticlePage.objects.live()
        beside = articles.sibling_of(self, inclusive=False)
        older = articles.filter(published_at__lt=self.published_at)
        newer = articles.filter(published_at__gt=self.published_at)
        return super().get_context(request, *args, **kwargs) | {
            "menu": MENU,
            "section": self.get_parent(),
            "related": beside.order_by("-published_at")[:5],
            "last_one": older.order_by("-published_at").first(),
            "next_article": newer.order_by("published_at").first(),
        }
