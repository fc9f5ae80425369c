"""Categories and tags: each belongs to one language, and can have a version in each other."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from .edition import PublicModel, PublicQuerySet
from .language import LanguageField
from .slugs import slug_for


class TermQuerySet(PublicQuerySet):
    def in_use(self) -> TermQuerySet:
        """Those with something in them that the public may see."""
        of_articles = self.model._meta.get_field("articles")
        public = of_articles.related_model.objects.public()
        return self.filter(Exists(public.filter(**{of_articles.field.name: OuterRef("pk")})))

    def named(self, spellings: Iterable[str]) -> TermQuerySet:
        """Those of one of these names, which are in lower case."""
        return self.alias(lower_name=Lower("name")).filter(lower_name__in=spellings)

    def paired_with(self, term: Term) -> TermQuerySet:
        """The same term in every language it has, itself included."""
        pair = self.filter(translation_key=term.translation_key)
        return pair if term.translation_key else self.none()


class Term(PublicModel):
    """A name that articles of one language are filed under, with its own address."""

    language = LanguageField()
    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(
        _("address"),
        max_length=80,
        blank=True,
        help_text=_("Part of the page's address. Leave it empty to have it made from the name."),
    )
    description = models.TextField(
        _("description"),
        max_length=400,
        blank=True,
        default="",
        db_default="",  # For the release before, which still runs while this one is deployed.
        help_text=_(
            "One or two sentences, shown below the title of its page. Search engines show them too."
        ),
    )
    # What stands alone has none.
    translation_key = models.UUIDField(_("translation key"), null=True, editable=False)

    objects = TermQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [models.Index("language", Lower("name"), name="%(class)s_by_name")]
        constraints = [
            models.UniqueConstraint(
                "translation_key", "language", name="%(class)s_once_per_language"
            ),
            models.UniqueConstraint(
                "language",
                "slug",
                name="%(class)s_slug_once_per_language",
                violation_error_message=_("Another one has this address already."),
            ),
            models.UniqueConstraint(
                "language",
                "name",
                name="%(class)s_name_once_per_language",
                violation_error_message=_("There is one of this name already."),
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(slug="") & ~Q(language=""),
                name="%(class)s_is_named",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self):
        self.slug = self.slug or slug_for(self.name)
        if self.pk and self.articles.exclude(language=self.language).exists():
            raise ValidationError(
                {"language": _("It has articles, and they stay in their language.")}
            )

    def save(self, *args, **kwargs):
        self.slug = self.slug or slug_for(self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        with override(self.language):
            return reverse(f"news:{self._meta.model_name}", args=[self.slug])


class Category(Term):
    position = models.PositiveSmallIntegerField(
        _("position"),
        default=0,
        help_text=_("Lower numbers come first in menus and on the home page."),
    )

    class Meta(Term.Meta):
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["language", "position", "name"]


class Tag(Term):
    class Meta(Term.Meta):
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["language", "name"]
