"""Moves pages of the old site in: `manage.py import_legacy PATH...`."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from news.legacy import files
from news.legacy.run import Settings, import_pages


class Command(BaseCommand):
    help = "Create articles from saved pages of the old site (text or HTML). Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("paths", nargs="+", type=Path, metavar="PATH", help="file or folder")
        languages = [code for code, _ in settings.LANGUAGES]
        add("--language", default=settings.LANGUAGE_CODE, choices=languages)
        add("--category", default="", metavar="SLUG", help="category of the articles (news)")
        columns = "categories by the column number in the old address"
        example = "8945=projects,8818=company"
        add("--column-map", default={}, type=files.read_columns, metavar=example, help=columns)
        table = "old addresses by file name, a row each"
        add("--map", default={}, type=files.read_map, metavar="FILE.csv", help=table)
        base = "old addresses from file names such as 3224-8945-40486.html"
        add("--base-path", default="", type=files.read_base, metavar="/en/s/", help=base)
        add(
            "--assets",
            type=files.read_folder,
            metavar="FOLDER",
            help="the pages' pictures and files",
        )
        add(
            "--host",
            dest="hosts",
            action="append",
            default=[],
            type=str.lower,
            metavar="www.example.com",
            help="host of the old site, whose files are in the folder; may be repeated",
        )
        add("--overwrite", action="store_true", help="also articles that staff edited since")
        add("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, *args: Any, **options: Any) -> None:
        settings = Settings(**{field.name: options[field.name] for field in fields(Settings)})
        try:
            report = import_pages(options["paths"], settings, _progress)
        except files.SettingError as error:
            raise CommandError(f"Nothing was imported: {error}.") from None
        if options["dry_run"] or options["verbosity"] > 1:
            self.stdout.write("\n".join(report.files))
        for note in report.notes:
            self.stdout.write(self.style.WARNING(note))
        for failure in report.failures:
            self.stderr.write(failure)
        dry = "Dry run, nothing was written. " if options["dry_run"] else ""
        self.stdout.write(self.style.SUCCESS(f"{dry}{report}"))
        if report.failures:
            raise CommandError(f"{len(report.failures)} of the files could not be imported.")


def _progress(items: list[Any], heading: str) -> tqdm:
    return tqdm(items, desc=heading, unit=" pages", disable=None)  # None: off without a terminal.
