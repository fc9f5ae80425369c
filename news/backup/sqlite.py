"""SQLite's own backup: page by page, of one moment, while others write."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from django.db import DEFAULT_DB_ALIAS, connections

from news import direct

from . import BackupError
from .archive import BLOCK
from .snapshot import Look, Snapshot


class SQLite:
    vendor = "sqlite"

    def version(self) -> str:
        return sqlite3.sqlite_version

    def size(self) -> int:
        """Of the copy and of what it is compressed to."""
        return 2 * Path(connections[DEFAULT_DB_ALIAS].settings_dict["NAME"]).stat().st_size

    @contextmanager
    def snapshot(self, folder: Path) -> Iterator[Snapshot]:
        with TemporaryDirectory(dir=folder) as name:
            path = Path(name) / "copy.sqlite3"
            with closing(sqlite3.connect(path)) as copy:
                _raw(DEFAULT_DB_ALIAS).backup(copy)

            def dump(to: Path) -> None:
                with path.open("rb") as file, gzip.open(to, "wb", compresslevel=6) as packed:
                    shutil.copyfileobj(file, packed, BLOCK)

            with direct.connected(NAME=str(path)) as using:
                yield Snapshot(using, dump)

    def load(self, dump: IO[bytes], changes: dict[str, Any]) -> None:
        with gzip.open(dump) as script, Path(changes["NAME"]).open("wb") as file:
            shutil.copyfileobj(script, file, BLOCK)

    def replace(self, using: str, dump: IO[bytes], look: Look) -> None:
        """Put this in the place of all that is there. Whoever reads meanwhile sees what was."""
        with TemporaryDirectory() as name:
            path = Path(name) / "restored.sqlite3"
            self.load(dump, {"NAME": path})
            try:
                with closing(sqlite3.connect(path)) as restored:
                    for statement in look():
                        restored.execute(statement)
                    restored.commit()
                    restored.backup(_raw(using))
            except sqlite3.Error as error:
                raise BackupError(f"SQLite failed, nothing was changed: {error}") from None

    @contextmanager
    def scratch(self) -> Iterator[dict[str, Any]]:
        with TemporaryDirectory() as name:
            yield {"NAME": str(Path(name) / "scratch.sqlite3")}


def _raw(using: str) -> sqlite3.Connection:
    connection = connections[using]
    connection.ensure_connection()
    return connection.connection
