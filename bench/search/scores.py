"""How well an engine put the right articles first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.search.texts import Question

DEPTH = 50  # An article further down counts as not found.


@dataclass(frozen=True)
class Engine:
    """An engine's name and, for each question, the keys that it found, best first."""

    name: str
    found: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Score:
    hit_1: float
    hit_5: float
    mrr: float

    def __str__(self) -> str:
        return f"{self.hit_1:.3f} | {self.hit_5:.3f} | {self.mrr:.3f}"


@dataclass(frozen=True)
class Failure:
    question: Question
    place: int | None  # Where a right one was, from 1.
    found: Sequence[str]


def score(engine: Engine, asked: Sequence[Question], language: str = "") -> Score:
    """Of the questions of one language, or of all."""
    places = [
        _place(question, found)
        for question, found in zip(asked, engine.found, strict=True)
        if language in ("", question.language)
    ]
    return Score(
        fmean(place == 1 for place in places),
        fmean(place is not None and place <= 5 for place in places),
        fmean(1 / place if place else 0 for place in places),
    )


def failures(engine: Engine, asked: Sequence[Question]) -> Iterator[Failure]:
    """The questions for which something else came first."""
    for question, found in zip(asked, engine.found, strict=True):
        if (place := _place(question, found)) != 1:
            yield Failure(question, place, found)


def _place(question: Question, found: Sequence[str]) -> int | None:
    return next((n for n, key in enumerate(found, start=1) if key in question.answers), None)
