"""Lighthouse, with the settings of a phone on a slow network, on the pages that are read most."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from bench.audit import tools
from bench.audit.findings import Finding
from bench.audit.stand import Stand
from tests.browser import FLAGS

GOALS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
PAGES = {"home": "home", "list": "list", "article": "cover"}  # Name -> kind of page.
RUNS = 5
ATTEMPTS = 2  # Chromium does not always start.
Scores = dict[str, int]
# What a run is made of: the scores, and what was not perfect in it.
Run = tuple[Scores, list[str]]


def audit(stand: Stand) -> Iterator[Finding]:
    for name, kind in PAGES.items():
        address = stand.url + stand.pages.addresses["en"][kind]
        runs = enough(lambda address=address: run(address), stand.is_quick)
        yield judged(name, runs)


def judged(page: str, runs: list[Run]) -> Finding:
    middle = {category: median(scores[category] for scores, _ in runs) for category in GOALS}
    lost = sorted({line for _, lines in runs for line in lines})
    falls_short = any(middle[category] < goal for category, goal in GOALS.items())
    return Finding(
        f"Lighthouse, {page}",
        ", ".join(f"{category} {goal}" for category, goal in GOALS.items()),
        _measured(runs, middle),
        faults=lost if falls_short else [],
        notes=[] if falls_short else lost,
    )


def enough(run: Callable[[], Run], is_quick: bool) -> list[Run]:
    """Five runs; or one if nothing falls short, and else three, as single ones vary."""
    if not is_quick:
        return [run() for _ in range(RUNS)]
    first = run()
    if all(first[0][category] >= goal for category, goal in GOALS.items()):
        return [first]
    return [first, run(), run()]


def run(address: str) -> Run:
    node, cli = tools.program("node"), tools.package("lighthouse") / "cli" / "index.js"
    command = [node, cli, address, "--quiet", "--output=json", "--no-enable-error-reporting"]
    command.append(f"--chrome-flags=--headless=new {' '.join(FLAGS)}")
    for _ in range(ATTEMPTS):
        done = subprocess.run(
            command,
            env=os.environ | {"CHROME_PATH": tools.chromium()},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if done.returncode == 0:
            return read(json.loads(done.stdout))
    raise RuntimeError(done.stderr.strip()[-500:])


def read(report: dict[str, Any]) -> Run:
    if error := report.get("runtimeError"):
        raise RuntimeError(error["message"])
    scores = {name: round(100 * report["categories"][name]["score"]) for name in GOALS}
    return scores, [line for name in GOALS for line in _lost(report, name)]


def _lost(report: dict[str, Any], category: str) -> Iterator[str]:
    """What cost points, and the first place where."""
    for part in report["categories"][category]["auditRefs"]:
        one = report["audits"][part["id"]]
        if part["weight"] and one["score"] is not None and one["score"] < 1:
            items = one.get("details", {}).get("items", [])
            where = json.dumps(items[0], ensure_ascii=False)[:200] if items else ""
            value = one.get("displayValue", "")
            yield f"{category}: {one['title']} {value} {where}".rstrip()


def _measured(runs: list[Run], middle: dict[str, float]) -> str:
    def spread(category: str) -> str:
        values = [scores[category] for scores, _ in runs]
        return f" ({min(values)}-{max(values)})" if min(values) < max(values) else ""

    said = [f"{name} {middle[name]:.0f}{spread(name)}" for name in GOALS]
    return ", ".join(said) + f"; {len(runs)} run{'s' * (len(runs) > 1)}"
