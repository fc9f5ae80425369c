"""The real PgBouncer, in transaction mode, in front of the tests' own PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import unquote, urlsplit

from tests import scratch
from tests.server import free_port, is_free

PROGRAM = shutil.which("pgbouncer")
CONFIGURATION = """
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 200
query_wait_timeout = 5
"""
_numbers = count(1)


@contextmanager
def pooling(database: str, sessions: int) -> Iterator[str]:
    """The pooled address of a database, of which no more than so many sessions are opened."""
    server, port = urlsplit(database), free_port()
    where = {
        "host": unquote(server.hostname or ""),
        "port": server.port or 5432,
        "user": server.username,
        "password": server.password,
    }
    options = " ".join(f"{name}={value}" for name, value in where.items() if value)
    folder = scratch.folder(f"pgbouncer{next(_numbers)}")
    file = folder / "pgbouncer.ini"
    file.write_text(CONFIGURATION.format(server=options, port=port, sessions=sessions))
    # It does not run as root; neither does the tests' own PostgreSQL, whose socket it must reach.
    user = ["--user=pgserver"] if os.geteuid() == 0 else []
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(PROGRAM), *user, file], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 20
        while is_free(port):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield f"postgres://newsroom@127.0.0.1:{port}{server.path}"
    finally:
        process.kill()
        process.wait()
