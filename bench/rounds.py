"""The measuring itself: every row once a round, in an order of its own each time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from random import Random

from bench import counts, load, usage
from bench.publisher import publishing
from bench.results import Sample
from bench.rows import Counting, Row
from bench.stage import Site

WARM_UP = 1  # second
# A row is measured anew if other work took more than this share of a core beside it.
DISTURBANCE = 0.1
BREATHER = 5  # seconds, before that
TRIES = 3


@dataclass
class Bench:
    sites: Mapping[str, Site]
    load_core: int
    seconds: int
    patience: float  # Seconds that the run may wait, in all, for a quiet machine.
    database: int  # Its process.
    say: Callable[[str], None]
    walked: dict[str, int] = field(default_factory=dict)  # The edition whose pages are all made.

    def measure(self, rows: list[Row], rounds: int) -> list[dict[str, Sample]]:
        for row in rows:
            self.say(f"Warming up: {row.name}")
            self._make_pages(row)
            self._load(row, WARM_UP, seed=0)
        return [self._round(rows, number, rounds) for number in range(1, rounds + 1)]

    def _round(self, rows: list[Row], number: int, rounds: int) -> dict[str, Sample]:
        samples = {}
        for row in Random(number).sample(rows, len(rows)):
            samples[row.name] = sample = self._undisturbed(row, number)
            faults = "".join(f"; {fault}" for fault in sample.faults)
            self.say(f"Round {number} of {rounds}: {row.name}: {sample.rps:,.0f}/s{faults}")
        return samples

    def _undisturbed(self, row: Row, seed: int) -> Sample:
        """The least disturbed of a few samples, or the first that nothing disturbed."""
        samples = [self._sample(row, seed)]
        while samples[-1].others > DISTURBANCE and len(samples) < TRIES and self.patience > 0:
            time.sleep(BREATHER)
            self.patience -= BREATHER + self.seconds
            samples.append(self._sample(row, seed))
        failed = [sample for sample in samples if sample.faults]
        return min(failed or samples, key=lambda sample: sample.others)

    def _sample(self, row: Row, seed: int) -> Sample:
        site = self.sites[row.server]
        self._make_pages(row)
        faults, length = self._probe(row)
        before = counts.counted(site.store)
        with publishing(site, self.seconds, faults) if row.publishing else nullcontext():
            started = self._usage(site)
            done = self._load(row, self.seconds, seed)
            used = self._usage(site).since(started)
        after = counts.counted(site.store)
        counted = [late - early for early, late in zip(before, after, strict=True)]
        faults += load_faults(done, length) + counts.faults(row.counting, done.answers, counted)
        served = counted[0] if row.counting == Counting.EXACT else done.answers
        rss, pss = site.server.memory()
        return Sample(
            rps=done.per_second,
            p50=done.p50 / 1000,
            p99=done.p99 / 1000,
            cpu=1e6 * used.site / max(served, 1),
            others=used.others / used.elapsed,
            answers=done.answers,
            counted=counted[0] if counted else None,
            rss=rss,
            pss=pss,
            faults=tuple(faults),
        )

    def _usage(self, site: Site) -> usage.Usage:
        return usage.now([site.server.process.pid, self.database], self.database)

    def _load(self, row: Row, seconds: int, seed: int) -> load.Load:
        site = self.sites[row.server]
        paths = site.store.paths if site.store and row.uniform else None
        address = site.server.address(self._path(row))
        return load.run(address, self.load_core, seconds, _headers(row), paths, seed)

    def _path(self, row: Row) -> str:
        store = self.sites[row.server].store
        return row.path or (store.hot if store else "/")

    def _make_pages(self, row: Row) -> None:
        """Have every page of a uniform row in the cache, again if a new edition came between."""
        site = self.sites[row.server]
        if not row.uniform or row.rendered or site.store is None:
            return
        site.server.ask([site.store.hot], _headers(row))  # What is due comes into effect.
        edition = counts.edition(site.store)
        if self.walked.get(row.server) != edition:
            site.server.ask(site.store.paths.read_text().split(), _headers(row))
            self.walked[row.server] = edition

    def _probe(self, row: Row) -> tuple[list[str], int]:
        """What is wrong with an answer of this row, and how long it is."""
        answer = self.sites[row.server].server.ask([self._path(row)], _headers(row))
        faults = [] if answer.status == 200 else [f"answered {answer.status}"]
        if row.expects.encode() not in answer.body:
            faults.append(f"does not show {row.expects!r}")
        encoding = answer.headers.get("Content-Encoding")
        if encoding != row.headers.get("Accept-Encoding"):
            faults.append(f"encoded as {encoding}")
        return faults, answer.length


def _headers(row: Row) -> dict[str, str]:
    return {"User-Agent": load.READER, **row.headers}


def load_faults(done: load.Load, length: int) -> list[str]:
    """What went wrong under load, where one answer is `length` bytes long."""
    faults = []
    if done.refused:
        faults.append(f"{done.refused} answers of 400 or more")
    if done.broken:
        faults.append(f"{done.broken} requests without an answer")
    # wrk takes a redirect for a good answer; what it read of answers it did not finish is extra.
    least, most = 0.9 * done.answers * length, (1.1 * done.answers + load.CONNECTIONS) * length
    if not (done.answers and least <= done.bytes <= most):
        faults.append(f"{done.answers} answers of {length} bytes make no {done.bytes} bytes")
    return faults
