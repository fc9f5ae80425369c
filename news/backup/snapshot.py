"""One moment of a database: while it goes on, and before it is replaced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Snapshot(NamedTuple):
    using: str  # A connection that sees this moment.
    dump: Callable[[Path], None]  # Writes the same moment to a file.


# At what is about to be replaced. Says the statements that follow, or raises what stops it.
Look = Callable[[], list[str]]
