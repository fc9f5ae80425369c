"""axe-core and layout shifts: the browser tests' own, in every combination of theme and width."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

from bench.audit import tools
from bench.audit.findings import Finding
from bench.audit.stand import Stand
from tests.pages import KINDS

TESTS = {
    "axe-core": ("test_axe_finds_nothing", "2 languages, 2 themes, 3 widths"),
    "Layout shifts": ("test_nothing_moves_while_a_page_loads", "2 languages, 2 widths"),
}


def audit(stand: Stand) -> Iterator[Finding]:
    tools.chromium()
    for what, (test, looks) in TESTS.items():
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=short"]
        done = subprocess.run(
            [*command, f"tests/e2e/test_look.py::{test}"],
            cwd=tools.ROOT,
            env=os.environ | {"AXE": "everything"},
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.findall(r"^E +(?:AssertionError: )?(.+)", done.stdout, re.MULTILINE)
        has_failed = done.returncode != 0
        yield Finding(
            what,
            "0 findings",
            f"{len(found)} on {len(KINDS)} kinds of page, {looks}",
            faults=(found or [done.stdout[-500:]]) if has_failed else [],
        )
