"""One run of the import: which pages, in which order, and what became of them."""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils import timezone

from news import encodings
from news.models import Category

from . import files, html, text
from .files import SettingError, shown
from .page import Page, PageError
from .save import Arrival, Outcome, Saver, Settings

logger = logging.getLogger(__name__)

Progress = Callable[[list[Any], str], Iterable[Any]]


@dataclass
class Report:
    """What became of the files: how many, and a line for each that has something to tell."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    files: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, files: list[Path], outcome: Outcome, notes: Iterable[str] = ()) -> None:
        """The files of one article: what became of it is told of the first."""
        first, *others = (shown(file) for file in files)
        self.counts.update([outcome, *([Outcome.UNCHANGED] * len(others))])
        self.files += [f"{outcome}: {first}", *(f"same as {first}: {file}" for file in others)]
        self.notes += [f"{first}: {shown(note)}" for note in notes]

    def fail(self, files: list[Path], reason: object) -> None:
        for file in files:
            self.add([file], Outcome.FAILED)
            self.failures.append(f"{shown(file)}: {shown(str(reason))}")

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
    categories = _categories(settings)
    pages = files.find_pages(paths)
    unused = settings.map.keys() - {name for file in pages for name in files.names_of(file)}
    report = Report(notes=[f"the map names {shown(n)}, which was not given" for n in unused])
    arrivals = []
    for file in progress(pages, "Reading"):
        try:
            arrivals.append(_read(file, settings, categories))
        except PageError as error:
            report.fail([file], error)
    if without := sum(not arrival.addresses for arrival in arrivals):
        report.notes.append(f"{without} without an old address: see --map and --base-path")
    saver = Saver(settings)
    for arrival in progress(_merged(arrivals, report), "Saving"):
        try:
            report.add(arrival.files, *saver.save(arrival))
        except (PageError, ValidationError, DatabaseError, OSError) as error:
            report.fail(arrival.files, error)
    logger.info("import%s: %s", " (dry run)" if settings.dry_run else "", report)
    return report


def parse_page(data: bytes, *, is_html: bool, today: date, address: str = "") -> Page:
    """The page in a file, whose name says whether it is HTML; a text may turn out to be.

    `today` is the site's day, after which no article can have been published; `address` is the old
    address, if it is known. Raises `PageError`, and nothing else, whatever the bytes.
    """
    try:
        source = encodings.decode(data)
    except encodings.NoText as error:
        raise PageError(error.reason, error.line) from None
    is_html = is_html or re.match(r"\s*<(?:!doctype|html|head|body)\b", source, re.I) is not None
    return html.read(source, today, address) if is_html else text.read(source, today)


def _read(file: Path, settings: Settings, categories: dict[str, Category | None]) -> Arrival:
    paths = [path for name in files.names_of(file) for path in settings.map.get(name, ())]
    if settings.base_path and files.place_of(file.stem):
        paths.append(f"{settings.base_path}{file.stem}.html")
    is_html, address = file.suffix.lower() in files.HTML, paths[0] if paths else ""
    try:
        data = file.read_bytes()
        page = parse_page(data, is_html=is_html, today=timezone.localdate(), address=address)
        paths.append(files.old_address(page.canonical or "/"))
    except OSError as error:
        raise PageError(f"the file cannot be read: {error.strerror}") from None
    except SettingError as error:
        raise PageError(f"canonical link: {error}") from None
    addresses = [path for path in dict.fromkeys(paths) if path != "/"]  # Some systems name it.
    places = [place for name in (*addresses, file.stem) if (place := files.place_of(name))]
    column = next((column for column, _ in places if column in categories), "")
    number = places[0][1] if places else None
    return Arrival([file], page, addresses, number, categories[column], page.volume)


def _merged(arrivals: list[Arrival], report: Report) -> list[Arrival]:
    """The articles among the pages, in the order in which they are to be created.

    Files are one article if title and date are the same, and the number on the old site as far as
    it is known, or an address.
    """
    by_title: defaultdict[tuple[object, ...], list[Arrival]] = defaultdict(list)
    by_address: dict[str, Arrival] = {}
    merged: list[Arrival] = []
    for one in sorted(arrivals, key=lambda a: (a.page.day, a.number or 0, str(a.files[0]))):
        known = by_title[one.page.day, one.page.title]
        owner = next((by_address[path] for path in one.addresses if path in by_address), None)
        if owner and (owner.page.day, owner.page.title) != (one.page.day, one.page.title):
            report.fail(one.files, f"its old address is also that of {owner.files[0]}")
            continue
        same = (a for a in known if None in (a.number, one.number) or a.number == one.number)
        first = owner or next(same, one)
        if first is one:
            known.append(one)
            merged.append(one)
        else:
            first.files += one.files
            first.addresses += [path for path in one.addresses if path not in first.addresses]
            first.volume = max(first.volume, one.volume)
        by_address |= dict.fromkeys(one.addresses, first)
    return merged


def _categories(settings: Settings) -> dict[str, Category | None]:
    """The categories that were asked for, by column, and by "" for all others."""
    ours = {c.slug: c for c in Category.objects.filter(language=settings.language)}
    asked = {**settings.column_map, "": settings.category}
    if unknown := set(asked.values()) - {"", *ours}:
        raise SettingError(
            f"no category {', '.join(sorted(unknown))} in language {settings.language}; "
            f"there are: {', '.join(ours) or 'none yet, create them in admin'}"
        )
    return {column: ours.get(slug) for column, slug in asked.items()}
