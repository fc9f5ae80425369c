"""Every site behind the same server, granian, on the server's core."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60  # seconds to start


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def length(self) -> int:
        """Of head and body together, as wrk counts."""
        return sum(len(name) + len(value) + 4 for name, value in self.headers.items()) + len(
            self.body
        )


@dataclass
class Server:
    """One worker that serves `application`; its environment is nothing but `environment`."""

    name: str
    application: str
    environment: Mapping[str, str]
    threads: int
    programs: Path  # Where granian is installed, with what the application needs.
    log: Path
    core: int

    @property
    def whole_environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "PYTHONPATH": str(ROOT), **self.environment}

    def start(self) -> None:
        self.port = free_port()
        granian = [self.programs / "granian", "--interface=wsgi", "--host=127.0.0.1", "--no-ws"]
        granian += [f"--port={self.port}", "--workers=1", f"--blocking-threads={self.threads}"]
        granian += ["--log-level=warning", "--workers-kill-timeout=2", self.application]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(self.core), *granian],
                cwd=ROOT,
                env=self.whole_environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the run alone, which then ends them all.
            )

    def await_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"The server {self.name} did not start:\n{self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def ask(self, paths: Iterable[str], headers: Mapping[str, str]) -> Answer:
        """Ask for one after the other over one connection; the last answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            for path in paths:
                connection.request("GET", path, headers=dict(headers))
                response = connection.getresponse()
                answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        return answer

    def memory(self) -> tuple[float, float]:
        """Of the worker, granian's largest child, in MiB: RSS, and its share of it (PSS)."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return max(map(_memory_of, children.split()))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def _memory_of(pid: str) -> tuple[float, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kib = {name: int(amount.split()[0]) for name, amount in (line.split(":") for line in lines)}
    return kib["Rss"] / 1024, kib["Pss"] / 1024
