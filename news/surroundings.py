"""What an article's page is made of: the article, and in one more query what surrounds it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import BigIntegerField, DateTimeField, F, QuerySet, Value
from django.db.models.expressions import Combinable

from news import edition
from news.models import Article, Category, Image, RelatedPick, Tag
from news.models.prepared import Prepared, Slot, Slots

AT: Any = Slot("at", DateTimeField())
NONE = Value(0)
COVER = ("id", "title", "file", "width", "height", "renditions", "caption")
CATEGORY = ("id", "language", "name", "slug")
EDITOR = ("first_name", "last_name")


def public_article(article_id: int) -> Article | None:
    """The article with its category, cover and editor in charge, if everybody may see it."""
    if article_id > BigIntegerField.MAX_BIGINT:
        return None
    for article in _ARTICLE.instances(Article, at=edition.moment(), pk=article_id):
        article.category = Category(**_annotated(article, "category", CATEGORY))
        if article.cover_id:
            cover = _annotated(article, "cover", COVER)
            # What is annotated to raw rows comes as the database wrote it.
            article.cover = Image(**cover | {"renditions": json.loads(cover["renditions"])})
        if article.editor_id:
            names = _annotated(article, "editor", EDITOR)
            article.editor = get_user_model()(pk=article.editor_id, **names)
        return article
    return None


def _annotated(article: Article, of: str, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(article, f"of_{of}_{name}") for name in names}


def _spell_article() -> QuerySet:
    slots: Any = Slots(Article)
    return (
        Article.objects.public(AT)
        .filter(pk=slots.pk)
        .annotate(**{f"of_category_{name}": F(f"category__{name}") for name in CATEGORY})
        .annotate(**{f"of_cover_{name}": F(f"cover__{name}") for name in COVER})
        .annotate(**{f"of_editor_{name}": F(f"editor__{name}") for name in EDITOR})
    )


_ARTICLE = Prepared(_spell_article)


class Surroundings(NamedTuple):
    tags: list[Tag]
    last_one: Article | None
    next_article: Article | None
    versions: list[Article]
    picks: list[int]


def surroundings(article: Article) -> Surroundings:
    """All of it in one query; of the articles only what a link needs."""
    found: dict[str, list] = {kind: [] for kind in ("tag", "last", "next", "version", "pick")}
    for kind, _position, _pick, *values in _LINKS.rows(
        at=edition.moment(),
        pk=article.pk,
        language=article.language,
        category_id=article.category_id,
        published_at=article.published_at,
        translation_key=article.translation_key,
    ):
        # In the order of the models' fields, which `from_db` relies on.
        model, text = (Tag, "name") if kind == "tag" else (Article, "title")
        found[kind].append(model.from_db("default", ("id", "language", text, "slug"), values))
    return Surroundings(
        found["tag"],
        next(iter(found["last"]), None),
        next(iter(found["next"]), None),
        found["version"],
        [pick.pk for pick in found["pick"]],
    )


def _spell() -> QuerySet:
    article: Any = Slots(Article)
    public = Article.objects.public(AT)
    # Said twice: SQLite would rather go through all articles and ask each whether it was picked.
    picked = RelatedPick.objects.filter(article=article.pk).values("related")
    picks = public.filter(language=article.language, picked_in__article=article.pk, pk__in=picked)
    parts = [
        _links("tag", "name", Tag.objects.filter(articles=article.pk)),
        _links("last", "title", public.before(article).first_ones(1)),
        _links("next", "title", public.after(article).first_ones(1)),
        _links("version", "title", public.counterparts_of(article)),
        _links("pick", "title", picks, F("picked_in__position"), F("picked_in__id")),
    ]
    # Tags as their model orders them. Of the rest there is one, or one of each language.
    order = ("kind", "position", "pick", "language", "text")
    return parts[0].union(*parts[1:], all=True).order_by(*order)


def _links(
    kind: str,
    text: str,
    rows: QuerySet,
    position: Combinable = NONE,
    pick: Combinable = NONE,
) -> QuerySet:
    return (
        rows.order_by()
        .annotate(kind=Value(kind), position=position, pick=pick, text=F(text))
        .values_list("kind", "position", "pick", "pk", "language", "text", "slug")
    )


_LINKS = Prepared(_spell)
