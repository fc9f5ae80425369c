"""One run of the import: which pages, in which order, and what became of them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils import timezone

from news.models import Category

from .addresses import (
    AddressError,
    from_file_name,
    named_by,
    old_address,
    place_of,
)
from .assets import Assets
from .files import find_pages, is_html, shown
from .page import Page, PageError
from .parse import parse_page
from .recognise import Arrival
from .save import Outcome, Saver

logger = logging.getLogger(__name__)

_Item = TypeVar("_Item")
Progress = Callable[[list[_Item], str], Iterable[_Item]]


class SettingError(ValueError):
    """Why a run cannot begin."""


@dataclass(frozen=True)
class Settings:
    """What the operator asked for. `columns` gives category slugs by column number, `table` old
    addresses by file name."""

    language: str
    category: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    table: dict[str, list[str]] = field(default_factory=dict)
    base: str = ""
    assets: Path | None = None
    overwrite: bool = False
    dry_run: bool = False


@dataclass
class Report:
    """What became of the files: how many, and a line for each that has something to tell."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)  # The outcome of each, in the order of saving.
    without_address: int = 0

    def add(self, file: Path, outcome: Outcome, notes: Iterable[str] = ()) -> None:
        self.counts[outcome] += 1
        self.files.append(f"{outcome}: {shown(file)}")
        self.notes += [f"{shown(file)}: {shown(note)}" for note in notes]

    def fail(self, file: Path, reason: str) -> None:
        self.add(file, Outcome.FAILED)
        self.failures.append(f"{shown(file)}: {shown(reason)}")

    def __str__(self) -> str:
        total = self.counts.total()
        counted = ", ".join(f"{self.counts[outcome]} {outcome}" for outcome in Outcome)
        return f"{total} {'file' if total == 1 else 'files'}: {counted}"


def import_pages(paths: Iterable[Path], settings: Settings, progress: Progress) -> Report:
    """Import the pages among files and folders.

    All are read before the first is saved, so that articles of one date are created in the order
    of their old numbers. `progress` wraps a list under a heading. Raises `SettingError` before
    anything is written; what is wrong with a single page is in the report.
    """
    categories = _Categories(settings)
    try:
        files = find_pages(paths)
    except OSError as error:
        raise SettingError(f"{shown(error.filename)}: {error.strerror}") from None
    report = Report()
    report.notes += _unused_names(settings.table, files)
    arrivals = []
    for file in progress(files, "Reading"):
        try:
            arrivals.append(_arrival(file, settings, categories))
        except PageError as error:
            report.fail(file, str(error))
    _save_all(arrivals, settings, progress, report)
    report.without_address = sum(not arrival.addresses for arrival in arrivals)
    logger.info("import%s: %s", " (dry run)" if settings.dry_run else "", report)
    return report


def _save_all(
    arrivals: list[Arrival], settings: Settings, progress: Progress, report: Report
) -> None:
    saver = Saver(
        settings.language,
        Assets(settings.assets),
        overwrite=settings.overwrite,
        dry_run=settings.dry_run,
    )
    arrivals.sort(key=lambda one: (one.page.day, one.number or 0, str(one.file)))
    for arrival in progress(arrivals, "Saving"):
        try:
            result = saver.save(arrival)
        except (PageError, DatabaseError, OSError) as error:
            report.fail(arrival.file, str(error))
        except ValidationError as error:
            report.fail(arrival.file, " ".join(error.messages))
        else:
            report.add(arrival.file, result.outcome, result.notes)


def _arrival(file: Path, settings: Settings, categories: _Categories) -> Arrival:
    page = _page(file)
    addresses = list(_addresses(file, page, settings))
    places = [place for name in (*addresses, file.stem) if (place := place_of(name))]
    return Arrival(
        file,
        page,
        tuple(dict.fromkeys(addresses)),
        places[0].article if places else None,
        categories.of_columns(place.column for place in places),
    )


def _page(file: Path) -> Page:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise PageError(f"the file cannot be read: {error.strerror}") from None
    return parse_page(data, html=is_html(file), today=timezone.localdate())


def _addresses(file: Path, page: Page, settings: Settings) -> Iterator[str]:
    """All old addresses of a page: it may have one in its table, its own link, and its name."""
    for name in named_by(settings.table, file):
        yield from settings.table[name]
    if page.canonical:
        try:
            address = old_address(page.canonical)
        except AddressError as error:
            raise PageError(f"canonical link: {error}") from None
        if address != "/":  # Some systems name the home page on every page.
            yield address
    if address := from_file_name(file, settings.base):
        yield address


def _unused_names(table: dict[str, list[str]], files: Iterable[Path]) -> list[str]:
    used = {name for file in files for name in named_by(table, file)}
    return [f"the map names {shown(n)}, which was not given" for n in table if n not in used]


class _Categories:
    """The categories that were asked for, looked up before anything is written."""

    def __init__(self, settings: Settings):
        existing = {
            category.slug: category
            for category in Category.objects.filter(language=settings.language)
        }
        unknown = {settings.category, *settings.columns.values()} - {"", *existing}
        if unknown:
            raise SettingError(
                f"no category {', '.join(sorted(unknown))} in language {settings.language}; "
                f"there are: {', '.join(existing) or 'none yet, create them in admin'}"
            )
        self._default = existing.get(settings.category)
        self._by_column = {column: existing[slug] for column, slug in settings.columns.items()}

    def of_columns(self, columns: Iterable[str]) -> Category | None:
        mapped = (self._by_column[column] for column in columns if column in self._by_column)
        return next(mapped, self._default)
