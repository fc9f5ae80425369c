"""Migrations while the site is running: one run at a time, and none that keeps readers waiting.

Used by the command `migrate`; docs/migrations.md says how migrations are written that suit it.
`backup` and `restore` take their turns here too.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError

from . import direct

LOCK = int.from_bytes(b"haisum", "big")  # Of all programs in this database, ours alone takes it.
PAUSE = 2.0  # Seconds that the tables belong to readers and writers between two tries.
LOCK_NOT_AVAILABLE, DEADLOCK, QUERY_CANCELED = "55P03", "40P01", "57014"
WAITS = "Another migration, a restore or a backup is under way: waiting until it ends."
PATIENCE = 600.0  # Seconds that a backup waits for its turn.
CONCURRENTLY = re.compile(r"\bINDEX\s+CONCURRENTLY\b", re.IGNORECASE)
BUILT_CONCURRENTLY = re.compile(
    r"\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?"
    r'(?:"(?P<quoted>[^"]+)"|(?P<plain>\w+))',
    re.IGNORECASE,
)
DEADLOCK_TIMEOUT = "SELECT setting::int FROM pg_settings WHERE name = 'deadlock_timeout'"
OLDEST = """
    SELECT pid, coalesce(nullif(application_name, ''), backend_type), state,
        extract(epoch FROM clock_timestamp() - xact_start)::int
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND xact_start < clock_timestamp() - interval '0.4 seconds'
    ORDER BY xact_start LIMIT 3
"""
INVALID = """
    SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relname = %s AND NOT indisvalid AND pg_table_is_visible(indexrelid)
"""

Say = Callable[[str], Any]


@contextmanager
def alone(connection: Any, say: Say) -> Iterator[None]:
    """Whoever comes second waits until the first is done, or dead."""
    with (_session_lock if _is_postgresql(connection) else _folder_lock)(connection, say):
        yield


@contextmanager
def none_meanwhile(connection: Any) -> Iterator[None]:
    """Others may do the same, but no migration and no restore begins."""
    with _session_lock(connection, say=bool, kind="_shared", patience=PATIENCE):
        yield


@contextmanager
def _session_lock(
    connection: Any, say: Say, kind: str = "", patience: float = inf
) -> Iterator[None]:
    direct.refuse_pooler(connection)
    began, waits = time.monotonic(), False
    # Asked for again and again. Waiting inside a statement would hold a snapshot, which the first
    # one waits for when it builds an index concurrently: a deadlock.
    while not _ask(connection, f"SELECT pg_try_advisory_lock{kind}(%s)", LOCK):
        if time.monotonic() - began > patience:
            raise CommandError("A migration or a restore is under way and does not end.")
        if not waits:
            say(WAITS)
        waits = True
        time.sleep(PAUSE / 4)
    try:
        yield
    finally:
        with suppress(OperationalError, InterfaceError):  # The session is gone, the lock with it.
            _ask(connection, f"SELECT pg_advisory_unlock{kind}(%s)", LOCK)


@contextmanager
def _folder_lock(connection: Any, say: Say) -> Iterator[None]:
    """SQLite's own lock would let the second begin what the first has just done.

    The folder's, not the file's: closing a file ends all of SQLite's locks on it.
    """
    if connection.is_in_memory_db():
        yield
        return
    import fcntl  # Only where SQLite is used: elsewhere it may not exist.

    folder = os.open(Path(connection.settings_dict["NAME"]).resolve().parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(WAITS)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def bounded(connection: Any, say: Say) -> Iterator[None]:
    """No statement waits for a table, or works, longer than the settings say."""
    if not _is_postgresql(connection):
        yield
        return
    if (longest := _ask(connection, DEADLOCK_TIMEOUT)) <= settings.MIGRATE_LOCK_MILLISECONDS:
        say(
            f"PostgreSQL looks for deadlocks after {longest} ms (deadlock_timeout): requests may "
            "fail unless MIGRATE_LOCK_MILLISECONDS is less."
        )
    _limit(connection, settings.MIGRATE_LOCK_MILLISECONDS, settings.MIGRATE_STATEMENT_SECONDS)
    try:
        with connection.execute_wrapper(_patiently):
            yield
    finally:
        with suppress(OperationalError, InterfaceError):
            _run(connection, "RESET lock_timeout")
            _run(connection, "RESET statement_timeout")


def _patiently(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
    """What is built or dropped CONCURRENTLY waits for others, but nobody for it: it has time."""
    if not CONCURRENTLY.search(sql):
        return execute(sql, params, many, context)
    connection = context["connection"]
    if found := BUILT_CONCURRENTLY.match(sql):  # Before: this too comes by here, and sets limits.
        _drop_unfinished(connection, found["quoted"] or found["plain"].lower())
    _limit(connection, 0, 0)
    try:
        return execute(sql, params, many, context)
    finally:
        with suppress(OperationalError, InterfaceError):
            _limit(
                connection, settings.MIGRATE_LOCK_MILLISECONDS, settings.MIGRATE_STATEMENT_SECONDS
            )


def _drop_unfinished(connection: Any, index: str) -> None:
    """What is left of an index whose building was broken off is written to, but never read."""
    if _ask(connection, INVALID, index):
        _run(connection, f"DROP INDEX CONCURRENTLY {connection.ops.quote_name(index)}")


def persistently(connection: Any, attempt: Callable[[], None], say: Say) -> None:
    """Try again while others use the tables; what was done so far is not done twice."""
    for number in range(1, settings.MIGRATE_TRIES + 1):
        try:
            return attempt()
        except OperationalError as error:
            why = getattr(error.__cause__, "sqlstate", None)
            if why == QUERY_CANCELED:
                raise CommandError(
                    f"A statement was ended: {_line(error)}. It may work for "
                    f"{settings.MIGRATE_STATEMENT_SECONDS} seconds (MIGRATE_STATEMENT_SECONDS)."
                ) from error
            if why not in (LOCK_NOT_AVAILABLE, DEADLOCK):
                raise
        say(f"\nOthers use the tables: try {number} of {settings.MIGRATE_TRIES} gave way to them.")
        for process in _rows(connection, OLDEST):
            say("Process {} ({}, {}) has had a transaction open for {} s.".format(*process))
        time.sleep(PAUSE)
    raise CommandError(
        "Others used the tables all the time. Nothing is half done: end what is in the way, "
        "or wait, and run migrate again."
    )


def sentence(error: OperationalError) -> CommandError:
    """What operators are told of a database that cannot be reached or used."""
    return CommandError(f"The database cannot be migrated: {_line(error)}")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _limit(connection: Any, milliseconds: int, seconds: int) -> None:
    """Zero is no limit. A limit on locks is shorter than PostgreSQL waits before it looks for
    deadlocks, so that a migration gives way and never a request."""
    _run(connection, f"SET lock_timeout = {milliseconds:d}")
    _run(connection, f"SET statement_timeout = '{seconds:d}s'")


def _is_postgresql(connection: Any) -> bool:
    return bool(connection.vendor == "postgresql")


def _run(connection: Any, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _rows(connection: Any, sql: str, *params: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _ask(connection: Any, sql: str, *params: Any) -> Any:
    """The first value of the first row, or nothing."""
    rows = _rows(connection, sql, *params)
    return rows[0][0] if rows else None
