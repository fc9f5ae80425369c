"""One moment of a database, while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Snapshot(NamedTuple):
    using: str  # A connection that sees this moment.
    dump: Callable[[Path], None]  # Writes the same moment to a file.
