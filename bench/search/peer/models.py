"""The peer's articles: a model that is indexed, with the title above summary and text."""

from __future__ import annotations

from django.db import models
from wagtail.search import index


class Article(index.Indexed, models.Model):
    key = models.CharField(max_length=100)
    language = models.CharField(max_length=10)
    title = models.CharField(max_length=250)
    summary = models.TextField()
    body = models.TextField()
    published_at = models.DateTimeField()

    search_fields = (
        index.SearchField("title", boost=10),
        index.SearchField("summary", boost=3),
        index.SearchField("body"),
        index.FilterField("language"),
    )

    class Meta:
        app_label = "peer"

    def __str__(self) -> str:
        return self.title
