"""Publishing every second while a row is measured, from a process of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from bench import counts
from bench.servers import ROOT
from bench.stage import Site


@contextmanager
def publishing(site: Site, seconds: int, faults: list[str]) -> Iterator[None]:
    """Beside the server, on its core; a fault is noted if there were too few editions."""
    before = counts.edition(site.store)
    server = site.server
    editor = subprocess.Popen(
        ["taskset", "-c", str(server.core), server.programs / "python", "-m", "bench.sites.editor"],
        cwd=ROOT,
        env=server.whole_environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with editor:
        editor.stdout.readline()
        editor.stdin.write("go\n")
        editor.stdin.flush()
        yield
    editions = counts.edition(site.store) - before
    if editor.returncode or editions < seconds:
        faults.append(f"{editions} editions in {seconds} s")
