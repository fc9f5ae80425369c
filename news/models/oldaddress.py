"""Addresses of the old site, so that no link to it dies."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class OldAddress(models.Model):
    """An address that once worked, and the article or the address that answers for it now."""

    path = models.CharField(
        _("old address"),
        max_length=500,
        unique=True,
        help_text=_("From the first slash on, such as /en/s/3224-8945-40486.html"),
    )
    article = models.ForeignKey(
        "news.Article",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="old_addresses",
        verbose_name=_("article"),
    )
    target = models.CharField(
        _("or another address"),
        max_length=500,
        blank=True,
        help_text=_("Where readers are sent if it was not an article."),
    )

    class Meta:
        verbose_name = _("old address")
        verbose_name_plural = _("old addresses")
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                condition=Q(path__startswith="/"),
                name="old_address_starts_with_slash",
                violation_error_message=_("An old address begins with a slash."),
            ),
            models.CheckConstraint(
                condition=Q(article__isnull=False, target="")
                | (Q(article__isnull=True) & ~Q(target="")),
                name="old_address_has_one_answer",
                violation_error_message=_("Name either an article or another address."),
            ),
            models.CheckConstraint(
                condition=~Q(path=F("target")),
                name="old_address_leads_elsewhere",
                violation_error_message=_("An old address cannot lead to itself."),
            ),
            models.CheckConstraint(
                condition=Q(target="")
                | Q(target__startswith="/")
                | Q(target__startswith="http://")
                | Q(target__startswith="https://"),
                name="old_address_target_is_an_address",
                violation_error_message=_(
                    "The other address begins with a slash, or with http:// or https://."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.path
