"""What staff decide about an article, and what follows from it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    """What staff decided. What follows from it and from the clock is `State`."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# Readers have seen such articles once their date has come; they are never deleted.
ONCE_PUBLISHED = (Status.PUBLISHED, Status.WITHDRAWN)


class State(models.TextChoices):
    """What an article is at a moment: derived from its row, never stored."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    SCHEDULED = "scheduled", _("Scheduled")
    PUBLIC = "public", _("Public")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    BINNED = "binned", _("In the bin")


class Lack(models.TextChoices):
    """How a language can lack what the public may see in another."""

    MISSING = "missing", pgettext_lazy("version in a language", "Missing")
    WAITING = "waiting", pgettext_lazy("version in a language", "Not public")
    OLDER = "older", pgettext_lazy("version in a language", "Older")
