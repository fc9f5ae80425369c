"""Takes a list of old addresses over: `manage.py import_addresses FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from news import addresslists
from news.addresslists import Outcome


class Command(BaseCommand):
    help = (
        "Take over a list of old addresses (CSV): in each line the old address, and the new one or "
        "the number of an article. Safe to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, *, file: Path, dry_run: bool, **options: Any) -> None:
        work = addresslists.plan if dry_run else addresslists.take_over
        try:
            found = work(addresslists.decoded(file.read_bytes()), watch=_progress)
        except (OSError, ValidationError) as error:
            why = " ".join(getattr(error, "messages", [str(error)]))
            raise CommandError(f"Nothing was written. {why}") from None
        for line in found.lines:
            if line.outcome == Outcome.REFUSED:
                self.stderr.write(f"{file}, line {line.number}: {line.remark}")
            elif dry_run or options["verbosity"] > 1:
                remark = f" ({line.remark})" if line.remark else ""
                self.stdout.write(f"{line.number}: {line.outcome}: {line.old}{remark}")
        dry = "Dry run, nothing was written. " if dry_run else ""
        self.stdout.write(self.style.SUCCESS(f"{dry}{found}"))
        if refused := len(found.having(Outcome.REFUSED)):
            raise CommandError(f"{refused} of the lines were refused.")


def _progress(items: Any, heading: str) -> tqdm:
    return tqdm(items, desc=heading, unit=" lines", disable=None)  # None: off without a terminal.
