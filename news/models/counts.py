"""How often each article was read: kept apart from the article, which a view never touches."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F, Q, Sum, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .article import Article
from .queryset import ArticleQuerySet


class BrowsingVolumeQuerySet(models.QuerySet):
    def carry_over(self, article_id: int, number: int) -> int:
        """Replace what an article carried over from the old site; returns what it was before.

        The total moves by the difference, so views that are being counted meanwhile stay counted.
        """
        with transaction.atomic(self.db):
            self.bulk_create([self.model(article_id=article_id)], ignore_conflicts=True)
            row = self.filter(pk=article_id)
            before = row.select_for_update(no_key=True).values_list("carried_over", flat=True).get()
            row.update(carried_over=number, total=F("total") + number - F("carried_over"))
        return before


class BrowsingVolume(models.Model):
    """The number readers see: what the old site carried over, plus the sum of the days.

    Without a database-level key to the article, and without any index over the counters: an index
    over a number that changes at every view ends PostgreSQL's cheap in-page updates.
    """

    article = models.OneToOneField(
        "news.Article",
        models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="browsing_volume",
        verbose_name=_("article"),
    )
    carried_over = models.PositiveBigIntegerField(_("carried over"), default=0)
    total = models.PositiveBigIntegerField(_("total"), default=0)

    objects = BrowsingVolumeQuerySet.as_manager()

    class Meta:
        verbose_name = _("browsing volume")
        verbose_name_plural = _("browsing volumes")
        constraints = [
            models.CheckConstraint(
                condition=Q(total__gte=F("carried_over")), name="total_includes_carried_over"
            )
        ]

    def __str__(self) -> str:
        return str(self.article)


class DailyViews(models.Model):
    """Views of one article on one day of the site's time zone."""

    pk = models.CompositePrimaryKey("article_id", "day")
    article = models.ForeignKey(
        "news.Article",
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,  # The primary key begins with it.
        related_name="daily_views",
        verbose_name=_("article"),
    )
    day = models.DateField(_("day"))
    views = models.PositiveIntegerField(_("views"), default=0)

    class Meta:
        verbose_name = _("views of a day")
        verbose_name_plural = _("views by day")

    def __str__(self) -> str:
        return f"{self.day}: {self.views}"


class Refusal(models.TextChoices):
    """Why a page that shows an article was asked for and not counted."""

    HEAD = "head", _("Only its headers were asked for")
    SPECULATIVE = "speculative", _("Loaded in advance by a browser")
    STAFF = "staff", _("Staff who were signed in")
    PREVIEW = "preview", _("Previews")
    CRAWLER = "crawler", _("Crawlers and other programs")
    AWAY = "database-away", _("Sent while the database was away")


class RefusedViews(models.Model):
    """What was not counted on one day, for one reason.

    With a key of its own, as Django's admin shows no model that has a composite one.
    """

    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=16, choices=Refusal)
    views = models.PositiveBigIntegerField(_("not counted"), default=0)

    class Meta:
        verbose_name = _("views not counted")
        verbose_name_plural = _("views not counted")
        constraints = [
            models.UniqueConstraint("day", "reason", name="refused_views_once_per_day"),
            models.CheckConstraint(
                condition=Q(reason__in=Refusal.values), name="refused_views_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}, {self.get_reason_display()}: {self.views}"


class MostReadQuerySet(models.QuerySet):
    def refresh(self, at: datetime) -> None:
        """Rank anew what is public at a moment, by the views up to that day."""
        rows = [row for days in MostRead.PERIODS for row in self._ranked(at, days)]
        self.all().delete()
        self.bulk_create(rows)

    def articles(self, language: str, days: int) -> ArticleQuerySet:
        """The most read of what is public now, for cards, the most read first."""
        public = Article.objects.using(self.db).public().filter(language=language)
        return public.filter(most_read__days=days).order_by("most_read__place").for_cards()

    def _ranked(self, at: datetime, days: int) -> list[MostRead]:
        today = timezone.localdate(at, timezone.get_default_timezone())
        period = (today - timedelta(days - 1), today)
        order = (F("total").desc(), F("published_at").desc(), F("pk").desc())
        ranked = (
            Article.objects.using(self.db)
            .public(at)
            .filter(daily_views__day__range=period)
            .values("pk", "language", "published_at")
            .annotate(total=Sum("daily_views__views"))
            .annotate(place=Window(RowNumber(), "language", order))
            .filter(place__lte=MostRead.PLACES)
        )
        return [
            MostRead(article_id=row["pk"], days=days, place=row["place"], views=row["total"])
            for row in ranked
        ]


class MostRead(models.Model):
    """The most read articles of each language, as of when the edition last came due."""

    PERIODS = (7, 30)  # Days, today included.
    PLACES = 20

    article = models.ForeignKey(
        "news.Article", models.CASCADE, related_name="most_read", verbose_name=_("article")
    )
    days = models.PositiveSmallIntegerField()
    place = models.PositiveSmallIntegerField()
    views = models.PositiveBigIntegerField(_("views"))

    objects = MostReadQuerySet.as_manager()

    class Meta:
        verbose_name = _("most read article")
        verbose_name_plural = _("most read articles")
        constraints = [
            models.UniqueConstraint("article", "days", name="most_read_once_per_period"),
        ]

    def __str__(self) -> str:
        return f"{self.days}/{self.place}: {self.article}"
