"""Where an article stands among the others, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Func

if TYPE_CHECKING:
    from .article import Article


def places(article: Article) -> tuple[Func, Func]:
    """A row's and this article's place in the order, each as one row value.

    Spelt with OR, as Django's own tuple look-ups are on SQLite, the comparison is a filter that
    reads every row of the category; as a row value it is where the database starts in the index.
    """
    return _RowValue(F("published_at"), F("id")), _RowValue(article.published_at, article.pk)


class _RowValue(Func):
    function = ""
    output_field = models.Field()
