"""Keeps the whole site in one archive: `manage.py backup`."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from tqdm import tqdm

from news.backup import BackupError, make, places, verify


class Command(BaseCommand):
    help = (
        "Keep the database and all stored files in one archive, while the site goes on. "
        "`restore` brings it back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to", type=Path, metavar="FOLDER", help="instead of BACKUP_ROOT or BACKUP_S3_BUCKET"
        )
        parser.add_argument(
            "--keep", type=_at_least_one, metavar="14", help="then delete all but the newest"
        )
        parser.add_argument(
            "--verify",
            nargs="?",
            const="",
            dest="archive",
            metavar="ARCHIVE",
            help="restore it into a database of its own and compare: the new archive, or this one",
        )

    def run_from_argv(self, argv: list[str]) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # Nothing unfinished stays behind.
        super().run_from_argv(argv)

    def handle(
        self, *, to: Path | None, keep: int | None, archive: str | None, **options: Any
    ) -> None:
        if archive and (to or keep):
            raise CommandError(
                "--verify ARCHIVE looks at that archive alone: --to and --keep are for a new one."
            )
        try:
            if archive:
                with places.found(archive) as path:
                    self._verify(path)
            else:
                self._make(to, keep, archive is not None)
        except (BackupError, OSError, DatabaseError) as error:
            raise CommandError(str(error)) from None

    def _make(self, to: Path | None, keep: int | None, verified: bool) -> None:
        with progress("Copied") as bar:
            made = make.make(to, bar.update, self._verify if verified else bool)
        place = places.chosen(to)
        rows = made.manifest.rows
        self.stdout.write(
            f"{made.name} in {place}: {rows['news_article']:,} articles, "
            f"{len(made.manifest.media):,} files, edition {made.manifest.edition}, "
            f"{made.size:,} bytes"
        )
        if missing := made.manifest.missing:
            names = ", ".join(missing[:5])
            raise CommandError(
                f"The archive is kept, and older ones too: {len(missing)} files were lost before, "
                f"such as {names}. Sizes of pictures can be made again: make_pictures."
            )
        if keep:
            for name in places.prune(place, keep, made.name):
                self.stdout.write(f"{name} deleted")

    def _verify(self, path: Path) -> None:
        with progress("Checked") as bar:
            manifest = verify.verify(path, bar.update)
        self.stdout.write(
            self.style.SUCCESS(
                f"{path.name} can be restored: {sum(manifest.rows.values()):,} rows, "
                f"{len(manifest.media):,} files and all counts are what they were"
            )
        )


def progress(heading: str) -> tqdm:
    return tqdm(desc=heading, unit="B", unit_scale=True, disable=None)  # None: off in logs.


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("it must be a number from 1: the last archive is never deleted")
    return int(text)
