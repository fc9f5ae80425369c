"""What the libraries of pictures and of files have in common, and where texts use both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .edition import PublicModel, PublicQuerySet


class LibraryQuerySet(PublicQuerySet):
    def unused(self) -> LibraryQuerySet:
        """What no article shows."""
        return self.filter(uses=None)

    def used(self) -> LibraryQuerySet:
        return self.exclude(pk__in=self.model.objects.using(self.db).unused())

    def published(self) -> LibraryQuerySet:
        """What a published article shows, which may not have appeared yet."""
        raise NotImplementedError

    def concerns_public(self, values: dict) -> bool:
        return self.published().exists()


class LibraryFile(PublicModel):
    """Something that was uploaded once and that articles use."""

    mark: ClassVar[str]  # The attribute by which a text knows its number.
    of_the_file: ClassVar[tuple[str, ...]]  # The fields that another file brings along.
    names_files: ClassVar[tuple[str, ...]] = ("file",)  # The fields that `file_names` reads.

    # SHA-256 of what was uploaded, by which it is known when it comes again.
    digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    # The same of what an import brought, whatever file staff have put in its place since.
    imported_digest = models.CharField(max_length=64, blank=True, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["-uploaded_at", "-id"]

    def __str__(self) -> str:
        return self.title

    def concerns_public(self) -> bool:
        return type(self).objects.filter(pk=self.pk).published().exists()

    def file_names(self) -> list[str]:
        """What is stored of it."""
        return [self.file.name]

    @property
    def marked(self) -> str:
        """As it stands in every text that uses it."""
        return f'{self.mark}="{self.pk}"'


class UseQuerySet(models.QuerySet):
    def keep(self, article_id: int, used: Iterable[LibraryFile]) -> None:
        """Make these the ones in an article's text."""
        of = self.model.of
        old = set(self.filter(article=article_id).values_list(of, flat=True))
        new = {each.pk for each in used}
        if gone := old - new:
            self.filter(**{"article": article_id, f"{of}__in": gone}).delete()
        self.bulk_create(
            self.model(**{"article_id": article_id, f"{of}_id": pk}) for pk in new - old
        )


class Use(models.Model):
    """Something of a library in the text of an article, as the text's last save found it."""

    of: ClassVar[str]  # The field that says what is used.

    objects = UseQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{getattr(self, self.of)} in {self.article}"
