"""The ways in which code writes an article."""

from __future__ import annotations

from typing import Any

import pytest

from news.models import Article


def save(article: Article, **values: Any) -> None:
    for name, value in values.items():
        setattr(article, name, value)
    article.save()


def save_these(article: Article, **values: Any) -> None:
    for name, value in values.items():
        setattr(article, name, value)
    article.save(update_fields=list(values))


def update(article: Article, **values: Any) -> None:
    Article.objects.filter(pk=article.pk).update(**values)


def bulk_update(article: Article, **values: Any) -> None:
    for name, value in values.items():
        setattr(article, name, value)
    Article.objects.bulk_update([article], list(values))


every_way = pytest.mark.parametrize("write", [save, save_these, update, bulk_update])
