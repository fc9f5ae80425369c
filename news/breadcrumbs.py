"""The way to a page: names and addresses of its ancestors, home first, without the page itself."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from news.models import Article
from news.publicpages import part

Trail = list[tuple[str, str]]


def home() -> Trail:
    return [(_("Home"), reverse("news:home"))]


def all_news() -> Trail:
    return [*home(), (_("All news"), reverse("news:list"))]


def archive(year: int | None = None) -> Trail:
    """To what stands in the archive; with a year, to what stands in it."""
    trail = [*all_news(), (_("Archive"), reverse("news:archive"))]
    return [*trail, (str(year), reverse("news:archive", args=[year]))] if year else trail


def to_article(article: Article) -> Trail:
    """The same for all articles of a category, so kept: spelling addresses takes long."""
    category = article.category
    key = ("breadcrumbs", get_language(), category.pk)
    return part(key, lambda: [*home(), (category.name, category.get_absolute_url())])


def beyond_article(article: Article) -> Trail:
    return [*to_article(article), (article.title, article.get_absolute_url())]
