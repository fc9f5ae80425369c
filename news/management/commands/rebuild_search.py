"""Write the search index anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from news import searchindex, spelling
from news.models import Article


class Command(BaseCommand):
    help = (
        "Write the search index anew: after `loaddata`, or when a release says so. The site goes "
        "on and is searched meanwhile. Can be stopped and run again at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="only say what is wrong in it; exit code 1 if any is",
        )

    def handle(self, *, check: bool, **_: Any) -> None:
        ids = list(Article.objects.order_by("pk").values_list("pk", flat=True))
        wrong: list[int] = []
        with tqdm(total=len(ids), unit=" articles", disable=None, leave=False) as bar:
            for batch in searchindex.batches(ids):
                if check:
                    wrong += searchindex.outdated(batch)
                else:
                    searchindex.rewrite(batch)
                bar.update(len(batch))
        if not check:
            spelling.forget_unused()
        if wrong:
            some = ", ".join(map(str, wrong[:20])) + (", ..." if len(wrong) > 20 else "")
            raise CommandError(
                f"Out of date for {len(wrong)} articles: {some}. Run rebuild_search."
            )
        done = "all up to date" if check else "written anew"
        self.stdout.write(f"Search index of {len(ids)} articles: {done}")
