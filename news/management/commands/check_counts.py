"""Compares every total with what it is made of: `manage.py check_counts`."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from news.models import BrowsingVolume

SHOWN = 1000  # What is beyond is only counted: a site that drifted whole would fill the terminal.

# One statement sees one moment: a view that is being counted is in all its numbers, or in none.
DRIFTED = """
    WITH counts AS (
        SELECT article_id, SUM(total) AS total, SUM(carried_over) AS carried_over, SUM(days) AS days
        FROM (
            SELECT article_id, total, carried_over, 0 AS days FROM news_browsingvolume
            UNION ALL
            SELECT article_id, 0, 0, SUM(views) FROM news_dailyviews GROUP BY article_id
        ) AS rows
        GROUP BY article_id
    )
    SELECT COUNT(*) OVER (), article_id, COALESCE(title, '-'), total, carried_over, days,
        total - carried_over - days
    FROM counts LEFT JOIN news_article ON news_article.id = article_id
    WHERE total <> carried_over + days
    ORDER BY article_id
    LIMIT %s
"""


class Command(BaseCommand):
    help = "Check that every browsing volume is what was carried over plus the views of all days."

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(DRIFTED, [SHOWN])
            rows = cursor.fetchall()
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
