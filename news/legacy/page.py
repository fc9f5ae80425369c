"""A page of the old site as read from a file, and what can be wrong with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


class PageError(Exception):
    """Why one page cannot be imported, and the line of its file that shows it."""

    def __init__(self, reason: str, line: int | None = None):
        super().__init__(reason)
        self.reason = reason
        self.line = line

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


@dataclass(frozen=True)
class Page:
    """What one file says. `body` is HTML of our own writing, but has not passed the door yet.

    `pictures` are the addresses in its `<img src>`, each once; `canonical` is the address that
    the page gives itself, or empty.
    """

    title: str
    day: date
    source: str
    volume: int
    body: str
    canonical: str = ""
    pictures: tuple[str, ...] = ()
