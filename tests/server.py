"""The real server on a database of its own, for tests of what only real processes show."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from copy import copy
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import scratch

ROOT = Path(__file__).resolve().parent.parent
_numbers = count(1)


class Server:
    """`python -m haisum.serve` on a migrated, empty database, or on the one of another `host`;
    `variables` are its environment's.

    Code on that database runs in a process too (`python`, `manage`), for the tests' own Django has
    another one; `query` reads from here.
    """

    program: tuple[str, ...] = ("-m", "haisum.serve")

    def __init__(
        self, workers: int = 1, threads: int = 4, host: Server | None = None, **variables: str
    ) -> None:
        name = f"served{next(_numbers)}"
        self.files = scratch.folder(name)
        self.log = self.files / "log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = host.database if host else fresh_database(name)
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "haisum.settings",
            "DATABASE_URL": self.database,
            "STATIC_ROOT": str(collected("--ignore=ckeditor")),
            "MEDIA_ROOT": str(self.files / "media"),
            "WEB_WORKERS": str(workers),
            "WEB_THREADS": str(threads),
            **variables,
        }
        self.start()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *self.program, f"--port={self.port}"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # A group that `kill` ends as a whole.
            )
        self.wait_until(lambda: self.answers() or self.process.poll() is not None)
        if self.process.poll() is not None:
            pytest.fail(f"The server ended:\n{self.log.read_text()}", pytrace=False)

    def beside(self) -> Server:
        """Another one on the same database and media."""
        other = copy(self)
        other.port = free_port()
        other.url = f"http://127.0.0.1:{other.port}"
        other.log = self.files / f"log{other.port}"
        other.start()
        return other

    def stop(self) -> None:
        """In order: what is being answered is finished."""
        self.process.terminate()
        self.process.wait(timeout=20)

    def kill(self) -> None:
        """All its processes at once, as when the machine loses power."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.wait_until(lambda: is_free(self.port))

    def restart(self, **variables: str) -> None:
        self.stop()
        self.environment |= variables
        self.start()

    def worker_pids(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def wait_until(self, fact: Callable[[], bool], seconds: float = 30) -> None:
        if not came_true(fact, seconds):
            pytest.fail(f"It never came true; the server says:\n{self.log.read_text()}")

    def manage(self, *arguments: str) -> str:
        """What a management command on the served database prints."""
        return self._run("manage.py", *arguments)

    def python(self, code: str) -> str:
        """What code prints that runs with Django set up on the served database."""
        return self._run("-c", f"import django; django.setup()\n{code}")

    def query(self, sql: str) -> list[tuple]:
        """Rows of the served database."""
        if self.database.startswith("sqlite:///"):
            connection: Any = sqlite3.connect(self.database.removeprefix("sqlite:///"))
        else:
            connection = psycopg.connect(self.database)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def _run(self, *arguments: str) -> str:
        return run(*arguments, environment=self.environment)


def run(*arguments: str, environment: dict[str, str]) -> str:
    """What Python prints that runs in the project's folder."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "haisum.settings"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fresh_database(name: str) -> str:
    """A copy of the migrated one, which takes no time."""
    template, url = migrated(), scratch.second_database_url(name)
    if url.startswith("sqlite:///"):
        shutil.copy(template.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        return url
    with psycopg.connect(scratch.database_url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE test_{name}")
        connection.execute(f"CREATE DATABASE test_{name} TEMPLATE test_migrated")
    return url


@cache
def migrated() -> str:
    url = scratch.second_database_url("migrated")
    run("manage.py", "migrate", "--verbosity=0", environment={"DATABASE_URL": url})
    return url


@cache
def collected(*options: str) -> Path:
    """The collected static files, once for all servers."""
    path = scratch.folder(f"collected{len(options)}")
    command = ["manage.py", "collectstatic", "--noinput", "--verbosity=0", *options]
    run(*command, environment={"STATIC_ROOT": str(path)})
    return path


def came_true(fact: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
