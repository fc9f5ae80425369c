"""`make bench`: measure every row, print the table, write `RESULTS.md`."""

from __future__ import annotations

import re
import shutil
import signal
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import load, machine, postgresql, preparation, results
from bench.rounds import Bench
from bench.rows import EMPTY, POSTGRESQL, RAW, SQLITE, Row, all_rows
from bench.servers import ROOT, free_port
from bench.stage import Site, Stage

RESULTS = Path(__file__).with_name("RESULTS.md")
QUICK = {"rounds": 1, "seconds": 1, "articles": 300, "patience": 0}


def main() -> int:
    options = _options()
    if shortcoming := machine.shortcoming():
        raise SystemExit(shortcoming)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # Ends the servers as well.
    rows = _chosen(options)
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    run_folder = Path(tempfile.mkdtemp(dir=folder, prefix="run-"))
    try:
        measurements = _measure(options, rows, run_folder)
    finally:
        shutil.rmtree(run_folder, ignore_errors=True)
    say(results.table(measurements), results.goals(measurements), *measurements.faults())
    if not (options.quick or options.only):
        RESULTS.write_text(results.document(measurements) + "\n")
        say(f"Written: {RESULTS.relative_to(ROOT)}")
    return 1 if measurements.faults() else 0


def say(*paragraphs: str) -> None:
    for paragraph in paragraphs:
        sys.stdout.write(f"{paragraph}\n")
    sys.stdout.flush()


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of load on a row in a round")
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument(
        "--patience", type=float, default=600, help="seconds to wait in all for a quiet machine"
    )
    parser.add_argument("--peers", action="store_true", help="also Wagtail (installs it)")
    parser.add_argument("--quick", action="store_true", help="once, and write nothing")
    parser.add_argument(
        "--only", default="", metavar="PATTERN", help="rows whose name matches; writes nothing"
    )
    options = parser.parse_args()
    if options.quick:
        vars(options).update(QUICK)
    return options


def _chosen(options: Namespace) -> list[Row]:
    """What is asked for, and what it is compared with."""
    rows = all_rows(options.peers)
    chosen = [row for row in rows if re.search(options.only, row.name)]
    if not any(row.articles for row in chosen):
        raise SystemExit(f"No row of an article matches {options.only!r}.")
    return [row for row in rows if row in chosen or row.name in (RAW, EMPTY)]


def _measure(options: Namespace, rows: list[Row], folder: Path) -> results.Measurements:
    core, load_core = machine.cores()
    with ExitStack() as stack:
        database = stack.enter_context(postgresql.running(folder / "postgresql", free_port(), core))
        wagtail = preparation.WAGTAIL if options.peers else None
        stage = Stage(folder, core, database, options.articles)
        sites = stack.enter_context(_serving(stage, {row.server for row in rows}))
        process = postgresql.process(folder / "postgresql")
        bench = Bench(sites, load_core, options.seconds, options.patience, process, say)
        rounds = bench.measure(rows, options.rounds)
        conditions = machine.conditions(postgresql.describe(database), folder, wagtail)
        return results.Measurements(conditions, options.seconds, rows, rounds)


@contextmanager
def _serving(stage: Stage, names: set[str]) -> Iterator[dict[str, Site]]:
    """The sites of these names, all up until the block ends."""
    with ExitStack() as stack:

        def start(sites: dict[str, Site]) -> dict[str, Site]:
            for site in sites.values():
                site.server.start()
                stack.callback(site.server.stop)
            for site in sites.values():
                site.server.await_ready()
            return sites

        articles = start({n: site for n, site in _prepared(stage, names) if n in names})
        page = stage.folder / "page.html"
        page.write_bytes(_an_article(next(iter(articles.values()))))
        limits = preparation.limits(stage, page)
        yield articles | start({n: site for n, site in limits.items() if n in names})


def _prepared(stage: Stage, names: set[str]) -> Iterator[tuple[str, Site]]:
    for database in (POSTGRESQL, SQLITE):
        for kind in (preparation.newsroom, preparation.naive):
            if any(name.startswith(f"{kind.__name__}-{database}") for name in names):
                say(f"Preparing: {kind.__name__}, {database}")
                yield from kind(stage, database).items()
    if any(name.startswith("wagtail") for name in names):
        say("Preparing: Wagtail")
        yield from preparation.wagtail(stage).items()


def _an_article(site: Site) -> bytes:
    """The bytes that constant answers consist of."""
    answer = site.server.ask([site.store.hot], {"User-Agent": load.READER})
    if answer.status != 200:
        raise SystemExit(f"{site.server.name} answered {answer.status} for {site.store.hot}.")
    return answer.body


if __name__ == "__main__":
    sys.exit(main())
