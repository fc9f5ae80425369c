"""A dump's script, as `pg_dump` wrote it: statements, and the rows of each table after its COPY."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import psycopg

from . import BackupError

LAST = b"-- PostgreSQL database dump complete\n"


def play(lines: Iterable[bytes], cursor: psycopg.Cursor) -> None:
    """Raises `BackupError` if it ends before its end."""
    statements: list[bytes] = []
    is_whole = False
    lines = iter(lines)
    for line in lines:
        if line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
            cursor.execute(b"".join(statements))
            statements.clear()
            with cursor.copy(line) as rows:
                for row in _rows(lines):
                    rows.write(row)
        elif not line.startswith(b"\\"):  # That is for psql alone.
            statements.append(line)
        is_whole = is_whole or line == LAST
    if not is_whole:
        raise BackupError("The archive is damaged: its database is cut off.")
    cursor.execute(b"".join(statements))


def _rows(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line == b"\\.\n":
            return
        yield line
    raise BackupError("The archive is damaged: its database is cut off.")
