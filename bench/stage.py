"""Where a run keeps its files and databases, and how it fills them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import postgresql
from bench.rows import SQLITE
from bench.servers import ROOT, Server


@dataclass(frozen=True)
class Store:
    """A site's database: the queries that sum up its views, and its articles' paths."""

    address: str
    sums: tuple[str, ...]
    paths: Path
    hot: str


@dataclass(frozen=True)
class Site:
    server: Server
    store: Store | None = None


@dataclass(frozen=True)
class Stage:
    folder: Path
    core: int  # Everything but the load runs on it.
    postgresql: str
    articles: int

    def database(self, kind: str, name: str) -> str:
        if kind == SQLITE:
            return f"sqlite:///{self.folder / name}.sqlite3"
        return postgresql.create(self.postgresql, name)

    def copy(self, address: str, name: str) -> str:
        """A database with the same in it."""
        if address.startswith("sqlite:"):
            copied = self.database(SQLITE, name)
            shutil.copy(address.removeprefix("sqlite:///"), copied.removeprefix("sqlite:///"))
            return copied
        return postgresql.create(self.postgresql, name, address.rpartition("/")[2])

    def seed(
        self, module: str, articles: int, environment: Mapping[str, str], programs: Path
    ) -> Path:
        """Have a site's own module fill its database; the file of its articles' paths."""
        paths = self.folder / f"{len(list(self.folder.glob('*.paths')))}.paths"
        command = [programs / "python", "-m", module, str(articles)]
        paths.write_text(run(command, environment))
        return paths

    def server(
        self,
        name: str,
        application: str,
        threads: int,
        environment: Mapping[str, str],
        programs: Path,
    ) -> Server:
        log = self.folder / f"{name}.log"
        return Server(name, application, environment, threads, programs, log, self.core)


def run(command: list, environment: Mapping[str, str]) -> str:
    """What a command says; its complaints go to the terminal."""
    environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout
