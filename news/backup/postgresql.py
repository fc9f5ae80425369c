"""PostgreSQL: its own `pg_dump` writes a database down, which one transaction puts in place."""

from __future__ import annotations

import gzip
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction
from django.db.backends.postgresql.client import DatabaseClient

from . import BackupError, facts
from .snapshot import Snapshot

SCHEMA = "public"


class PostgreSQL:
    vendor = "postgresql"

    def version(self) -> str:
        return self._ask("SHOW server_version").split()[0]

    def size(self) -> int:
        """More than its dump will need, which has no indexes and is compressed."""
        return int(self._ask("SELECT pg_database_size(current_database())"))

    @contextmanager
    def snapshot(self, folder: Path) -> Iterator[Snapshot]:
        program = self._pg_dump()
        options = {"isolation_level": psycopg.IsolationLevel.REPEATABLE_READ}
        own = connections[DEFAULT_DB_ALIAS].settings_dict["OPTIONS"] | options
        with facts.connected(OPTIONS=own) as using, transaction.atomic(using=using):
            with connections[using].cursor() as cursor:
                for limit in ("idle_in_transaction_session_timeout", "statement_timeout"):
                    cursor.execute(f"SET LOCAL {limit} = 0")
                cursor.execute("SELECT pg_export_snapshot()")
                (name,) = cursor.fetchone()
            yield Snapshot(using, partial(self._dump, program, name))

    def load(self, dump: IO[bytes], changes: dict[str, Any]) -> None:
        """Into an empty database. Raises `BackupError`, and nothing is in it."""
        self._play([], dump, [], changes)

    def replace(self, dump: IO[bytes], afterwards: Iterable[str]) -> None:
        """Put this in the place of all that is there, in one transaction. Whoever reads meanwhile
        waits, and never sees a part of it."""
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            tables = connections[DEFAULT_DB_ALIAS].introspection.table_names(cursor)
        before = ["SET LOCAL lock_timeout = '60s'"]
        if "news_edition" in tables:  # The first lock that everybody takes.
            before.append(f"LOCK TABLE {SCHEMA}.news_edition IN ACCESS EXCLUSIVE MODE")
        if tables:
            quoted = ", ".join(f'{SCHEMA}."{table}"' for table in tables)
            before.append(f"DROP TABLE {quoted} CASCADE")
        # The dump's own script leaves none.
        after = [f"SET LOCAL search_path = {SCHEMA}", *afterwards]
        self._play(before, dump, after, {})
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("ANALYZE")  # Or the first queries are planned for empty tables.

    @contextmanager
    def scratch(self) -> Iterator[dict[str, Any]]:
        """Settings of an empty database beside the site's own, which is dropped at the end."""
        name = f"newsroom_verify_{secrets.token_hex(6)}"
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            try:
                cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            except Error as error:
                raise BackupError(
                    f"No database to try the archive in could be made ({str(error).strip()}). "
                    "The site's database user needs the right to: ALTER ROLE ... CREATEDB."
                ) from None
            try:
                yield {"NAME": name}
            finally:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _dump(self, program: str, snapshot: str, path: Path) -> None:
        options = [f"--snapshot={snapshot}", f"--table={SCHEMA}.*", "--no-owner", "--no-privileges"]
        command, environment = self._command(program, [*options, "--compress=6", f"--file={path}"])
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        if done.returncode:
            raise BackupError(f"pg_dump failed: {done.stderr.decode(errors='replace').strip()}")

    def _play(
        self, before: list[str], dump: IO[bytes], after: list[str], changes: dict[str, Any]
    ) -> None:
        try:
            with (
                facts.connected(**changes) as using,
                transaction.atomic(using=using),
                connections[using].connection.cursor() as cursor,
                gzip.open(dump) as script,
            ):
                for statement in before:
                    cursor.execute(statement)
                _play_script(script, cursor)
                for statement in after:
                    cursor.execute(statement)
        except (psycopg.Error, Error) as error:
            raise BackupError(f"PostgreSQL failed, nothing was changed: {error}") from None

    def _command(self, program: str, options: list[str]) -> tuple[list[str], dict[str, str]]:
        """Where to, as `manage.py dbshell` says it; passwords go by the environment."""
        command, environment = DatabaseClient.settings_to_cmd_args_env(facts.direct(), options)
        return [program, *command[1:]], os.environ | (environment or {})

    def _pg_dump(self) -> str:
        """Its path, if it is not older than the server: it would not know all that there is."""
        wanted = int(self.version().partition(".")[0])
        advice = (
            f"Install the client programs of PostgreSQL {wanted}, or name their folder in PG_BIN."
        )
        path = shutil.which("pg_dump", path=settings.PG_BIN or None)
        if path is None:
            raise BackupError(f"There is no pg_dump here. {advice}")
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
        found = re.search(r"\d+", said.stdout)
        if found is None or int(found[0]) < wanted:
            raise BackupError(
                f"{said.stdout.strip()} is older than the server, which is {wanted}. {advice}"
            )
        return path

    def _ask(self, sql: str) -> Any:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]


def _play_script(script: Iterable[bytes], cursor: psycopg.Cursor) -> None:
    """As `pg_dump` wrote it: statements, and the rows of each table after its COPY."""
    statements: list[bytes] = []
    lines = iter(script)
    for line in lines:
        if line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
            cursor.execute(b"".join(statements))
            statements.clear()
            with cursor.copy(line) as rows:
                for row in iter(partial(next, lines), b"\\.\n"):
                    rows.write(row)
        elif not line.startswith(b"\\"):  # That is for psql alone.
            statements.append(line)
    cursor.execute(b"".join(statements))
