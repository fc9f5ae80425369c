"""What an audit has found, and the text of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ENOUGH = 12  # Lines of one finding that anybody reads.


class Missing(Exception):
    """A tool is not here; the message says how to get it."""


@dataclass(frozen=True)
class Finding:
    """One line of the table; it is in order if it has no fault."""

    what: str
    goal: str
    measured: str
    faults: Sequence[str] = ()
    notes: Sequence[str] = ()  # Worth knowing, and no fault of the public site.
    is_missing: bool = False


@dataclass(frozen=True)
class Part:
    """What one module of the audit found, and how long that took."""

    name: str
    findings: Sequence[Finding]
    seconds: float


def table(parts: Sequence[Part]) -> str:
    lines = [
        f"| {one.what} | {one.goal} | {one.measured} | {_verdict(one)} |"
        for part in parts
        for one in part.findings
    ]
    return "\n".join(["| | goal | measured | |", "|---|---|---|---|", *lines])


def _verdict(finding: Finding) -> str:
    if finding.is_missing:
        return "not measured"
    if finding.faults:
        return f"**failed** ({len(finding.faults)})"
    return "reached" if finding.goal else "to know"


def faults(parts: Sequence[Part]) -> str:
    return _listed([(one.what, one.faults) for part in parts for one in part.findings])


def notes(parts: Sequence[Part]) -> str:
    return _listed([(one.what, one.notes) for part in parts for one in part.findings])


def _listed(lines: Sequence[tuple[str, Sequence[str]]]) -> str:
    said = []
    for what, some in lines:
        said += [f"- {what}: {line}" for line in some[:ENOUGH]]
        if len(some) > ENOUGH:
            said.append(f"- {what}: and {len(some) - ENOUGH} more")
    return "\n".join(said)


def times(parts: Sequence[Part]) -> str:
    return "Seconds: " + ", ".join(f"{part.name} {part.seconds:.0f}" for part in parts) + "."


def document(parts: Sequence[Part], conditions: dict[str, str]) -> str:
    chapters = [
        "# What `make audit` measured",
        "\n".join(f"- {name}: {value}" for name, value in conditions.items()),
        table(parts),
        times(parts),
    ]
    for title, text in (("Failed", faults(parts)), ("Notes", notes(parts))):
        chapters += [f"## {title}", text] if text else []
    return "\n\n".join(chapters)
