"""From measurements to text: `RESULTS.md` and the table that `make bench` prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.goals import GOALS, Goal
from bench.rows import EMPTY, RAW, Counting, Row

RENDERING = 3  # Times the processor time of an empty Django view; pages here take 10 and more.


@dataclass(frozen=True)
class Sample:
    """One row in one round."""

    rps: float
    p50: float  # ms
    p99: float
    cpu: float  # Processor time of the server and of the database for one answer, microseconds.
    others: float  # Cores that other work took meanwhile.
    rss: float  # MiB
    pss: float
    answers: int
    counted: int | None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spread:
    """A median and its range over the rounds."""

    middle: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{figures(self.middle)} ({figures(self.least)}-{figures(self.most)})"


@dataclass(frozen=True)
class Measurements:
    conditions: dict[str, str]  # What is said above the table: date, versions, machine.
    seconds: int
    rows: list[Row]
    rounds: list[dict[str, Sample]]

    def of(self, row: str) -> list[Sample]:
        return [samples[row] for samples in self.rounds if row in samples]

    def median(self, row: str, value: Callable[[Sample], float]) -> float:
        return median(map(value, self.of(row)))

    def ratio(self, row: str, base: str) -> Spread | None:
        """Of answers a second, to another row's of the same round; None if one is not there."""
        both = [samples for samples in self.rounds if row in samples and base in samples]
        return _spread([s[row].rps / s[base].rps for s in both if s[base].rps])

    def thrift(self, row: str, base: str) -> Spread | None:
        """How many times less processor time an answer takes than another row's."""
        both = [samples for samples in self.rounds if row in samples and base in samples]
        return _spread([s[base].cpu / s[row].cpu for s in both if s[row].cpu])

    def evenness(self, row: str) -> Spread | None:
        """10 x p50 / p99."""
        return _spread([10 * sample.p50 / sample.p99 for sample in self.of(row) if sample.p99])

    def failed(self, row: str) -> bool:
        return any(fault.startswith(f"{row}, round ") for fault in self.faults())

    def faults(self) -> list[str]:
        return [
            f"{row.name}, round {number}: {fault}"
            for row in self.rows
            for number, samples in enumerate(self.rounds, start=1)
            for fault in _faults(row, samples)
        ]

    def disturbance(self) -> Spread:
        """How many cores other work took while rows were measured."""
        every = [sample.others for samples in self.rounds for sample in samples.values()]
        return Spread(median(every), min(every), max(every))


def _faults(row: Row, samples: dict[str, Sample]) -> list[str]:
    """What was wrong with a row in a round; what claims to be rendered has to cost as much."""
    sample, empty = samples[row.name], samples[EMPTY]
    if row.rendered and sample.cpu < RENDERING * empty.cpu:
        return [*sample.faults, f"made in {sample.cpu:.0f} us, it can only come out of a cache"]
    return list(sample.faults)


def _spread(values: list[float]) -> Spread | None:
    return Spread(median(values), min(values), max(values)) if values else None


def figures(value: float) -> str:
    """Two figures that mean something, never an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    decimals = 1 if value >= 10 else 2 if value >= 1 else 3 if value >= 0.1 else 4
    return f"{value:.{decimals}f}"


def document(measurements: Measurements) -> str:
    return "\n\n".join(
        [
            "# What `make bench` measured",
            "\n".join(f"- {name}: {value}" for name, value in measurements.conditions.items()),
            method(measurements),
            table(measurements),
            *_failures(measurements),
            "## Goals",
            goals(measurements),
        ]
    )


def method(measurements: Measurements) -> str:
    return (
        f"Each row: the median of {len(measurements.rounds)} rounds of {measurements.seconds} s; "
        "every round measures all rows in an order of its own, with all servers up. Server, "
        "database and editor share one core, wrk has the other, so rps is requests per second and "
        "core, the database included. R is the ratio to the constant answer of the same round, "
        "x Django to an empty Django view behind the default middleware, with the range over the "
        "rounds in brackets. 16 connections ask as fast as they are answered: p50 and p99 (ms) "
        "compare rows and promise nothing else. Memory is of one worker, in MiB. Counted is what "
        "the database's sums grew by, over all rounds; answers that wrk was still waiting for at "
        "the end of a round (up to 16) are counted and not among its answers. Every commit of "
        "PostgreSQL is on disk. CPU is the processor time of server and database for one answer: "
        "it hardly moves when other work takes the cores, as rps and even R then do. While rows "
        f"were measured, other work took {measurements.disturbance()} of the cores."
    )


def table(measurements: Measurements) -> str:
    head = "| | rps | R | x Django | p50 | p99 | CPU us | RSS / PSS | counted / answers |"
    rules = "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    lines = [_line(measurements, row) for row in measurements.rows]
    return "\n".join([head, rules, *lines])


def _line(measurements: Measurements, row: Row) -> str:
    def middle(name: str) -> str:
        return figures(measurements.median(row.name, lambda sample: getattr(sample, name)))

    samples = measurements.of(row.name)
    failed = " **failed**" if measurements.failed(row.name) else ""
    rss, pss = (max(getattr(sample, name) for sample in samples) for name in ("rss", "pss"))
    cells = [
        row.name + failed,
        f"{measurements.median(row.name, lambda sample: sample.rps):,.0f}",
        measurements.ratio(row.name, RAW),
        measurements.ratio(row.name, EMPTY),
        middle("p50"),
        middle("p99"),
        middle("cpu"),
        f"{rss:.0f} / {pss:.0f}",
        _counted(row, samples),
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def _counted(row: Row, samples: list[Sample]) -> str:
    if row.counting == Counting.NONE:
        return ""
    counted = sum(sample.counted or 0 for sample in samples)
    lost = "lost: " if row.counting == Counting.LOST else ""
    return f"{lost}{counted:,} / {sum(sample.answers for sample in samples):,}"


def _failures(measurements: Measurements) -> list[str]:
    faults = measurements.faults()
    return ["## Failed", "\n".join(f"- {fault}" for fault in faults)] if faults else []


def goals(measurements: Measurements) -> str:
    lines = ["| goal | at least | measured | | in CPU time |", "|---|--:|--:|---|--:|"]
    for goal in GOALS:
        measured = goal.measure(measurements)
        thrift = measurements.thrift(goal.row, goal.base) if goal.row != goal.base else None
        verdict = _verdict(measurements, goal, measured)
        cells = goal.name, f"{goal.reach:g}", measured or "", verdict, thrift or ""
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def _verdict(measurements: Measurements, goal: Goal, measured: Spread | None) -> str:
    if measured is None:
        return "not measured"
    if any(map(measurements.failed, goal.rows)):
        return "**failed**"
    if measured.middle >= goal.reach:
        return "reached"
    return f"**missed** by {100 * (1 - measured.middle / goal.reach):.0f} %"
