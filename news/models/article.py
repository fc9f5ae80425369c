"""The article."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from news import edition, sanitize

from .claim import claim
from .counterparts import FOLLOWED
from .language import LanguageField
from .queryset import NEVER_DELETED, ArticleQuerySet
from .schedule import Scheduled
from .slugs import slug_for
from .status import ONCE_PUBLISHED, Status


@lru_cache(maxsize=64)
def _spelt(name: str, language: str) -> str:
    """The address of an article 0: to `reverse` each one's took a twentieth of a page's time."""
    with override(language):
        return reverse(name, args=[0, "-"])


class Article(Scheduled):
    """A piece of news. Its row is the live content; counts live in `BrowsingVolume`."""

    language = LanguageField()
    title = models.CharField(
        _("title"), max_length=250, help_text=_("As readers see it, in lists and above the text.")
    )
    slug = models.SlugField(
        _("address"),
        max_length=80,
        blank=True,
        db_index=False,  # Articles are found by id; the slug is for readers.
        help_text=_(
            "Part of the page's address. Leave it empty to have it made from the title. "
            "Old links keep working when you change it."
        ),
    )
    summary = models.TextField(
        _("summary"),
        max_length=400,
        blank=True,
        help_text=_(
            "One or two sentences for lists, search results and shared links. "
            "If empty, the beginning of the text stands in."
        ),
    )
    body = models.TextField(_("text"), blank=True)
    body_text = models.TextField(_("text"), editable=False, blank=True)
    cover = models.ForeignKey(
        "news.Image",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cover_of",
        verbose_name=_("cover picture"),
        help_text=_("Stands above the text, and beside the title in lists. From the library."),
    )
    cover_alt = models.CharField(
        _("alternative text of the cover"),
        max_length=300,
        blank=True,
        help_text=_(
            "What the cover shows, for readers who cannot see it. If empty, the library's text "
            "is taken over. An article is not published without it."
        ),
    )
    category = models.ForeignKey(
        "news.Category",
        models.PROTECT,
        related_name="articles",
        verbose_name=_("category"),
        help_text=_("The menu leads to it. Choose one of the article's language."),
    )
    tags = models.ManyToManyField(
        "news.Tag",
        blank=True,
        related_name="articles",
        verbose_name=_("tags"),
        help_text=_("What it is about. Articles that share tags are offered as related news."),
    )
    source = models.CharField(
        _("source"),
        max_length=120,
        blank=True,
        help_text=_("Who wrote it, if not we: a newspaper, a ministry, a client."),
    )
    source_url = models.URLField(
        _("link to the source"),
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["http", "https"])],
    )
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        limit_choices_to={"is_staff": True, "is_active": True},
        related_name="articles_in_charge",
        verbose_name=_("editor in charge"),
        help_text=_("Who answers for this article. Readers see the name, never the account."),
    )
    related = models.ManyToManyField(
        "self",
        through="news.RelatedPick",
        symmetrical=False,
        related_name="picked_by",
        verbose_name=_("related news"),
    )
    translation_key = models.UUIDField(_("translation key"), default=uuid.uuid4, editable=False)
    # Another language's version has been edited, and what it says now is not said here yet.
    behind_since = models.DateTimeField(_("behind since"), null=True, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    # The revision that an import left behind: another one now means that staff edited it since.
    imported_revision = models.PositiveIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="articles_begun",
        verbose_name=_("author"),
    )
    modified_at = models.DateTimeField(_("modified at"), auto_now=True)
    modified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("modified by"),
    )
    objects = ArticleQuerySet.as_manager()

    beginning: str | None = None  # Of the text, where `for_cards()` leaves the rest out.

    class Meta(Scheduled.Meta):
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        permissions = [("publish_article", _("Can publish and withdraw articles"))]
        indexes = [
            models.Index(
                F("language"),
                F("published_at").desc(),
                F("id").desc(),
                condition=Q(status="published", binned_at=None),
                name="article_list",
            ),
            models.Index(
                F("language"),
                F("category"),
                F("published_at").desc(),
                F("id").desc(),
                condition=Q(status="published", binned_at=None),
                name="article_category_list",
            ),
            models.Index(F("published_at").desc(), F("id").desc(), name="article_newest"),
            models.Index(
                "status",
                "modified_at",
                condition=Q(status__in=["draft", "in_review"]),
                name="article_worked_on",
            ),
            models.Index(
                "expires_at", condition=Q(expires_at__isnull=False), name="article_expiry"
            ),
            models.Index(
                "pinned_until", condition=Q(pinned_until__isnull=False), name="article_pinned"
            ),
        ]
        constraints = [
            *Scheduled.Meta.constraints,
            models.UniqueConstraint(
                "translation_key", "language", name="article_once_per_language"
            ),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(slug="") & ~Q(language=""), name="article_is_named"
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(cover__isnull=True) | ~Q(cover_alt=""),
                name="article_published_cover_has_alt",
                violation_error_message=_("A cover without alternative text cannot be published."),
            ),
            models.CheckConstraint(
                condition=Q(source_url="") | ~Q(source=""),
                name="article_source_link_has_source",
                violation_error_message=_("A link to the source needs the source's name."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def teaser(self) -> str:
        """The summary, or else the first 160 characters of the text."""
        beginning = self.body_text[:200] if self.beginning is None else self.beginning
        return self.summary or Truncator(" ".join(beginning.split())).chars(160, truncate="…")

    def get_absolute_url(self) -> str:
        return self._address("news:article")

    def get_related_url(self) -> str:
        return self._address("news:related")

    def get_qr_url(self) -> str:
        return self._address("news:qr")

    def get_preview_url(self) -> str:
        with override(self.language):
            return reverse("news:preview", args=[self.pk])

    def _address(self, name: str) -> str:
        return _spelt(name, self.language).replace("/0/-/", f"/{self.pk}/{self.slug}/", 1)

    def prepare(self) -> None:
        """Fill in what follows from the other fields."""
        self.pass_the_door()
        self._fill_in()

    def pass_the_door(self) -> None:
        clean = sanitize.clean(self.body)
        self.body, self.body_text = clean.html, clean.text

    def _fill_in(self) -> None:
        self.slug = self.slug or slug_for(self.title)
        if self.cover and not self.cover_alt:
            self.cover_alt = self.cover.alt

    def clean(self) -> None:
        self._fill_in()
        if self.category_id and self.category.language != self.language:
            raise ValidationError(
                {
                    "category": _(
                        "This category belongs to another language. Choose one of the article's."
                    )
                }
            )
        if self.cover and not self.cover_alt and self.status == Status.PUBLISHED:
            raise ValidationError(
                {"cover_alt": _("Say what the cover shows; without it nothing is published.")}
            )

    def save(self, *args, update_fields=None, using=None, **kwargs):
        self.prepare()
        self.revision += 1
        using = using or self._state.db or "default"
        has_text = update_fields is None or "body" in update_fields
        # The edition's lock first: nothing leaves a library between being found and used.
        with edition.change(using, self.concerns_public):
            claimed = claim(self.body, using) if has_text else None
            if claimed:
                self.body = claimed.html
            if update_fields is not None:
                update_fields = {*update_fields, "revision", "modified_at"}
                update_fields |= {"body_text"} if has_text else set()
            stored = Article.objects.using(using).filter(pk=self.pk)
            if stored.mark_behind(self._followed(update_fields)):
                self.behind_since = None
                if self.note_edit(timezone.now(), using, update_fields) and update_fields:
                    update_fields.add("edited_at")
            kwargs |= {"update_fields": update_fields, "using": using}
            models.Model.save(self, *args, **kwargs)  # The base's would make one more edition.
            if claimed:
                claimed.keep(self.pk, using)

    def note_edit(
        self, at: datetime, using: str = "default", names: set[str] | None = None
    ) -> bool:
        """Say so if readers find another content from then on than the one that is stored.

        `names` are the fields that are to be written; all, unless given.
        """
        stored = Article.objects.using(using).filter(pk=self.pk)
        if is_edited := stored.edited_by(self._followed(names)).exists():
            self.edited_at = at
        return is_edited

    def _followed(self, names: set[str] | None) -> dict[str, Any]:
        """What is to be written of that which its counterparts follow."""
        written = FOLLOWED if names is None else names
        return {n: self.serializable_value(n) for n in written if n.removesuffix("_id") in FOLLOWED}

    def delete(self, *args, **kwargs):
        if self.status in ONCE_PUBLISHED:
            raise models.ProtectedError(NEVER_DELETED, {self})
        return super().delete(*args, **kwargs)

    def concerns_public(self) -> bool:
        return (
            self.status == Status.PUBLISHED
            or Article.objects.filter(pk=self.pk, status=Status.PUBLISHED).exists()
        )
