"""The load: wrk, on a core of its own."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 16
SCRIPT = Path(__file__).with_name("load.lua")
READER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/150.0.0.0 Safari/537.36"
)


@dataclass(frozen=True)
class Load:
    answers: int
    microseconds: int
    bytes: int
    refused: int  # Answered 400 or more.
    broken: int  # Not answered.
    p50: float
    p99: float

    @property
    def per_second(self) -> float:
        return self.answers * 1e6 / self.microseconds


def version() -> str:
    said = subprocess.run(["wrk", "-v"], capture_output=True, text=True).stdout
    found = re.search(r"wrk\s+(?:debian/)?([\d.]+)", said)
    return found[1] if found else "of unknown version"


def run(
    address: str,
    core: int,
    seconds: int,
    headers: Mapping[str, str],
    paths: Path | None = None,
    seed: int = 0,
) -> Load:
    """Ask `address`, or `paths` below it at random, as fast as 16 connections can."""
    command = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    # No answer takes this long; wrk calls 2 s a time-out, which a slow page reaches on a bad day.
    command += ["--timeout", "60s", "--latency", "-s", str(SCRIPT)]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    command += [address, *(["--", str(paths), str(seed)] if paths else [])]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return Load(**json.loads(said.splitlines()[-1]))
