"""What a database says of its site, to be compared with what comes out of an archive."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.db import connections

from news.models import LibraryFile


@dataclass(frozen=True)
class Facts:
    edition: int
    migrations: list[str]
    rows: dict[str, int]  # By table.


def of(using: str) -> Facts:
    """Raw, for the tables may be those of another release than this code's."""
    with connections[using].cursor() as cursor:
        tables = sorted(connections[using].introspection.table_names(cursor))
        quote = connections[using].ops.quote_name

        def rows(sql: str) -> list[tuple]:
            cursor.execute(sql)
            return cursor.fetchall()

        return Facts(
            edition=rows("SELECT number FROM news_edition")[0][0],
            migrations=sorted(
                f"{app}.{name}" for app, name in rows("SELECT app, name FROM django_migrations")
            ),
            rows={t: rows(f"SELECT count(*) FROM {quote(t)}")[0][0] for t in tables},
        )


def file_names(using: str) -> set[str]:
    """The names of all files that there must be, for what the database says."""
    tables = connections[using].introspection.table_names()
    return {
        name
        for model in apps.get_app_config("news").get_models()
        # Without tables and columns that a migration has yet to add.
        if issubclass(model, LibraryFile) and model._meta.db_table in tables
        for file in model._default_manager.using(using).only(*model.names_files)
        for name in file.file_names()
    }
