"""What an article's content was, is to become, and who changed its status."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .article import Article
from .image import Image
from .library import LibraryFile
from .status import Status


class Stage(models.TextChoices):
    """How far a version has come on its way to replace the live content of a published article."""

    HISTORY = "", _("Kept")  # It is not on the way: what was saved once.
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    SCHEDULED = "scheduled", _("Scheduled")


WORKED_ON = (Stage.DRAFT, Stage.IN_REVIEW)


class VersionQuerySet(models.QuerySet):
    def worked_on(self) -> VersionQuerySet:
        """Changes of published articles that staff are working on: one an article at most."""
        return self.filter(stage__in=WORKED_ON)

    def scheduled(self) -> VersionQuerySet:
        """Changes that take effect by themselves: one an article at most."""
        return self.filter(stage=Stage.SCHEDULED)

    def pending(self) -> VersionQuerySet:
        """What is to replace live content, sooner or later."""
        return self.exclude(stage=Stage.HISTORY)

    def on_schedule(self) -> VersionQuerySet:
        """Those scheduled whose article is published, and not in the bin."""
        return self.scheduled().filter(
            article__status=Status.PUBLISHED, article__binned_at__isnull=True
        )

    def due(self, now: datetime) -> VersionQuerySet:
        return self.on_schedule().filter(moment__lte=now).order_by("moment", "pk")

    def showing(self, used: LibraryFile) -> VersionQuerySet:
        """Those with it in their text or as their cover."""
        shows = Q(content__body__icontains=used.marked)
        return self.filter(shows | Q(content__cover=used.pk) if isinstance(used, Image) else shows)


class Version(models.Model):
    """The content of an article as it was saved once: see news/versions.py.

    The newest of a draft is what its row says. Of a published article a version may be on its way
    to replace the live content, and has a stage then.
    """

    article = models.ForeignKey(
        Article, models.CASCADE, related_name="versions", verbose_name=_("article")
    )
    content = models.JSONField(_("content"))
    digest = models.CharField(max_length=32)  # Of the content, by which two are known as one.
    stage = models.CharField(
        _("stage"), max_length=10, choices=Stage, default=Stage.HISTORY, blank=True
    )
    moment = models.DateTimeField(_("takes effect at"), null=True, blank=True)
    # Digest of the live content that the change was begun from: another one now means that it
    # changed meanwhile. Empty unless the version is on its way.
    base = models.CharField(max_length=32, blank=True)
    was_live = models.BooleanField(_("published"), default=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("author"),
    )
    comment = models.CharField(_("what was changed"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("saved at"), default=timezone.now)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-pk"]
        default_permissions = ()  # Whoever may see an article may see what it was.
        constraints = [
            models.UniqueConstraint(
                "article", condition=Q(stage__in=WORKED_ON), name="version_worked_on_once"
            ),
            models.UniqueConstraint(
                "article", condition=Q(stage="scheduled"), name="version_scheduled_once"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["", "draft", "in_review"], moment__isnull=True)
                | Q(stage="scheduled", moment__isnull=False),
                name="version_scheduled_has_moment",
            ),
        ]
        indexes = [
            models.Index("moment", condition=Q(stage="scheduled"), name="version_due"),
        ]

    def __str__(self) -> str:
        return self.content["title"]


class StatusChange(models.Model):
    """One line of an article's trail: who changed its status, when, from what, to what, and why."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="trail")
    transition = models.CharField(_("transition"), max_length=20)
    before = models.CharField(_("before"), max_length=20)  # A `State`, or a `Stage` of a change.
    after = models.CharField(_("after"), max_length=20)
    of_change = models.BooleanField(_("of a change to the live article"), default=False)
    moment = models.DateTimeField(_("takes effect at"), null=True)
    comment = models.TextField(_("comment"), max_length=1000, blank=True)
    # Nobody who did something to an article is deleted: a leaver's account is closed. Empty where
    # the clock did it.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("change of status")
        verbose_name_plural = _("changes of status")
        ordering = ["-pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
