"""Debian's Chromium, as the browser tests and the audit start it."""

from __future__ import annotations

import os
import shutil
from typing import Any

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = [
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
if os.geteuid() == 0:
    FLAGS.append("--no-sandbox")  # Chromium refuses to run as root with it.


def launch_options() -> dict[str, Any]:
    """What Playwright needs to know."""
    return {"executable_path": CHROMIUM, "args": FLAGS}
