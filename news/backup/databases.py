"""Each database's own way out and in."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, Protocol

from django.db import connection

from .postgresql import PostgreSQL
from .snapshot import Look, Snapshot
from .sqlite import SQLite


class Database(Protocol):
    vendor: str

    def version(self) -> str: ...

    def size(self) -> int:
        """Bytes that a dump may need at most, roughly."""

    def snapshot(self, folder: Path) -> AbstractContextManager[Snapshot]: ...

    def load(self, dump: IO[bytes], changes: dict[str, Any]) -> None:
        """Fill an empty database, which has these settings instead of the site's own."""

    def replace(self, using: str, dump: IO[bytes], look: Look) -> None:
        """Put a dump in the place of all that the site has, with the statements after it that
        `look` says when nobody else can write any more: both or neither."""

    def scratch(self) -> AbstractContextManager[dict[str, Any]]:
        """An empty database for `load`, which is gone at the end."""


def ours() -> Database:
    return PostgreSQL() if connection.vendor == "postgresql" else SQLite()
