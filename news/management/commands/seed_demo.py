"""Fill an empty site with demo content, and with accounts to try it."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from news.demo import load
from news.demo.staff import Account, keep_staff
from news.models import Article


class Command(BaseCommand):
    help = "Fill an empty site with demo articles and pictures. A second run changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--staff", action="store_true", help="also create the accounts author, editor, admin"
        )
        parser.add_argument(
            "--password", default="", help="for these accounts, also if they exist (else made up)"
        )
        parser.add_argument(
            "--force", action="store_true", help="add what is missing, even to a real site"
        )

    def handle(self, *, staff: bool, password: str, force: bool, **_: Any) -> None:
        if password and not staff:
            raise CommandError("--password is for the accounts that --staff creates.")
        if not force and not load.is_seeded() and Article.objects.exists():
            raise CommandError(
                "Nothing was changed: this site has articles of its own. "
                "If the demo shall stand among them, run the command with --force."
            )
        # A site that has some of the demo is left alone, whatever its staff changed since.
        is_wanted = force or not load.is_seeded()
        drawn: Any = load.drawn() if is_wanted else nullcontext({})
        # Together: passwords that are made up are shown only if everything went well.
        with drawn as files, transaction.atomic():
            accounts = keep_staff(password) if staff else []
            created = load.seed(files) if is_wanted else Counter()
        self.stdout.write(f"Demo content: {load.in_words(created)}")
        if accounts:
            self._report_staff(accounts)

    def _report_staff(self, accounts: list[Account]) -> None:
        words = {
            "created": "password as given",
            "reset": "exists, password set as given",
            "kept": "exists, password as before",
        }
        self.stdout.write("Staff accounts:")
        for account in accounts:
            word = account.password or words[account.outcome]
            self.stdout.write(f"  {account.name:<8}{account.role:<15}{word}")
