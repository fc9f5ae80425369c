"""The edition's one row, and the base of every model that public pages are made of."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from news import edition


class Edition(models.Model):
    """The whole site's edition: see news/edition.py."""

    number = models.PositiveBigIntegerField(default=1)
    began_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="edition_is_one_row")]

    def __str__(self) -> str:
        return str(self.number)


class PublicQuerySet(models.QuerySet):
    """Bulk writes make a new edition too; Django's own skip `save()` and every signal."""

    def update(self, **values):
        with edition.change(self.db, lambda: self.concerns_public(values)):
            return super().update(**values)

    def delete(self):
        with edition.change(self.db):
            return super().delete()

    def bulk_create(self, objs, *args, **kwargs):
        with edition.change(self.db):
            return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs, fields, *args, **kwargs):
        with edition.change(self.db):
            return super().bulk_update(objs, fields, *args, **kwargs)

    def concerns_public(self, values: dict) -> bool:
        """Whether writing `values` to these rows can change a public page."""
        return True

    delete.queryset_only = True  # Not on managers: `Tag.objects.delete()` would take them all.


class PublicModel(models.Model):
    """A model whose rows show on public pages: writing one makes a new edition with it."""

    objects = PublicQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        using = kwargs.get("using") or self._state.db or "default"
        with edition.change(using, self.concerns_public):
            super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        using = kwargs.get("using") or self._state.db or "default"
        with edition.change(using, self.concerns_public):
            return super().delete(*args, **kwargs)

    def concerns_public(self) -> bool:
        """Whether writing this row can change a public page."""
        return True
