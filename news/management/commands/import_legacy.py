"""Moves pages of the old site in: `manage.py import_legacy PATH...`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from news import legacy


class Command(BaseCommand):
    help = "Create articles from saved pages of the old site (text or HTML). Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file or folder")
        parser.add_argument(
            "--language", default=settings.LANGUAGE_CODE, choices=[c for c, _ in settings.LANGUAGES]
        )
        parser.add_argument(
            "--category", default="", metavar="SLUG", help="category of the articles (news)"
        )
        parser.add_argument(
            "--column-map",
            default={},
            type=_columns,
            metavar="8945=projects,8818=company",
            help="categories by the column number in the old address",
        )
        _add_addresses(parser)
        parser.add_argument("--assets", type=_folder, metavar="FOLDER", help="the pages' pictures")
        parser.add_argument(
            "--overwrite", action="store_true", help="also articles that staff edited since"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = legacy.import_pages(options["paths"], _settings(options), _progress)
        except (legacy.SettingError, legacy.AddressError) as error:
            raise CommandError(f"Nothing was imported: {error}.") from None
        self._tell(report, options)
        if report.failures:
            raise CommandError(f"{len(report.failures)} of the files could not be imported.")

    def _tell(self, report: legacy.Report, options: dict[str, Any]) -> None:
        if options["dry_run"] or options["verbosity"] > 1:
            self.stdout.write("\n".join(report.files))
        for note in report.notes:
            self.stdout.write(self.style.WARNING(note))
        for failure in report.failures:
            self.stderr.write(failure)
        if report.without_address:
            self.stdout.write(
                f"{report.without_address} without an old address: give --map or --base-path to "
                "have links to the old site answered."
            )
        dry = "Dry run, nothing was written. " if options["dry_run"] else ""
        self.stdout.write(self.style.SUCCESS(f"{dry}{report}"))


def _add_addresses(parser: CommandParser) -> None:
    parser.add_argument(
        "--map",
        type=Path,
        metavar="FILE.csv",
        help="old addresses: a row for each, with file name and address",
    )
    parser.add_argument(
        "--base-path",
        default="",
        type=_base_path,
        metavar="/en/s/",
        help="old addresses from file names such as 3224-8945-40486.html",
    )


def _settings(options: dict[str, Any]) -> legacy.Settings:
    return legacy.Settings(
        language=options["language"],
        category=options["category"],
        columns=options["column_map"],
        table=legacy.read_table(options["map"]) if options["map"] else {},
        base=options["base_path"],
        assets=options["assets"],
        overwrite=options["overwrite"],
        dry_run=options["dry_run"],
    )


def _progress(items: list[Any], heading: str) -> tqdm:
    return tqdm(items, desc=heading, unit=" pages", disable=None)  # None: off without a terminal.


def _columns(value: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in value.split(",")]
    columns = {column.strip(): slug.strip() for column, _, slug in pairs}
    if len(columns) < len(pairs) or not all(c.isdecimal() and slug for c, slug in columns.items()):
        raise argparse.ArgumentTypeError(
            f"{value!r} is not of the form 8945=projects,8818=company, each column once"
        )
    return columns


def _base_path(value: str) -> str:
    try:
        return legacy.old_address(value).rstrip("/") + "/" if value else ""
    except legacy.AddressError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _folder(value: str) -> Path:
    if not (folder := Path(value)).is_dir():
        raise argparse.ArgumentTypeError(f"{value!r} is no folder")
    return folder
