"""Puts what an archive holds in the site's place, once it is known that it can be done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader

from news import direct, edition, migrating

from . import BackupError, archive, databases
from .archive import Manifest, Reader, Watch

# What a fresh `migrate` fills. Rows anywhere else are somebody's.
FILLED = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "news_edition",
}
DERIVED = "news_searchtext"  # From articles; on SQLite so begin the names of several tables.


@contextmanager
def checked(path: Path, watch: Watch) -> Iterator[Reader]:
    """An archive that is whole, and that this code can read."""
    with archive.reading(path) as reader:
        _refuse(reader.manifest)
        reader.check(watch)
        yield reader


def restore(
    path: Path, force: bool = False, watch: Watch = bool, say: migrating.Say = bool
) -> list[str]:
    """Replace the site by what it was; which migrations it lacks now. Raises `BackupError`.

    Files first: lost ones are added, damaged ones replaced, others let be. The database is changed
    as a whole, or not at all.
    """
    with direct.connected() as using, migrating.alone(connections[using], say):
        if not force:
            _refuse_content(using)
        with checked(path, watch) as reader:
            manifest = reader.manifest
            if not force:
                _refuse_another_site(manifest)
            for name in manifest.media:
                _bring_back(reader, name, watch)

            def look() -> list[str]:
                if not force:  # It may have come meanwhile.
                    _refuse_content(using)
                return _afterwards(manifest, using)

            with reader.open(manifest.dump) as dump:
                databases.ours().replace(using, dump, look)
            for name in manifest.media:  # Of those found above, some may have been deleted since.
                if not default_storage.exists(name):
                    _bring_back(reader, name, bool)
            return sorted(_migrations() - set(manifest.migrations))


def _refuse(manifest: Manifest) -> None:
    if manifest.database != connection.vendor:
        raise BackupError(
            f"The archive is of a site on {manifest.database}, this one is on {connection.vendor}."
        )
    if unknown := sorted(set(manifest.migrations) - _migrations()):
        raise BackupError(
            f"The archive is of a newer release: this one does not know {', '.join(unknown)}."
        )


def _migrations() -> set[str]:
    """All that this code knows."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return {f"{app}.{name}" for app, name in loader.disk_migrations}


def _refuse_another_site(manifest: Manifest) -> None:
    if manifest.site != settings.BACKUP_NAME:
        raise BackupError(
            f"The archive is of {manifest.site}, this site is {settings.BACKUP_NAME} "
            "(BACKUP_NAME). With --force it is restored here all the same."
        )


def _refuse_content(using: str) -> None:
    if tables := _tables_in_use(using):
        raise BackupError(
            f"The database {direct.place(using)} has rows in {', '.join(tables)}. With --force the "
            "archive takes the place of everything that is there."
        )


def _tables_in_use(using: str) -> list[str]:
    """Also of what this code knows nothing about: all tables will be dropped."""
    with connections[using].cursor() as cursor:

        def has_rows(table: str) -> bool:
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")
            return cursor.fetchone() is not None

        there = set(connection.introspection.table_names(cursor))
        told = sorted(table for table in there - FILLED if not table.startswith(DERIVED))
        return [table for table in told if has_rows(table)]


def _bring_back(reader: Reader, name: str, watch: Watch) -> None:
    """Unless it is there, as it was: a name never stands for anything else."""
    wanted = reader.manifest.files[archive.MEDIA + name]
    if default_storage.exists(name):
        with default_storage.open(name) as stored:
            if hashlib.file_digest(stored, hashlib.sha256).hexdigest() == wanted.sha256:
                watch(wanted.size)
                return
        default_storage.delete(name)
    with reader.open(archive.MEDIA + name) as content:
        saved = default_storage.save(name, File(content, name))
    if saved != name:
        default_storage.delete(saved)
        raise BackupError(f"{name} could not be stored: somebody else is writing it.")
    watch(wanted.size)


def _afterwards(manifest: Manifest, using: str) -> list[str]:
    """No page that anybody still holds may pass for a current one, and nobody be signed in who has
    signed out since."""
    number = edition.above_any(manifest.edition, _own_edition(using))
    return [
        f"UPDATE news_edition SET number = {number}, due_at = NULL",
        "DELETE FROM django_session",
    ]


def _own_edition(using: str) -> int:
    """Of the site that is being replaced, if there is one."""
    with connections[using].cursor() as cursor:
        if "news_edition" not in connection.introspection.table_names(cursor):
            return 0
        cursor.execute("SELECT max(number) FROM news_edition")
        return cursor.fetchone()[0] or 0
