"""Addresses of the old site, and those that pages of this one had, so that no link dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connections, models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from . import addresses
from .article import Article
from .chains import Chains

LONGEST = 500  # Characters.
NO_SLASH = _("An old address begins with a slash.")
TO_ITSELF = _("An old address cannot lead to itself.")
NO_ADDRESS = _("The other address begins with a slash, or with http:// or https://.")


class OldAddressQuerySet(models.QuerySet):
    def with_status(self, at: datetime | None = None) -> OldAddressQuerySet:
        """Each with what it answers as `status`: 301, 410, or 404 while nobody may see it yet."""
        public = Exists(Article.objects.public(at).filter(pk=OuterRef("article")))
        gone = Exists(Article.objects.gone(at).filter(pk=OuterRef("article")))
        return self.annotate(
            status=Case(
                When(Q(article=None) | public, then=Value(301)),
                When(gone, then=Value(410)),
                default=Value(404),
                output_field=models.PositiveSmallIntegerField(),
            )
        )

    def with_queries(self, path: str, parameters: set[str]) -> OldAddressQuerySet:
        """Of a page that was told apart by its query: those whose first parameter is one of these,
        and the last too. The index has them side by side."""
        every = Q(path__startswith=f"{path}?")
        if connections[self.db].vendor == "sqlite":  # Whose LIKE uses no index.
            every = Q(path__gt=f"{path}?", path__lt=f"{path}@")
        first, last = Q(), Q()
        for parameter in parameters:
            first |= Q(path__startswith=f"{path}?{parameter}&")
            last |= Q(path__endswith=f"&{parameter}")
        alone = Q(path__in=[f"{path}?{parameter}" for parameter in parameters])
        return self.filter(every, alone | (first & last))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes any meanwhile: two at once could make a circle that neither sees."""
        with transaction.atomic(using=self.db):
            if connections[self.db].vendor == "postgresql":  # SQLite has one writer anyway.
                with connections[self.db].cursor() as cursor:
                    table = connections[self.db].ops.quote_name(self.model._meta.db_table)
                    cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
            yield

    def lead(self, path: str, target: str) -> None:
        """A page of this site moved. What it moved to is the page's, and no old address any more:
        whoever moves back and forth makes no circle."""
        if path == target:
            return
        with self.alone():
            self.filter(path=target).delete()
            row = self.filter(path=path).first() or OldAddress(path=path)
            row.article, row.target = None, target
            row.save(using=self.db)

    def bulk_create(self, objs, *args, **kwargs):
        rows = list(objs)
        for row in rows:
            row.normalise()
        with self.alone():
            chains = Chains(rows, self)
            for row in rows:
                chains.straighten(row)
            created = super().bulk_create(rows, *args, **kwargs)
            self.put(chains.others())
        return created

    def put(self, rows: list[OldAddress]) -> None:
        """Write them, by their paths, whether there or not. They are in no chain any longer."""
        super().bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["path"],
            update_fields=["article", "target"],
        )

    def update(self, **values):
        raise TypeError("Old addresses are saved one by one or created in bulk: chains end there.")


class OldAddress(models.Model):
    """An address that once worked, and the article or the address that answers for it now."""

    path = models.CharField(
        _("old address"),
        max_length=LONGEST,
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
        max_length=LONGEST,
        blank=True,
        help_text=_("Where readers are sent if it was not an article."),
    )

    objects = OldAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("old address")
        verbose_name_plural = _("old addresses")
        ordering = ["path"]
        indexes = [models.Index(fields=["target"], name="old_address_target")]
        constraints = [
            models.CheckConstraint(
                condition=Q(path__startswith="/"),
                name="old_address_starts_with_slash",
                violation_error_message=NO_SLASH,
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
                violation_error_message=TO_ITSELF,
            ),
            models.CheckConstraint(
                condition=Q(target="")
                | Q(target__startswith="/")
                | Q(target__startswith="http://")
                | Q(target__startswith="https://"),
                name="old_address_target_is_an_address",
                violation_error_message=NO_ADDRESS,
            ),
        ]

    def __str__(self) -> str:
        return self.path

    def save(self, *args, **kwargs) -> None:
        self.normalise()
        stored = OldAddress.objects.using(kwargs.get("using") or self._state.db or "default")
        with stored.alone():
            chains = Chains([self], stored)
            chains.straighten(self)
            super().save(*args, **kwargs)
            stored.put(chains.others())

    def clean(self) -> None:
        """All that `save()` changes and refuses, for a form to show."""
        typed = self.target
        self.normalise()
        self.refuse_nonsense()
        if typed and not self.target and not Article.objects.filter(pk=self.article_id).exists():
            raise ValidationError({"target": no_article(self.article_id)})
        if bool(self.target) != bool(self.article_id):
            Chains([self], OldAddress.objects.all()).straighten(self)

    def normalise(self) -> None:
        """Both addresses in the one form; that of an article's page here becomes the article."""
        self.path = addresses.old_form(self.path)
        self.target = addresses.target_form(self.target)
        if self.article_id is None and (number := addresses.article_at(self.target)):
            self.article_id, self.target = number, ""

    def refuse_nonsense(self) -> None:
        """Raises what the database would refuse, but for what needs a look into it."""
        wrong = {name: _unfit(getattr(self, name)) for name in ("path", "target")}
        if not self.path.startswith("/"):
            wrong["path"] = NO_SLASH
        if self.target and not self.target.startswith(("/", "http://", "https://")):
            wrong["target"] = NO_ADDRESS
        if self.target == self.path:
            wrong["target"] = TO_ITSELF
        if found := {name: why for name, why in wrong.items() if why}:
            raise ValidationError(found)

    @property
    def is_shadowed(self) -> bool:
        """Whether a page of this site can have its address, which then comes first."""
        return any(addresses.page_at(path) for path in (self.path, f"{self.path}/"))

    @property
    def is_dead_end(self) -> bool:
        """Whether it leads to where this site has no page, as far as its views go."""
        path = self.target.partition("#")[0].partition("?")[0]
        is_file = path.startswith((settings.MEDIA_URL, settings.STATIC_URL))
        return path.startswith("/") and not is_file and addresses.page_at(path) is None


def no_article(number: int | None) -> str:
    return _("There is no article %s.") % number


def _unfit(address: str):
    if not address.isprintable():
        return _("An address has no line breaks or invisible characters.")
    if len(address) > LONGEST:
        return _("An address has at most %d characters.") % LONGEST
    return None
