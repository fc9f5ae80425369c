"""Fixtures of the browser tests: the site in a process of its own, and Debian's Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests import scratch
from tests.conftest import READER

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")


@dataclass(frozen=True)
class Server:
    """The demo site, served as `make demo` serves it."""

    url: str
    password: str  # Of every staff account.
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """What a management command on the served database prints."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    files = scratch.folder("served")
    port = _free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "haisum.settings",
        "DATABASE_URL": scratch.second_database_url("served"),
        "STATIC_ROOT": str(files / "static"),
        "MEDIA_ROOT": str(files / "media"),
    }
    (files / "media").mkdir()
    server = Server(f"http://127.0.0.1:{port}", "long-words-open-doors", environment)
    server.manage("migrate", "--verbosity=0")
    server.manage("collectstatic", "--noinput", "--verbosity=0")
    server.manage("seed_demo", "--staff", "--password", server.password)
    log = files / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(Path(sys.executable).parent / "granian", "--interface=wsgi", f"--port={port}"),
                *("--host=127.0.0.1", "--no-ws", "--workers=1", "--blocking-threads=3"),
                *("--static-path-route=/media", f"--static-path-mount={files / 'media'}"),
                "haisum.wsgi:application",
            ],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for pytest, which then stops the server in order.
        )
    try:
        _wait_for(f"{server.url}/healthz", process, log)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    """`page.goto("/en/")` means the served site."""
    return server.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    if not CHROMIUM:
        pytest.skip("Browser tests need Chromium: apt install chromium")
    arguments = ["--disable-quic", "--disable-background-networking", "--disable-component-update"]
    arguments += ["--disable-sync", "--no-first-run"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to run as root with it.
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    # A headless Chromium says so in its name, and the newsroom does not count it as a reader.
    return browser_context_args | {"user_agent": READER, "locale": "en-GB"}


@pytest.fixture
def new_context(
    new_context: Callable[..., BrowserContext], server: Server
) -> Iterator[Callable[..., BrowserContext]]:
    """Watches every page of a test: nothing may break, nothing be asked of another host."""
    complaints: list[str] = []

    def watch(**options) -> BrowserContext:
        context = new_context(**options)
        context.on("weberror", lambda error: complaints.append(f"JavaScript: {error.error}"))
        context.on("console", on_console)
        context.on("request", on_request)
        context.on("response", on_response)
        return context

    def on_console(message) -> None:
        # Chromium also reports a page that answers 404 or 410, which is no fault of the page.
        shown = message.page and message.location["url"] == message.page.url
        if message.type == "error" and not (shown and "Failed to load" in message.text):
            complaints.append(f"Console: {message.text} ({message.location['url']})")

    def on_request(request) -> None:
        if not request.url.startswith((server.url + "/", "data:", "blob:", "about:")):
            complaints.append(f"Another host: {request.url}")

    def on_response(response) -> None:
        if response.status >= 500:
            complaints.append(f"Answer {response.status}: {response.url}")

    yield watch
    assert not complaints, "\n".join(complaints)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    pytest.fail(f"The server does not answer:\n{log.read_text()}", pytrace=False)
