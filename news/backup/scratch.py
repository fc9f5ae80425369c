"""An empty database of PostgreSQL beside the site's own, to try an archive in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error, connections
from psycopg import sql

from news import direct

from . import BackupError

LOCK = int.from_bytes(b"verify", "big")
# As JSON, for what a column is called, and whether there is one, is the version's.
OWN = """
    SELECT d.oid, pg_encoding_to_char(encoding), datcollate, datctype,
        to_jsonb(d) ->> 'datlocprovider',
        coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')
    FROM pg_database d WHERE datname = current_database()
"""
PROVIDERS = {
    "c": " LOCALE_PROVIDER libc",
    "i": " LOCALE_PROVIDER icu ICU_LOCALE {locale}",
    "b": " LOCALE_PROVIDER builtin BUILTIN_LOCALE {locale}",
}


@contextmanager
def database() -> Iterator[dict[str, Any]]:
    """Its settings, where they are not the site's. It sorts as the site does, and is dropped."""
    with direct.connected() as using, connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise BackupError("Another archive of this site is being tried at the moment.")
        cursor.execute(OWN)
        own = cursor.fetchone()
        name = f"newsroom_verify_{own[0]}"
        drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
        try:
            cursor.execute(drop)  # Of one that was killed: nobody else is here.
            cursor.execute(_creation(name, *own[1:]))
        except Error as error:
            raise BackupError(
                f"No database to try the archive in could be made ({str(error).strip()}). "
                "The site's database user needs the right to: ALTER ROLE ... CREATEDB."
            ) from None
        try:
            yield {"NAME": name}
        finally:
            with suppress(Error):  # The next one begins with it.
                cursor.execute(drop)


def _creation(
    name: str, encoding: str, collation: str, kinds: str, provider: str | None, locale: str | None
) -> sql.Composed:
    statement = "CREATE DATABASE {name} TEMPLATE template0 ENCODING {encoding}"
    statement += " LC_COLLATE {collation} LC_CTYPE {kinds}" + PROVIDERS.get(provider or "", "")
    return sql.SQL(statement).format(
        name=sql.Identifier(name),
        encoding=sql.Literal(encoding),
        collation=sql.Literal(collation),
        kinds=sql.Literal(kinds),
        locale=sql.Literal(locale),
    )
