"""From a page to an article: one page, one transaction."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, override

from news import edition, sanitize
from news.models import Article, BrowsingVolume, Category, OldAddress, Status

from .assets import Assets, find_assets, with_assets
from .files import place_of
from .page import Page, PageError


class Outcome(StrEnum):
    """What became of one file."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"  # Staff edited the article since, so its text was left alone.
    FAILED = "failed"


@dataclass(frozen=True)
class Settings:
    """What the operator asked for: the command's options of these names."""

    language: str
    category: str
    column_map: dict[str, str]  # Category slugs by column number.
    map: dict[str, list[str]]  # Old addresses by file name.
    base_path: str
    assets: Path | None
    hosts: list[str]  # Of the old site, beside those that its pages name.
    overwrite: bool
    dry_run: bool


@dataclass
class Arrival:
    """An article of the old site: a page, and what is known about it from outside.

    Several files may be one article that stood in several columns; the page is that of the first,
    the volume the highest. `number` is its number on the old site; `category` is the one its column
    is mapped to, or the one that was asked for, or None.
    """

    files: list[Path]
    page: Page
    addresses: list[str]
    number: int | None
    category: Category | None
    volume: int

    @property
    def host(self) -> str | None:
        """Of the old site, if the page says where it stood."""
        return urlsplit(self.page.canonical).hostname

    @property
    def published_at(self) -> datetime:
        """The old site knew days alone: midnight in the site's time zone."""
        return datetime.combine(self.page.day, time.min, timezone.get_default_timezone())


@dataclass
class _Plan:
    """What saving a page would change."""

    fields: dict[str, Any]
    addresses: list[str]
    volume: int | None
    notes: list[str]
    outcome: Outcome

    @property
    def writes(self) -> bool:
        return bool(self.fields or self.addresses or self.volume is not None)


@dataclass
class Saver:
    """Saves the pages of one run, in the order in which they come."""

    settings: Settings
    _taken: set[int] = field(default_factory=set)  # Articles that a page of this run was.

    def save(self, arrival: Arrival) -> tuple[Outcome, list[str]]:
        """Create or update a page's article, or leave it alone; what is to be said about it.

        Raises `PageError`, or what Django and the file system raise: then nothing of it is written.
        """
        article = self._find(arrival)
        with ExitStack() as stack:
            page, hosts = arrival.page, [*self.settings.hosts, arrival.host]
            assets = find_assets(page.body, self.settings.assets, hosts, article, stack)
            plan = self._plan(arrival, article, assets)
            if plan.writes and not self.settings.dry_run:
                plan, article = self._write(arrival, assets, "body" in plan.fields)
        if article:
            self._taken.add(article.pk)
        return plan.outcome, assets.problems + plan.notes

    def _find(self, arrival: Arrival) -> Article | None:
        """The article a page is, by an old address, or else by title and date."""
        rows = OldAddress.objects.filter(path__in=arrival.addresses).select_related("article")
        found = {row.article: row for row in rows}
        for article, row in found.items():
            if article is None or article.language != self.settings.language or len(found) > 1:
                leads = row.target or f"article {row.article_id} ({row.article})"
                raise PageError(f"its old address {row.path} already leads to {leads}")
        return next(iter(found)) if found else self._by_title_and_date(arrival)

    def _by_title_and_date(self, arrival: Arrival) -> Article | None:
        day = arrival.published_at, arrival.published_at + timedelta(days=1, microseconds=-1)
        articles = Article.objects.filter(language=self.settings.language, title=arrival.page.title)
        articles = articles.filter(published_at__range=day).exclude(pk__in=self._taken)
        for article in articles.order_by("pk"):
            places = [place_of(old.path) for old in article.old_addresses.all()]
            numbers = {place[1] for place in places if place}
            # Two notices of one title and date are told apart by their numbers on the old site.
            if not numbers or arrival.number in {None, *numbers}:
                return article
        return None

    def _plan(self, arrival: Arrival, article: Article | None, assets: Assets) -> _Plan:
        fields, notes = _fields(arrival, assets)
        if article is None:
            return _Plan(fields, arrival.addresses, arrival.volume, notes, Outcome.CREATED)
        fields = {name: value for name, value in fields.items() if getattr(article, name) != value}
        known = list(article.old_addresses.order_by("pk").values_list("path", flat=True))
        addresses = [path for path in arrival.addresses if path not in known]
        row = BrowsingVolume.objects.filter(pk=article.pk).first()
        carried_over = row.carried_over if row else -1
        # An article of several columns has the highest number, whichever was imported last.
        grown = arrival.volume > carried_over
        corrected = self.settings.overwrite and arrival.volume != carried_over
        volume = arrival.volume if grown or corrected else None
        plan = _Plan(fields, addresses, volume, notes, Outcome.UPDATED)
        if fields and not self.settings.overwrite:
            if known and arrival.addresses and known[0] not in arrival.addresses:
                # Or else two copies of an article would take turns at each run.
                plan.fields, what = {}, "is this page too; the text of its first address counts"
                plan.notes = [f"article {article.pk} {what}"]
            elif article.revision != article.imported_revision:
                plan.fields, plan.outcome = {}, Outcome.KEPT
                plan.notes = [f"article {article.pk} was edited since; its text is kept"]
        if plan.outcome == Outcome.UPDATED and not plan.writes:
            plan.outcome = Outcome.UNCHANGED
        return plan

    def _write(self, arrival: Arrival, assets: Assets, with_text: bool) -> tuple[_Plan, Article]:
        # The edition first, then the article: the order in which every save locks them.
        with edition.change():
            if with_text:
                assets.save_new()
            article = self._find(arrival)
            if article:
                article = Article.objects.select_for_update(no_key=True).get(pk=article.pk)
            # Again: what is new in a library has their numbers only now, and staff may have saved.
            plan = self._plan(arrival, article, assets)
            language = self.settings.language
            article = article or Article(language=language, status=Status.PUBLISHED)
            _apply(plan, article)
            return plan, article


def _fields(arrival: Arrival, assets: Assets) -> tuple[dict[str, Any], list[str]]:
    """What a page says, by the article's field, and what the door has left out of it."""
    clean = sanitize.clean(with_assets(arrival.page.body, assets))
    fields = {
        "title": arrival.page.title,
        "source": arrival.page.source,
        "body": clean.html,
        "published_at": arrival.published_at,
        **({"category": arrival.category} if arrival.category else {}),
    }
    return fields, [f"left out: {words}" for words in clean.removed_in_words()]


def _apply(plan: _Plan, article: Article) -> None:
    if plan.fields:
        if article.pk is None:
            plan.fields.setdefault("category", _default_category(article.language))
        for name, value in plan.fields.items():
            setattr(article, name, value)
        article.modified_by = None
        article.imported_revision = article.revision + 1  # The one that this save makes.
        # The constraints are left to the database: a query for each would cost a third of the time.
        article.full_clean(validate_unique=False, validate_constraints=False)
        article.save()
    OldAddress.objects.bulk_create(OldAddress(path=p, article=article) for p in plan.addresses)
    if plan.volume is not None:
        BrowsingVolume.objects.carry_over(article.pk, plan.volume)


def _default_category(language: str) -> Category:
    """The category of pages for which none was named; made when it is first needed."""
    with override(language):
        name = gettext("News")
    ours = Category.objects.filter(Q(slug="news") | Q(name=name), language=language)
    return ours.first() or Category.objects.create(language=language, slug="news", name=name)
