"""PostgreSQL: its own `pg_dump` writes a database down, which one transaction puts in place."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings
from django.db import Error, connections, transaction

from news import direct, migrating

from . import BackupError, scratch, script
from .snapshot import Look, Snapshot

SCHEMA = "public"
NO_LIMITS = """
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL statement_timeout = 0;
"""


class PostgreSQL:
    vendor = "postgresql"
    scratch = staticmethod(scratch.database)

    def version(self) -> str:
        return str(_ask("SHOW server_version").split()[0])

    def size(self) -> int:
        """More than its dump will need, which has no indexes and is compressed."""
        return int(_ask("SELECT pg_database_size(current_database())"))

    @contextmanager
    def snapshot(self, folder: Path) -> Iterator[Snapshot]:
        program = self._pg_dump()
        with (
            direct.connected() as using,
            migrating.none_meanwhile(connections[using]),
            transaction.atomic(using=using),
        ):
            with connections[using].cursor() as cursor:
                cursor.execute(NO_LIMITS)
                cursor.execute("SELECT pg_export_snapshot()")
                (name,) = cursor.fetchone()
            yield Snapshot(using, partial(_dump, program, name, using))

    def load(self, dump: IO[bytes], changes: dict[str, Any]) -> None:
        """Into an empty database. Raises `BackupError`, and nothing is in it."""
        with direct.connected(**changes) as using, _at_once(using) as cursor:
            _play(dump, cursor)

    def replace(self, using: str, dump: IO[bytes], look: Look) -> None:
        """Put this in the place of all that is there, in one transaction. Whoever reads meanwhile
        waits, and never sees a part of it."""
        with _at_once(using) as cursor:
            cursor.execute("SET LOCAL lock_timeout = '60s'")
            tables = _tables(using)
            if "news_edition" in tables:  # The first lock that everybody takes.
                cursor.execute(f"LOCK TABLE {SCHEMA}.news_edition IN ACCESS EXCLUSIVE MODE")
            if tables:
                cursor.execute(f"LOCK TABLE {_named(tables)} IN ACCESS EXCLUSIVE MODE")
            afterwards = look()
            if tables:
                cursor.execute(f"DROP TABLE {_named(tables)} CASCADE")
            _play(dump, cursor)
            cursor.execute(f"SET LOCAL search_path = {SCHEMA}")  # The dump's script leaves none.
            for statement in afterwards:
                cursor.execute(statement)
            # Or the first queries are planned for empty tables.
            cursor.execute(f"ANALYZE {_named(_tables(using))}")

    def _pg_dump(self) -> str:
        """Its path, if it is of the server's major version. An older one does not know all that
        there is; a newer one sets what this server has never heard of."""
        wanted = self.version().partition(".")[0]
        advice = (
            f"Install the client programs of PostgreSQL {wanted}, or name their folder in PG_BIN."
        )
        path = shutil.which("pg_dump", path=settings.PG_BIN or None)
        if path is None:
            where = f"in PG_BIN, which is {settings.PG_BIN}" if settings.PG_BIN else "on PATH"
            raise BackupError(f"There is no pg_dump {where}. {advice}")
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
        found = re.search(r"\d+", said.stdout)
        if found is None or found[0] != wanted:
            raise BackupError(
                f"{said.stdout.strip()} is not of the server's version, which is {wanted}. {advice}"
            )
        return path


def _dump(program: str, snapshot: str, using: str, path: Path) -> None:
    """Where to, and with which options, is as of the connection whose snapshot it is."""
    connection = connections[using].connection.info
    options = [f"--snapshot={snapshot}", f"--table={SCHEMA}.*", "--no-owner", "--no-privileges"]
    done = subprocess.run(
        [program, *options, "--compress=6", f"--file={path}", f"--dbname={connection.dsn}"],
        env=os.environ | ({"PGPASSWORD": connection.password} if connection.password else {}),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"pg_dump failed: {done.stderr.decode(errors='replace').strip()}")


@contextmanager
def _at_once(using: str) -> Iterator[psycopg.Cursor]:
    """A cursor in a transaction, which ends with `BackupError` if anything fails."""
    try:
        with (
            transaction.atomic(using=using),
            connections[using].connection.cursor() as cursor,
        ):
            yield cursor
    except (psycopg.Error, Error) as error:
        raise BackupError(f"PostgreSQL failed, nothing was changed: {error}") from None


def _play(dump: IO[bytes], cursor: psycopg.Cursor) -> None:
    with gzip.open(dump) as lines:
        script.play(lines, cursor)


def _tables(using: str) -> list[str]:
    with connections[using].cursor() as cursor:
        return connections[using].introspection.table_names(cursor)


def _named(tables: list[str]) -> str:
    return ", ".join(f'{SCHEMA}."{table}"' for table in tables)


def _ask(sql: str) -> Any:
    with direct.connected() as using, connections[using].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
