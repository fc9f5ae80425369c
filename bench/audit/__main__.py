"""`make audit`: measure the quality of the served demo site, print it, write `AUDIT.md`."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.audit import axe, feeds, findings, lighthouse, links, nu, sitemaps, tools, weight
from bench.audit.findings import Finding, Missing, Part
from bench.audit.stand import Stand, served

RESULTS = Path(__file__).parents[1] / "AUDIT.md"
Audit = Callable[[Stand], Iterator[Finding]]
PARTS: dict[str, Audit] = {
    "lighthouse": lighthouse.audit,
    "nu": nu.audit,
    "weight": weight.audit,
    "links": links.audit,
    "feeds": feeds.audit,
    "sitemaps": sitemaps.audit,
    "axe": axe.audit,
}


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # Ends the server as well.
    with served(options.quick) as stand:
        parts = [_measured(name, stand) for name in options.parts]
    say(findings.table(parts), findings.times(parts), findings.notes(parts), findings.faults(parts))
    if not options.quick and options.parts == [*PARTS]:
        RESULTS.write_text(findings.document(parts, conditions()) + "\n", encoding="utf-8")
        say(f"Written: {RESULTS.relative_to(tools.ROOT)}")
    return 1 if is_bad(parts) else 0


def is_bad(parts: list[Part]) -> bool:
    """What is not measured for want of a tool is bad where everything is checked: in CI."""
    every = [one for part in parts for one in part.findings]
    return any(one.faults or (one.is_missing and os.environ.get("CI")) for one in every)


def say(*paragraphs: str) -> None:
    for paragraph in filter(None, paragraphs):
        sys.stdout.write(f"{paragraph}\n\n")
    sys.stdout.flush()


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.audit", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="what the browser tests have not seen, fewer runs of Lighthouse; write nothing",
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    options.parts = options.parts or [n for n in PARTS if not (options.quick and n == "axe")]
    return options


def _measured(name: str, stand: Stand) -> Part:
    say(f"Measuring: {name}")
    started = time.monotonic()
    try:
        found = list(PARTS[name](stand))
    except Missing as reason:
        found = [Finding(name, "", str(reason), is_missing=True)]
    except (RuntimeError, subprocess.SubprocessError) as error:
        found = [Finding(name, "", "broke off", faults=[str(error)])]
    return Part(name, found, time.monotonic() - started)


def conditions() -> dict[str, str]:
    packages = ", ".join(f"{name} {version}" for name, version in tools.NPM.items())
    return {
        "Date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "Versions": f"Python {platform.python_version()}, {packages}",
        "Machine": f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}",
        "Site": "that of `make demo`, over plain HTTP on this machine",
    }


if __name__ == "__main__":
    sys.exit(main())
