"""Plain pages that staff edit: about us, the legal notice, privacy, press contact."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from news import edition, sanitize

from .edition import PublicModel, PublicQuerySet
from .language import LanguageField
from .oldaddress import OldAddress
from .slugs import slug_for


class PageQuerySet(PublicQuerySet):
    def public(self) -> PageQuerySet:
        """What every visitor may see."""
        return self.filter(is_published=True)

    def at_the_foot(self, language: str) -> PageQuerySet:
        return self.public().filter(language=language, in_footer=True)

    def counterparts_of(self, page: Page) -> PageQuerySet:
        """The same page in other languages."""
        return self.filter(translation_key=page.translation_key).exclude(language=page.language)

    def without(self, language: str) -> PageQuerySet:
        """Pages of other languages that have no version in this one."""
        same = self.model.objects.filter(
            translation_key=OuterRef("translation_key"), language=language
        )
        return self.exclude(language=language).filter(~Exists(same))

    def concerns_public(self, values: dict) -> bool:
        return bool(values.get("is_published")) or self.public().exists()


class Page(PublicModel):
    """A page outside the news. Withdrawn, it is not found; moved, its old address leads to it."""

    language = LanguageField()
    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(
        _("address"),
        max_length=80,
        blank=True,
        help_text=_(
            "The last part of the page's address. Leave it empty to have it made from the title. "
            "Old links keep working when you change it."
        ),
    )
    description = models.CharField(
        _("description"),
        max_length=300,
        blank=True,
        help_text=_(
            "One or two sentences for search results and shared links. "
            "If empty, the beginning of the text stands in."
        ),
    )
    body = models.TextField(_("text"), blank=True)
    body_text = models.TextField(_("text"), editable=False, blank=True)
    is_published = models.BooleanField(
        _("published"), default=False, help_text=_("Readers see it, at its address.")
    )
    in_footer = models.BooleanField(
        _("at the foot of every page"), default=True, help_text=_("Once it is published.")
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Lower numbers come first at the foot.")
    )
    translation_key = models.UUIDField(_("translation key"), default=uuid.uuid4, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    modified_at = models.DateTimeField(_("modified at"), auto_now=True)
    modified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("modified by"),
    )

    objects = PageQuerySet.as_manager()

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["language", "position", "title"]
        constraints = [
            models.UniqueConstraint(
                "language",
                "slug",
                name="page_slug_once_per_language",
                violation_error_message=_("Another page has this address already."),
            ),
            models.UniqueConstraint("translation_key", "language", name="page_once_per_language"),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(slug="") & ~Q(language=""), name="page_is_named"
            ),
            models.CheckConstraint(
                condition=~Q(is_published=True) | ~Q(body=""),
                name="page_published_has_text",
                violation_error_message=_("A page without a text cannot be published."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def teaser(self) -> str:
        """The description, or else the first 160 characters of the text."""
        beginning = " ".join(self.body_text[:200].split())
        return self.description or Truncator(beginning).chars(160, truncate="…")

    def get_absolute_url(self) -> str:
        return self._address("news:page", self.slug)

    def get_preview_url(self) -> str:
        return self._address("news:page_preview", self.pk)

    def _address(self, name: str, part: str | int) -> str:
        with override(self.language):
            return reverse(name, args=[part])

    def pass_the_door(self) -> None:
        clean = sanitize.clean(self.body, libraries=False)
        self.body, self.body_text = clean.html, clean.text

    def clean(self) -> None:
        self.slug = self.slug or (self.title and slug_for(self.title))

    def save(self, *args, update_fields=None, **kwargs):
        self.slug = self.slug or slug_for(self.title)
        self.pass_the_door()
        self.revision += 1
        if update_fields is not None:
            update_fields = {*update_fields, "revision", "modified_at"}
            if "body" in update_fields:
                update_fields.add("body_text")
        using = kwargs.get("using") or self._state.db or "default"
        stored = Page.objects.using(using).filter(pk=self.pk).only("language", "slug")
        with edition.change(using, self.concerns_public):
            known = stored.public().first()
            # The base's would make one more edition.
            models.Model.save(self, *args, update_fields=update_fields, **kwargs)
            if known and (known.language, known.slug) != (self.language, self.slug):
                moved = OldAddress.objects.using(using)
                moved.lead(known.get_absolute_url(), stored.get().get_absolute_url())

    def concerns_public(self) -> bool:
        return self.is_published or Page.objects.public().filter(pk=self.pk).exists()
