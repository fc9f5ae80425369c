"""Compares every total with what it is made of: `manage.py check_counts`."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from news import countsql
from news.models import BrowsingVolume

SHOWN = 1000  # What is beyond is only counted: a site that drifted whole would fill the terminal.


class Command(BaseCommand):
    help = "Check that every browsing volume is what was carried over plus the views of all days."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = countsql.drifted(SHOWN)
        except DatabaseError as error:
            raise CommandError(str(error)) from None
        drifted = rows[0][0] if rows else 0
        if options["verbosity"]:
            self._report(rows, drifted)
        if drifted:
            sys.exit(1)

    def _report(self, rows: list[tuple], drifted: int) -> None:
        for _, article_id, title, total, carried_over, days, difference in rows:
            self.stdout.write(
                f"article {article_id} “{title}”: total {total}, carried over {carried_over}, "
                f"sum of days {days}, difference {difference:+}"
            )
        if drifted > len(rows):
            self.stdout.write(f"and {drifted - len(rows):,} more")
        articles = BrowsingVolume.objects.count()
        if drifted:
            self.stderr.write(f"{articles:,} articles, {drifted:,} of them with counts that differ")
        else:
            self.stdout.write(self.style.SUCCESS(f"{articles:,} articles, all counts agree"))
