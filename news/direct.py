"""The way to the database itself, past a pooler, for what belongs to a session: locks, limits,
snapshots, and what a dump's script sets.

`MIGRATE_DATABASE_URL` names it where `DATABASE_URL` leads to a pooler.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, connections


def address(usual: dict[str, Any]) -> dict[str, Any]:
    """A connection's settings with those of the direct way; what that leaves out is as usual."""
    own = {
        name: value
        for name, value in settings.MIGRATE_DATABASE.items()
        if value or name in ("HOST", "PORT")  # Its own server's, or the usual ones of any.
    }
    return usual | own | {"OPTIONS": usual.get("OPTIONS", {}) | own.get("OPTIONS", {})}


@contextmanager
def taken(connection: Any) -> Iterator[None]:
    """By this connection of Django's own, for as long as the block takes."""
    if not settings.MIGRATE_DATABASE:
        yield
        return
    usual = connection.settings_dict
    connection.close()
    connection.settings_dict = address(usual)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = usual


@contextmanager
def connected(**changes: Any) -> Iterator[str]:
    """The name of a connection of its own, with some settings other than the site's."""
    using = f"direct-{secrets.token_hex(4)}"
    connection = connections[DEFAULT_DB_ALIAS].copy(using)
    connection.settings_dict = address(connection.settings_dict) | changes
    connections[using] = connection
    try:
        refuse_pooler(connection)
        yield using
    finally:
        connection.close()
        del connections[using]


def refuse_pooler(connection: Any) -> None:
    """A pooler gives its clients numbers of its own, and one client's locks to the next."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        behind = cursor.fetchone()[0]
    if behind != connection.connection.info.backend_pid:
        leads = "MIGRATE_DATABASE_URL" if settings.MIGRATE_DATABASE else "DATABASE_URL"
        raise CommandError(
            f"{leads} leads to a pooler, which shares sessions out, and their locks with them. "
            "Set MIGRATE_DATABASE_URL to the database's own address."
        )


def place(using: str) -> str:
    """Which database it is, and where, as operators know it."""
    said = connections[using].settings_dict
    return f"{said['NAME']} on {said['HOST'] or 'this machine'}"
