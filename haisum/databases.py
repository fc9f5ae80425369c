"""What connections to the database are opened with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

Configuration = dict[str, Any]


def configured(address: Configuration, *, is_pooled: bool, commit: str) -> Configuration:
    """An entry of `DATABASES`; `commit` is PostgreSQL's `synchronous_commit`."""
    kinds = {"django.db.backends.sqlite3": _sqlite, "django.db.backends.postgresql": _postgresql}
    database = address | {
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": is_pooled,
    }
    if kind := kinds.get(database["ENGINE"]):
        database["OPTIONS"] = kind(database, is_pooled, commit)
    return database


def _sqlite(database: Configuration, _is_pooled: bool, _commit: str) -> Configuration:
    Path(database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    # IMMEDIATE: a transaction that reads first and writes later cannot wait for its turn and
    # fails at once with "database is locked". WAL: readers and the writer do not block each other.
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }


def _postgresql(database: Configuration, is_pooled: bool, commit: str) -> Configuration:
    # A database that vanished without a word, machine and all, holds a thread for seconds, not for
    # the hours that TCP would wait. The address may say otherwise: `?connect_timeout=2`.
    options = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": 15_000,  # milliseconds
    } | database.get("OPTIONS", {})
    if is_pooled:
        options["prepare_threshold"] = None
    if commit == "on":
        return options
    if is_pooled:  # The pooler would refuse the connection, or give what it says to others.
        raise ImproperlyConfigured(
            "SYNCHRONOUS_COMMIT must be on with DATABASE_POOLED; the role can have it instead: "
            f"ALTER ROLE newsroom SET synchronous_commit = {commit}."
        )
    said = f"{options.get('options', '')} -c synchronous_commit={commit}"
    return options | {"options": said.strip()}
