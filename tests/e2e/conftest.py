"""Fixtures of the browser tests: the site in a process of its own, and Debian's Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import CHROMIUM, launch_options
from tests.conftest import READER
from tests.server import Server, collected

PASSWORD = "long-words-open-doors"  # Of every staff account.


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The demo site, served as `make demo` serves it."""
    with Server(STATIC_ROOT=str(collected())) as server:
        server.manage("seed_demo", "--staff", "--password", PASSWORD)
        yield server


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    """`page.goto("/en/")` means the served site."""
    return server.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    if not CHROMIUM:
        pytest.skip("Browser tests need Chromium: apt install chromium")
    return browser_type_launch_args | launch_options()


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


@pytest.fixture
def refused_page(browser: Browser, browser_context_args: dict) -> Iterator[Page]:
    """Not watched: Chromium writes into the console of every page whose upload was refused."""
    with browser.new_context(**browser_context_args) as context:
        yield context.new_page()
