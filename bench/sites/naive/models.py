"""The naive site's tables."""

from __future__ import annotations

from django.db import models


class Section(models.Model):
    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)

    def __str__(self) -> str:
        return self.name


class Article(models.Model):
    title = models.CharField(max_length=250)
    slug = models.SlugField(max_length=80, unique=True)
    body = models.TextField()
    section = models.ForeignKey(Section, models.PROTECT, related_name="articles")
    published_at = models.DateTimeField(db_index=True)
    views = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["section", "-published_at"], name="section_newest")]

    def __str__(self) -> str:
        return self.title
