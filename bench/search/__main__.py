"""`make bench-search`: ask every engine, measure times if wanted, write `bench/SEARCH.md`."""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import sqlite3
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import machine, postgresql, preparation
from bench.rows import POSTGRESQL, SQLITE
from bench.search import engines
from bench.search.report import (
    TIMES,
    Report,
    document,
    goals,
    name_of,
    parts,
    table,
    times_goal,
    times_table,
)
from bench.search.texts import questions, texts
from bench.servers import ROOT, free_port
from bench.stage import Stage, run

RESULTS = Path(__file__).parents[1] / "SEARCH.md"
PLANS = ROOT / "var" / "bench" / "plans"


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # Ends the server as well.
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    run_folder = Path(tempfile.mkdtemp(dir=folder, prefix="search-"))
    core, _ = machine.cores()
    try:
        with postgresql.running(run_folder / "postgresql", free_port(), core) as server:
            report = _report(options, Stage(run_folder, core, server, 0))
    finally:
        shutil.rmtree(run_folder, ignore_errors=True)
    for part in parts(report):
        say(name_of(part), table(part), goals(part))
    if report.times:
        say(times_table(report), *times_goal(report))
    if not (options.quick or options.no_peers):
        RESULTS.write_text(document(report, _measured_before()) + "\n", encoding="utf-8")
        say(f"Written: {RESULTS.relative_to(ROOT)}")


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--times", action="store_true", help="measure times too, in half an hour")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 100_000], metavar="ARTICLES")
    parser.add_argument("--no-peers", action="store_true", help="no Wagtail; writes nothing")
    parser.add_argument("--quick", action="store_true", help="write nothing")
    return parser.parse_args()


def say(*paragraphs: str) -> None:
    for paragraph in paragraphs:
        sys.stdout.write(f"{paragraph}\n\n")
    sys.stdout.flush()


def _report(options: Namespace, stage: Stage) -> Report:
    found = engines.newsroom(stage)
    if not options.no_peers:
        found += engines.wagtail(stage)
    times = list(_times(options.sizes, stage)) if options.times else []
    load = os.getloadavg()[2]
    return Report(_conditions(stage.postgresql), texts(), questions(), found, times, load)


def _measured_before() -> str:
    """Measuring times takes long, so they stay in the results until they are measured again."""
    if not RESULTS.exists():
        return ""
    _, head, times = RESULTS.read_text(encoding="utf-8").partition(TIMES)
    return f"{head}{times}".strip()


def _times(sizes: list[int], stage: Stage) -> Iterator[dict]:
    """In a process and with a database of its own for each size; plans stay in `PLANS`."""
    PLANS.mkdir(exist_ok=True)
    settings = preparation.newsroom_settings(stage.folder)
    for database in (POSTGRESQL, SQLITE):
        for size in sizes:
            settings["DATABASE_URL"] = stage.database(database, f"crowd_{size}")
            plans = PLANS / f"{database.lower()}-{size}.txt"
            command = [preparation.PROGRAMS / "python", "-m", "bench.search.times", size, plans]
            measured = json.loads(run([str(part) for part in command], settings))
            yield measured | {"database": database}


def _conditions(server: str) -> dict[str, str]:
    packages = ", ".join(f"{name} {version(name)}" for name in ("django", "psycopg"))
    if preparation.WAGTAIL.exists():
        python = preparation.WAGTAIL / "bin" / "python"
        packages += run(
            [python, "-c", "import wagtail as w; print(', wagtail', w.__version__)"], {}
        )
    database = postgresql.describe(server)["version"]
    return {
        "Date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Versions": f"Python {platform.python_version()}, {packages.strip()}",
        "Databases": f"PostgreSQL {database} on loopback TCP, SQLite {sqlite3.sqlite_version}",
        "Machine": f"{len(os.sched_getaffinity(0))} cores, Linux {platform.release()}",
    }


if __name__ == "__main__":
    main()
