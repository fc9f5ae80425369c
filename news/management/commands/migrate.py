"""Django's `migrate`, for a site that is running and for several machines that start at once."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import OperationalError, connections

from news import direct, migrating


class Command(migrate.Command):
    help = (
        f"{migrate.Command.help} One run at a time; it gives way to readers and writers, and tries "
        "again (docs/migrations.md)."
    )

    def execute(self, *args: Any, **options: Any) -> Any:
        try:
            with direct.taken(connections[options["database"]]):
                return super().execute(*args, **options)
        except OperationalError as error:
            raise migrating.sentence(error) from error

    def handle(self, *args: Any, **options: Any) -> None:
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)  # They only look.
            return

        def say(text: str) -> None:
            if options["verbosity"]:
                self.stdout.write(text)
                self.stdout.flush()

        def attempt() -> None:
            super(Command, self).handle(*args, **options)

        connection = connections[options["database"]]
        with migrating.alone(connection, say), migrating.bounded(connection, say):
            migrating.persistently(connection, attempt, say)
