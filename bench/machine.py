"""What the results say of the machine and of the versions."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import subprocess
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import load

PACKAGES = ("django", "granian", "psycopg", "whitenoise")
BLOCK = b"\0" * 8192
WRITES = 200


def shortcoming() -> str | None:
    """Why nothing can be measured here, if so."""
    if platform.system() != "Linux":
        return "make bench runs on Linux alone: it gives each process its own core."
    for program, package in (("wrk", "wrk"), ("taskset", "util-linux")):
        if shutil.which(program) is None:
            return f"make bench needs {program}; on Debian or Ubuntu run: apt install {package}"
    return None


def cores() -> tuple[int, int]:
    """One for all servers and databases and another for the load, if there is another."""
    available = sorted(os.sched_getaffinity(0))
    return available[0], available[-1]


def conditions(database: dict[str, str], folder: Path, wagtail: Path | None) -> dict[str, str]:
    durable = ", ".join(f"{name} {value}" for name, value in database.items() if name != "version")
    packages = [f"{name} {version(name)}" for name in PACKAGES]
    if wagtail:
        packages.append(f"wagtail {_version_in(wagtail, 'wagtail')}")
    server, other = cores()
    alone = "" if server != other else "; **one core only: the load takes its part of it**"
    return {
        "Date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Versions": f"Python {platform.python_version()}, {', '.join(packages)}",
        "Databases": f"PostgreSQL {database['version']} on loopback TCP ({durable}), "
        f"SQLite {sqlite3.sqlite_version} (WAL, synchronous NORMAL)",
        "Load": f"wrk {load.version()}, 1 thread, {load.CONNECTIONS} connections",
        "Machine": f"{_processor()}, {len(os.sched_getaffinity(0))} cores{alone}; "
        f"{platform.system()} {platform.release()}; an fdatasync takes {_sync_time(folder):.0f} us",
    }


def _version_in(environment: Path, package: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    command = [environment / "bin" / "python", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.processor() or platform.machine()


def _sync_time(folder: Path) -> float:
    """Of one block, in microseconds: what a commit costs at least."""
    with (folder / "synced").open("wb", buffering=0) as file:
        started = time.perf_counter()
        for _ in range(WRITES):
            file.seek(0)
            file.write(BLOCK)
            os.fdatasync(file.fileno())
        return (time.perf_counter() - started) / WRITES * 1e6
