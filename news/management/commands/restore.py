"""Brings the whole site back out of an archive: `manage.py restore ARCHIVE`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from news.backup import BackupError, places
from news.backup import restore as backup
from news.management.commands.backup import progress


class Command(BaseCommand):
    help = (
        "Put the database and all files of an archive in the place of the site's own. Everybody "
        "is signed out, and no page from before passes for a current one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archive", help="a file, or a name where archives are kept")
        parser.add_argument(
            "--force",
            action="store_true",
            help="also over content, which is lost then, and from another site's archive",
        )

    def handle(self, *, archive: str, force: bool, **options: Any) -> None:
        try:
            with places.found(archive) as path, progress("Read") as bar:
                lacking = backup.restore(path, force, bar.update, self.stdout.write)
        except (BackupError, OSError, DatabaseError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(self.style.SUCCESS(f"Restored from {path.name}"))
        if lacking:
            self.stdout.write(
                self.style.WARNING(
                    f"The archive is of an older release and lacks {', '.join(lacking)}. "
                    "Run now: manage.py migrate"
                )
            )
