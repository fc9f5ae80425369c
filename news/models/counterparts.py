"""An article in several languages: which one lacks what the public may see in another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from .edition import PublicQuerySet
from .status import ONCE_PUBLISHED, Lack

if TYPE_CHECKING:
    from .article import Article

# What an article tells its readers. Where it is filed, what stands beside it and when it is shown
# are not of it, nor is what the library says of its pictures.
READ = ("title", "summary", "body", "cover", "cover_alt", "source", "source_url")
# Whoever is paired with another article is not behind that one.
FOLLOWED = (*READ, "translation_key")


class CounterpartQuerySet(PublicQuerySet):
    """Articles by what becomes of them in other languages."""

    def counterparts_of(self, article: Article) -> Self:
        """The same article in other languages."""
        return self.filter(translation_key=article.translation_key).exclude(pk=article.pk)

    def lacking(self, language: str) -> Self:
        """What the public may see in other languages, but not in this one as it reads now.

        Of versions in several languages the oldest speaks for all.
        """
        versions = self.model.objects.filter(translation_key=OuterRef("translation_key")).public()
        is_there = Exists(versions.filter(language=language, behind_since=None))
        has_elder = Exists(versions.exclude(language=language).filter(pk__lt=OuterRef("pk")))
        return self.public().exclude(language=language).exclude(is_there | has_elder)

    def for_the_lack(self, lack: Lack, language: str) -> Self:
        """Those of `lacking()` that lack their version in this language in this way."""
        versions = self.model.objects.filter(
            translation_key=OuterRef("translation_key"), language=language
        )
        is_begun, is_public = Exists(versions), Exists(versions.public())
        if lack == Lack.MISSING:
            return self.exclude(is_begun)
        return self.filter(is_public) if lack == Lack.OLDER else self.filter(is_begun, ~is_public)

    def read_otherwise(self, values: dict[str, Any]) -> Self:
        """Those that would tell something else if `values` were written."""
        read = _only(READ, values)
        return self.exclude(**read) if read else self.none()

    def mark_behind(self, values: dict[str, Any]) -> bool:
        """Before `values` are written: those that change by it are behind no longer; counterparts
        of what is published are, if they do not change as well. Whether any changes.

        Of dates alone nobody could tell an edit that others have to follow from one that follows
        them: each of two would be older than the other's last edit in turn. No reader sees the
        mark, so no edition ends with it.
        """
        followed = _only(FOLLOWED, values)
        changed = self.exclude(**followed) if followed else self.none()
        if not changed.exists():
            return False
        ahead = self.read_otherwise(values).filter(status__in=ONCE_PUBLISHED, behind_since=None)
        keys = ahead.values("translation_key")
        others = self.model.objects.using(self.db).filter(translation_key__in=keys)
        others = others.filter(behind_since=None).exclude(pk__in=changed.values("pk"))
        models.QuerySet.update(others, behind_since=timezone.now())
        models.QuerySet.update(changed, behind_since=None)
        return True


def _only(names: tuple[str, ...], values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name.removesuffix("_id") in names}
