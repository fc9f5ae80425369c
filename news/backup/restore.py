"""Puts what an archive holds in the site's place, once it is known that it can be done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from news import edition
from news.models import Edition

from . import BackupError, archive, databases
from .archive import Manifest, Reader, Watch


@contextmanager
def checked(path: Path, watch: Watch) -> Iterator[Reader]:
    """An archive that is whole, and that this code can read."""
    with archive.reading(path) as reader:
        _refuse(reader.manifest)
        reader.check(watch)
        yield reader


def restore(path: Path, force: bool = False, watch: Watch = bool) -> list[str]:
    """Replace the site by what it was; which migrations it lacks now. Raises `BackupError`.

    Files first: they are only added. The database is changed as a whole, or not at all.
    """
    if not force and (tables := _tables_in_use()):
        raise BackupError(
            f"The database has rows in {', '.join(tables)}. With --force the archive takes the "
            "place of everything that is there."
        )
    with checked(path, watch) as reader:
        manifest = reader.manifest
        for name in manifest.media:
            _bring_back(reader, name, watch)
        with reader.open(manifest.dump) as dump:
            databases.ours().replace(dump, _afterwards(manifest))
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


def _tables_in_use() -> list[str]:
    """Of what people make, and no migration."""
    models = {get_user_model(), *apps.get_app_config("news").get_models()} - {Edition}
    tables = {model._meta.db_table for model in models}
    with connection.cursor() as cursor:

        def has_rows(table: str) -> bool:
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")
            return cursor.fetchone() is not None

        there = tables.intersection(connection.introspection.table_names(cursor))
        return [table for table in sorted(there) if has_rows(table)]


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


def _afterwards(manifest: Manifest) -> list[str]:
    """No page that anybody still holds may pass for a current one, and nobody be signed in who has
    signed out since."""
    number = edition.above_any(manifest.edition, _own_edition())
    return [
        f"UPDATE news_edition SET number = {number}, due_at = NULL",
        "DELETE FROM django_session",
    ]


def _own_edition() -> int:
    """Of the site that is being replaced, if there is one."""
    with connection.cursor() as cursor:
        if "news_edition" not in connection.introspection.table_names(cursor):
            return 0
        cursor.execute("SELECT max(number) FROM news_edition")
        return cursor.fetchone()[0] or 0
