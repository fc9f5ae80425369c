"""The one rule for what the public may see, and the orders it sees it in."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, Exists, F, Q, Value, When
from django.db.models.functions import Cast, Substr, TruncMonth
from django.db.models.lookups import GreaterThan, LessThan
from django.dispatch import Signal
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from news import edition, sanitize

from .claim import claim
from .counterparts import CounterpartQuerySet
from .edition import Edition
from .image import Image
from .places import places
from .status import ONCE_PUBLISHED, State, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .article import Article
    from .library import LibraryFile
    from .taxonomy import Category

# Sent when articles changed past `save()`, with `ids`, the `names` of the fields, and `using`.
articles_changed = Signal()
SEARCHED = {"language", "title", "summary", "body_text", "category", "status", "published_at"} | {
    "expires_at",
    "binned_at",
}

NEVER_DELETED = "An article that was published is never deleted; put it in the bin."


class ArticleQuerySet(CounterpartQuerySet):
    """Articles by what the public may see, and in the order it sees them."""

    def public(self, at: datetime | None = None) -> ArticleQuerySet:
        """What every visitor may see at a moment (now, unless given)."""
        at = at or edition.moment()
        return self.on_schedule().filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=at), published_at__lte=at
        )

    def on_schedule(self) -> ArticleQuerySet:
        """What is, was or will be public by its dates alone."""
        return self.filter(status=Status.PUBLISHED, binned_at__isnull=True)

    def gone(self, at: datetime | None = None) -> ArticleQuerySet:
        """What was public once and is no longer: withdrawn, expired or in the bin."""
        at = at or edition.moment()
        over = Q(status=Status.WITHDRAWN) | Q(binned_at__isnull=False) | Q(expires_at__lte=at)
        return self.seen(at).filter(over)

    def seen(self, at: datetime) -> ArticleQuerySet:
        """What readers may have seen, whether or not they still can."""
        once_public = self.filter(status__in=ONCE_PUBLISHED, published_at__lte=at)
        return once_public.exclude(binned_at__lt=F("published_at"))  # Nobody ever saw those.

    def edited_by(self, values: dict[str, Any]) -> ArticleQuerySet:
        """Those that readers may have seen, and would find changed if `values` were written.

        The least change counts, minutes after publishing too: whoever read it before read something
        else. Writing what is there already is none. Only a cover that a `bulk_update` takes away is
        not seen: SQL knows no answer to whether an expression that is empty is the same.
        """
        return self.seen(timezone.now()).read_otherwise(values)

    def with_state(self, at: datetime | None = None) -> ArticleQuerySet:
        """Each row with its `State` as `state_now`, for filters and ordering in the database."""
        at = at or edition.moment()
        return self.annotate(
            state_now=Case(
                When(binned_at__isnull=False, then=Value(State.BINNED)),
                When(~Q(status=Status.PUBLISHED), then=F("status")),
                When(published_at__gt=at, then=Value(State.SCHEDULED)),
                When(expires_at__lte=at, then=Value(State.EXPIRED)),
                default=Value(State.PUBLIC),
                output_field=models.CharField(),
            )
        )

    def on_top(self, at: datetime | None = None) -> ArticleQuerySet:
        """Those that are pinned to the home page."""
        pinned = self.model.objects.filter(pinned_until__gt=at or edition.moment())
        # Asked for first: SQLite would rather go through all articles and look whether each is.
        return self.filter(pk__in=list(pinned.values_list("pk", flat=True)))

    def newest_first(self) -> ArticleQuerySet:
        return self.order_by("-published_at", "-pk")

    def for_cards(self) -> ArticleQuerySet:
        """What a card in a list shows: no body, only how it begins."""
        return (
            self.select_related("category", "cover")
            .defer("body", "body_text", "category__description")
            .annotate(beginning=Substr("body_text", 1, 200))
        )

    def newest_of_each(
        self, categories: Iterable[Category], limit: int
    ) -> list[tuple[Category, list[Article]]]:
        """The newest `limit` articles of each category that has any: two queries in all."""
        categories = list(categories)
        ids = [pk for _, pk in self.newest_places([{"category": c} for c in categories], limit)]
        articles = list(self.filter(pk__in=ids).newest_first().for_cards())
        by_category = (
            (category, [a for a in articles if a.category_id == category.pk])
            for category in categories
        )
        return [(category, found) for category, found in by_category if found]

    def newest_places(
        self, choices: Iterable[dict[str, Any]], limit: int
    ) -> list[tuple[datetime, int]]:
        """Date and id of the newest `limit` articles of each choice, in one query.

        An article of several choices is there as often.
        """
        parts = [
            self.filter(**choice).newest_first().first_ones(limit).values_list("published_at", "pk")
            for choice in choices
        ]
        return list(parts[0].union(*parts[1:], all=True)) if parts else []

    def first_ones(self, limit: int) -> ArticleQuerySet:
        """These as far as a limit, to be part of a union: SQLite takes no limit there itself."""
        return self.model.objects.filter(pk__in=self.values("pk")[:limit]).order_by()

    def lazily(self, ids: Iterable[int]) -> list[tuple[int, Article]]:
        """Ids with their articles for cards, all read when the first of them is looked into.

        Cards are kept per edition by id: a page whose cards are all there reads no article.
        """
        ids = list(ids)
        articles = SimpleLazyObject(lambda: self.for_cards().in_bulk(ids))
        return [(pk, SimpleLazyObject(lambda pk=pk: articles[pk])) for pk in ids]

    def within(self, year: int, month: int | None = None) -> ArticleQuerySet:
        """Published in a year, or a month, of the site's time zone."""
        start, end = span(year, month)
        return self.filter(published_at__gte=start, published_at__lt=end)

    def years(self) -> list[int]:
        """The years with something in them, newest first: look-ups in the index, never a scan."""
        zone = timezone.get_default_timezone()
        moments = self.order_by().values_list("published_at", flat=True)
        ends = moments.order_by("-published_at")[:1], moments.order_by("published_at")[:1]
        newest, oldest = ([m.astimezone(zone).year for m in end] for end in ends)
        if not newest:
            return []
        years = range(newest[0], oldest[0] - 1, -1)
        # One question for each year, all asked at once of the table that always has one row.
        has_news = Edition.objects.values_list(*(Exists(self.within(year)) for year in years)).get()
        return [year for year, has_any in zip(years, has_news, strict=True) if has_any]

    def by_month(self) -> list[tuple[int, int, int]]:
        """Year, month and number of articles of each month that has any, newest first."""
        month = TruncMonth("published_at", tzinfo=timezone.get_default_timezone())
        months = self.order_by().annotate(month=month).values_list("month")
        counted = months.annotate(Count("pk")).order_by("-month")
        return [(moment.year, moment.month, number) for moment, number in counted]

    def languages(self) -> list[str]:
        """The site's languages that any of these are in: a look-up in the index for each."""
        codes = [code for code, _name in settings.LANGUAGES]
        has_any = Edition.objects.values_list(*(Exists(self.filter(language=c)) for c in codes))
        return [code for code, found in zip(codes, has_any.get(), strict=True) if found]

    def before(self, article: Article) -> ArticleQuerySet:
        """Older articles of the same language and category, nearest first."""
        return self._beside(article).filter(LessThan(*places(article))).newest_first()

    def after(self, article: Article) -> ArticleQuerySet:
        """Newer articles of the same language and category, nearest first."""
        beyond = self._beside(article).filter(GreaterThan(*places(article)))
        return beyond.order_by("published_at", "pk")

    def showing(self, used: LibraryFile) -> ArticleQuerySet:
        """Whose text it stands in, or whose cover it is."""
        shows = Q(pk__in=used.uses.values("article"))
        return self.filter(shows | Q(cover=used) if isinstance(used, Image) else shows)

    def _beside(self, article: Article) -> ArticleQuerySet:
        return self.filter(language=article.language, category=article.category_id)

    def update(self, **values):
        body = values.get("body")
        if body is not None and not isinstance(body, str | Case | Cast):
            # The last two are `bulk_update`'s, which has cleaned what is in them.
            raise TypeError("The text of articles is updated with a string, so that it is cleaned.")
        with edition.change(self.db, lambda: self.concerns_public(values)):
            changed = list(self.order_by().values_list("pk", flat=True))
            claimed = None
            if isinstance(body, str):
                clean = sanitize.clean(body)
                claimed = claim(clean.html, self.db)
                values |= {"body": claimed.html, "body_text": clean.text}
            self.order_by().mark_behind(values)
            models.QuerySet.update(self.order_by().edited_by(values), edited_at=timezone.now())
            updated = super().update(**values)
            for pk in changed if claimed else ():
                claimed.keep(pk, self.db)
            articles_changed.send(self.model, ids=changed, names=set(values), using=self.db)
            return updated

    def bulk_create(self, objs, *args, **kwargs):
        if kwargs.get("ignore_conflicts"):  # Nobody would say which were written.
            raise TypeError("Articles that may be left out cannot be searched: leave none out.")
        objs = list(objs)
        for article in objs:
            article.prepare()
        with edition.change(self.db), self._uses_kept(objs):
            created = super().bulk_create(objs, *args, **kwargs)
            ids = [article.pk for article in created]
            articles_changed.send(self.model, ids=ids, names=SEARCHED, using=self.db)
            return created

    def bulk_update(self, objs, fields, *args, **kwargs):
        objs = list(objs)
        if "body" not in fields:
            return super().bulk_update(objs, fields, *args, **kwargs)
        for article in objs:
            article.prepare()
        with edition.change(self.db), self._uses_kept(objs):
            return super().bulk_update(objs, {*fields, "body_text"}, *args, **kwargs)

    @contextmanager
    def _uses_kept(self, articles: list[Article]) -> Iterator[None]:
        claims = [claim(article.body, self.db) for article in articles]
        for article, claimed in zip(articles, claims, strict=True):
            article.body = claimed.html
        yield
        for article, claimed in zip(articles, claims, strict=True):
            claimed.keep(article.pk, self.db)

    def delete(self):
        if once_public := self.filter(status__in=ONCE_PUBLISHED).first():
            raise models.ProtectedError(NEVER_DELETED, {once_public})
        return super().delete()

    delete.queryset_only = True  # As in the base: a method that is replaced loses its marks.

    def concerns_public(self, values: dict) -> bool:
        # What an expression makes of a status is known only afterwards.
        becomes = values.get("status", Status.DRAFT)
        return (
            becomes == Status.PUBLISHED
            or not isinstance(becomes, str)
            or self.filter(status=Status.PUBLISHED).exists()
        )


def span(year: int, month: int | None = None) -> tuple[datetime, datetime]:
    """Where a year, or a month, of the site's time zone begins, and where the next one does."""
    zone = timezone.get_default_timezone()
    following = (year, month + 1) if month and month < 12 else (year + 1, 1)
    return datetime(year, month or 1, 1, tzinfo=zone), datetime(*following, 1, tzinfo=zone)


def searched(names: Iterable[str]) -> set[str]:
    """Which of these fields search knows anything of."""
    return {"body", *SEARCHED}.intersection(name.removesuffix("_id") for name in names)
