"""From a page to an article: one page, one transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape, unescape
from typing import Any
from urllib.parse import urljoin

from django.db.models import F
from django.utils.translation import gettext, override

from news import edition, sanitize
from news.models import Article, BrowsingVolume, Category, Image, OldAddress, Status

from .assets import Assets, Pictures, with_pictures
from .recognise import Arrival, Register

DEFAULT_CATEGORY = "news"

_HREF = re.compile(r'<a href="([^"]*)"')
_RELATIVE = re.compile(r"(?![a-z][a-z0-9+.-]*:|[/#?])\S", re.IGNORECASE)


class Outcome(StrEnum):
    """What became of one file."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"  # Staff edited the article since, so its text was left alone.
    FAILED = "failed"


@dataclass(frozen=True)
class Result:
    outcome: Outcome
    notes: tuple[str, ...] = ()


@dataclass
class _Plan:
    """What saving a page would change."""

    article: Article | None
    fields: dict[str, Any]
    addresses: list[str]
    volume: int | None
    is_kept: bool = False
    notes: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        return bool(self.fields or self.addresses or self.volume is not None)

    @property
    def outcome(self) -> Outcome:
        if self.article is None:
            return Outcome.CREATED
        if self.is_kept:
            return Outcome.KEPT
        return Outcome.UPDATED if self.writes else Outcome.UNCHANGED


class Saver:
    """Saves the pages of one run, in the order in which they come."""

    def __init__(self, language: str, assets: Assets, *, overwrite: bool, dry_run: bool):
        self._register = Register(language)
        self._assets = assets
        self._overwrite = overwrite
        self._dry_run = dry_run

    def save(self, arrival: Arrival) -> Result:
        """Create or update a page's article, or leave it alone.

        Raises `PageError`, or what Django and the file system raise: then nothing of it is written.
        """
        self._register.check_addresses(arrival)
        article = self._register.find(arrival)
        if article is None and (first := self._register.unwritten(arrival)):
            return _repeated(arrival, first)
        pictures = self._assets.pictures(arrival.page.pictures, arrival.page.body, article)
        plan = self._plan(arrival, article, pictures)
        if not self._dry_run and plan.writes:
            plan = self._write(arrival, pictures)
        if plan.article:
            self._register.claim(plan.article, arrival)
        else:
            self._register.claim_unwritten(arrival)
        outcome = Outcome.CREATED if article is None else plan.outcome
        return Result(outcome, plan.notes)

    def _plan(self, arrival: Arrival, article: Article | None, pictures: Pictures) -> _Plan:
        fields, notes = _fields(arrival, pictures.images)
        notes = (*pictures.problems, *notes)
        if article is None:
            return _Plan(None, fields, list(arrival.addresses), arrival.page.volume, notes=notes)
        differing = {
            name: value for name, value in fields.items() if getattr(article, name) != value
        }
        known = list(article.old_addresses.order_by("pk").values_list("path", flat=True))
        plan = _Plan(
            article,
            differing,
            [path for path in arrival.addresses if path not in known],
            None,
            notes=notes,
        )
        is_further = self._is_further(arrival, article, known)
        if differing and is_further:
            plan.fields = {}
            plan.notes = (f"article {article.pk} again; the text of the first file counts",)
        elif differing and is_edited(article) and not self._overwrite:
            plan.fields, plan.is_kept = {}, True
            plan.notes = (f"article {article.pk} was edited since; its text is kept",)
        several = is_further or len({*known, *arrival.addresses}) > 1
        plan.volume = _volume_to_write(article, arrival.page.volume, only_up=several)
        return plan

    def _is_further(self, arrival: Arrival, article: Article, known: list[str]) -> bool:
        """Whether this file only shows that the article stood in a further column.

        The address an article was first imported from is the one whose text counts, whatever is
        imported in between; otherwise two copies would take turns at each run.
        """
        if self._register.claimed_before(article, arrival):
            return True
        first = known[:1]
        return bool(first and arrival.addresses) and not (
            self._overwrite or first[0] in arrival.addresses
        )

    def _write(self, arrival: Arrival, pictures: Pictures) -> _Plan:
        new = pictures.new
        try:
            # The edition first, then the article: the order in which every save locks them.
            with edition.change():
                article = self._register.find(arrival)
                if article:
                    # Looked at again under the lock: staff may have saved it in the meantime.
                    article = Article.objects.select_for_update(no_key=True).get(pk=article.pk)
                plan = self._plan(arrival, article, pictures)
                if "body" in plan.fields and new:
                    for image in new:
                        image.save()
                    plan.fields["body"] = _fields(arrival, pictures.images)[0]["body"]
                plan.article = _apply(plan, self._register.language)
        except BaseException:
            for image in new:
                image.file.storage.delete(str(image.file.name))
            raise
        return plan


