"""What the newsroom knows of its staff, and whom it lets look at what is not public yet."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .article import Article
from .language import LanguageField


class Profile(models.Model):
    """What Django's account does not say of a member of staff."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="profile"
    )
    # Of the admin as they last saw it; e-mails are written in it.
    language = LanguageField()

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user)


class PreviewLinkQuerySet(models.QuerySet):
    def open(self, at: datetime | None = None) -> PreviewLinkQuerySet:
        """Those that lead somewhere: neither over nor taken back."""
        return self.filter(revoked_at=None, expires_at__gt=at or timezone.now())


class PreviewLink(models.Model):
    """Lets somebody without an account see an article that is not public, for some days."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="preview_links")
    recipient = models.CharField(
        _("for whom"),
        max_length=120,
        help_text=_("A name that tells you later who has this link."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    expires_at = models.DateTimeField(_("works until"))
    revoked_at = models.DateTimeField(_("taken back at"), null=True)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="preview_link_lasts"
            )
        ]

    def __str__(self) -> str:
        return self.recipient
