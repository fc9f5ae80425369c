"""An article in several languages: a version begun in another one, and which of them is behind."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from news import edition, versions
from news.models import Article, Category, Lack, Tag
from news.versions import Content

logger = logging.getLogger(__name__)


def languages_without(article: Article) -> list[tuple[str, str]]:
    """Code and name of each language that it has no version in, not even in the bin."""
    counterparts = Article.objects.counterparts_of(article)
    taken = {article.language, *counterparts.values_list("language", flat=True)}
    return [(code, str(name)) for code, name in settings.LANGUAGES if code not in taken]


def already() -> str:
    return _("There is a version in this language already.")


def category_in(language: str, category: Category) -> Category | None:
    """The same category in a language: its pair, or what its articles' versions most often have."""
    pair = Category.objects.paired_with(category).filter(language=language).first()
    if pair:
        return pair
    keys = category.articles.values("translation_key")
    used = Category.objects.filter(language=language, articles__translation_key__in=keys)
    return used.annotate(often=Count("articles")).order_by("-often", "pk").first()


def begin(article_id: int, language: str, category: Category, by: Any) -> Article:
    """A draft of the article in another language, with what readers see of it as its beginning.

    Raises `Article.DoesNotExist`, and `ValidationError` in the words that staff are told.
    """
    # Whoever else is beginning one waits here, and is told.
    with edition.change(concerns_public=lambda: False):
        original = Article.objects.get(pk=article_id)
        if original.binned_at:
            raise ValidationError(_("It lies in the bin. Take it out first."))
        if language not in dict(languages_without(original)):
            raise ValidationError(already())
        draft = Article(language=language, translation_key=original.translation_key)
        comment = _("Begun from the %(language)s version, number %(number)d.")
        comment %= {"language": original.get_language_display(), "number": original.pk}
        versions.save(draft, _content(original, language, category, by), by, comment)
    logger.info("article %d: begun from %d by account %d", draft.pk, original.pk, by.pk)
    return draft


def _content(original: Article, language: str, category: Category, by: Any) -> Content:
    content = versions.live_content(original)
    return content | {
        "category": category.pk,
        "editor": content["editor"] or by.pk,
        "tags": _tags_in(language, content["tags"]),
        "related": _articles_in(language, content["related"]),
    }


def _tags_in(language: str, tags: list[int]) -> list[int]:
    """Those that have a pair in the language; the others are left out."""
    keys = Tag.objects.filter(pk__in=tags).exclude(translation_key=None).values("translation_key")
    pairs = Tag.objects.filter(language=language, translation_key__in=keys)
    return list(pairs.order_by("pk").values_list("pk", flat=True))


def _articles_in(language: str, articles: list[int]) -> list[int]:
    """Their versions in the language, in the order of the originals."""
    keys = dict(Article.objects.filter(pk__in=articles).values_list("pk", "translation_key"))
    there = Article.objects.filter(
        language=language, translation_key__in=keys.values(), binned_at=None
    )
    by_key = dict(there.values_list("translation_key", "pk"))
    return [by_key[keys[pk]] for pk in articles if keys.get(pk) in by_key]


# --- what a language lacks


@dataclass(frozen=True)
class Line:
    """An article that the public may see, and its counterpart in a language that lacks it."""

    article: Article
    counterpart: Article | None

    @property
    def lack(self) -> Lack:
        if self.counterpart is None:
            return Lack.MISSING
        return Lack.OLDER if self.counterpart.is_public else Lack.WAITING


def lines(articles: Iterable[Article], language: str) -> list[Line]:
    """Of articles that are `lacking()`, with one query for all counterparts."""
    articles = list(articles)
    keys = [article.translation_key for article in articles]
    found = Article.objects.filter(translation_key__in=keys, language=language)
    by_key = {each.translation_key: each for each in found.defer("body", "body_text")}
    return [Line(article, by_key.get(article.translation_key)) for article in articles]


def lacks() -> list[tuple[str, str, int]]:
    """Code and name of each language, and how many articles it lacks."""
    return [
        (code, str(name), Article.objects.lacking(code).count())
        for code, name in settings.LANGUAGES
    ]


def is_up_to_date(article: Article, by: Any) -> None:
    """Somebody has compared it with its counterparts: nothing of theirs is missing."""
    # Past `ArticleQuerySet`: no reader sees the mark, so no edition ends with it.
    QuerySet(Article).filter(pk=article.pk).update(behind_since=None)
    logger.info("article %d: said to be up to date by account %d", article.pk, by.pk)
