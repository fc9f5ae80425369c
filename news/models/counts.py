"""How often each article was read: kept apart from the article, which a view never touches."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


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

    class Meta:
        verbose_name = _("browsing volume")
        verbose_name_plural = _("browsing volumes")
        constraints = [
            models.CheckConstraint(
                condition=Q(total__gte=F("carried_over")), name="total_includes_carried_over"
            )
        ]

    def __str__(self) -> str:
        return str(self.total)


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
