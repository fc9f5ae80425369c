"""Processor time: what a site used, and what other work on the machine took meanwhile."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """Seconds since some moment: of the clock, of the site's processes, of everybody else's."""

    elapsed: float
    site: float
    others: float

    def since(self, before: Usage) -> Usage:
        return Usage(
            self.elapsed - before.elapsed, self.site - before.site, self.others - before.others
        )


def now(site: Iterable[int], database: int) -> Usage:
    """`site`: the processes that answer, with their children; this one and its are no others."""
    processes = dict(_processes())
    own = _used({os.getpid(), database}, processes)
    return Usage(time.monotonic(), _used(set(site), processes), _busy() - own)


def _busy() -> float:
    """Of all cores: in programs, in the system for them, and taken away by the host."""
    cores = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _idle, _waiting, _irq, _softirq, steal = map(int, cores[:8])
    return TICK * (user + nice + system + steal)


def _processes() -> Iterator[tuple[int, tuple[int, float]]]:
    """Each process's parent and what it used, with its ended children."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # It has just ended.
            continue
        yield int(process.name), (int(fields[1]), TICK * sum(map(int, fields[11:15])))


def _used(roots: set[int], processes: dict[int, tuple[int, float]]) -> float:
    tree, grown = set(), roots & processes.keys()
    while grown:
        tree |= grown
        grown = {pid for pid, (parent, _) in processes.items() if parent in grown} - tree
    return sum(processes[pid][1] for pid in tree)