def is_edited(article: Article) -> bool:
    """Whether staff changed an article, or decided about it: an import leaves no name in it."""
    return bool(article.modified_by_id or article.binned_at or article.status != Status.PUBLISHED)


def _repeated(arrival: Arrival, first: Arrival) -> Result:
    """What a real run would say about a file whose article a file before it has created."""
    adds = set(arrival.addresses) - set(first.addresses)
    changes = adds or arrival.page.volume > first.page.volume
    return Result(Outcome.UPDATED if changes else Outcome.UNCHANGED)


def _fields(
    arrival: Arrival, images: Mapping[str, Image]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a page says, by the article's field, and what the door has left out of it."""
    body = with_pictures(_with_whole_links(arrival), images)
    clean = sanitize.clean(body)
    fields: dict[str, Any] = {
        "title": arrival.page.title,
        "source": arrival.page.source,
        "body": clean.html,
        "published_at": arrival.published_at,
    }
    if arrival.category:
        fields["category"] = arrival.category
    return fields, tuple(f"left out: {words}" for words in clean.removed_in_words())


def _with_whole_links(arrival: Arrival) -> str:
    """The text with links that were relative to the page's old address made whole."""

    def whole(link: re.Match[str]) -> str:
        href = unescape(link[1])
        if not _RELATIVE.match(href):
            return link[0]
        return f'<a href="{escape(urljoin(arrival.addresses[0], href))}"'

    return _HREF.sub(whole, arrival.page.body) if arrival.addresses else arrival.page.body


def _volume_to_write(article: Article, volume: int, *, only_up: bool) -> int | None:
    """The number to carry over, or None if it is the one already carried over.

    Of several columns that an article stood in, the highest number counts.
    """
    row = BrowsingVolume.objects.filter(pk=article.pk).first()
    if row and (row.carried_over == volume or (only_up and row.carried_over > volume)):
        return None
    return volume


def _apply(plan: _Plan, language: str) -> Article:
    article = plan.article or Article(language=language, status=Status.PUBLISHED)
    if plan.fields:
        if plan.article is None:
            plan.fields.setdefault("category", _default_category(language))
        for name, value in plan.fields.items():
            setattr(article, name, value)
        article.modified_by = None
        # The constraints are left to the database: a query for each would cost a third of the time.
        article.full_clean(validate_unique=False, validate_constraints=False)
        article.save()
    OldAddress.objects.bulk_create(
        OldAddress(path=path, article=article) for path in plan.addresses
    )
    if plan.volume is not None:
        _carry_over(article, plan.volume)
    return article


def _default_category(language: str) -> Category:
    """The category of pages for which none was named; made when it is first needed."""
    with override(language):
        name = gettext("News")
    ours = Category.objects.filter(language=language)
    return (
        ours.filter(slug=DEFAULT_CATEGORY).first()
        or ours.filter(name=name).first()
        or Category.objects.create(language=language, slug=DEFAULT_CATEGORY, name=name)
    )


def _carry_over(article: Article, volume: int) -> None:
    """Set the carried-over number. Views counted since stay counted, also while this runs."""
    row, is_new = BrowsingVolume.objects.get_or_create(
        article=article, defaults={"carried_over": volume, "total": volume}
    )
    if not is_new:
        BrowsingVolume.objects.filter(pk=row.pk).update(
            total=F("total") - F("carried_over") + volume, carried_over=volume
        )
