"""When readers see an article: its status and its dates, and what follows from them."""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .edition import PublicModel
from .status import State, Status

# Years with four digits that archives have addresses for; what is outside was mistyped.
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
WITHIN_REASON = [MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]


class Scheduled(PublicModel):
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=Status,
        default=Status.DRAFT,
        help_text=_("Readers see what is published, from its date on."),
    )
    published_at = models.DateTimeField(
        _("date"),
        default=timezone.now,
        validators=WITHIN_REASON,
        help_text=_(
            "Shown to readers. A date to come schedules the article; an earlier one back-dates it."
        ),
    )
    expires_at = models.DateTimeField(
        _("take down at"),
        null=True,
        blank=True,
        validators=WITHIN_REASON,
        help_text=_("From this moment on readers are told that the article is gone."),
    )
    pinned_until = models.DateTimeField(
        _("on top of the home page until"),
        null=True,
        blank=True,
        validators=WITHIN_REASON,
        help_text=_("Of several, the newest stands on top. If none does, the newest of all."),
    )
    binned_at = models.DateTimeField(_("put in the bin at"), null=True, editable=False)
    # When its content last changed after readers may have seen it: see `ArticleQuerySet.edited_by`.
    edited_at = models.DateTimeField(_("edited at"), null=True, editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="%(class)s_status_known"
            ),
            models.CheckConstraint(
                condition=Q(published_at__gte=EARLIEST, published_at__lt=LATEST),
                name="%(class)s_date_within_reason",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("published_at")),
                name="%(class)s_expires_after_publication",
                violation_error_message=_("It cannot be taken down before it is published."),
            ),
        ]

    def state_at(self, at: datetime) -> State:
        """The Python twin of `ArticleQuerySet.public()` and `with_state()`."""
        if self.binned_at:
            return State.BINNED
        if not self.is_on_schedule:
            return State(self.status)
        if self.published_at > at:
            return State.SCHEDULED
        return State.EXPIRED if self.expires_at and self.expires_at <= at else State.PUBLIC

    def is_missed(self, at: datetime) -> bool:
        """Whether it was to appear while it lay in the bin."""
        binned = self.binned_at is not None and self.binned_at < self.published_at <= at
        return binned and self.status == Status.PUBLISHED

    @property
    def is_on_schedule(self) -> bool:
        """The Python twin of `ArticleQuerySet.on_schedule()`."""
        return self.status == Status.PUBLISHED and self.binned_at is None

    @property
    def state(self) -> State:
        return self.state_at(timezone.now())

    @property
    def is_public(self) -> bool:
        return self.state == State.PUBLIC

    @property
    def updated_at(self) -> datetime:
        """Since when it has been as readers find it. The date can be later than the last edit."""
        return max(self.edited_at or self.published_at, self.published_at)

    @property
    def was_edited(self) -> bool:
        return self.updated_at > self.published_at
