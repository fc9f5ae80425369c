"""Fixtures of all tests."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode, urlsplit
from wsgiref.headers import Headers
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker
from time_machine import TimeMachineFixture, escape_hatch

from tests.helpers import make_user
from tests.server import Server

READER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/150.0.0.0 Safari/537.36"
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What no database has a part in is run by the pass on SQLite alone."""
    if os.environ.get("TEST_DATABASE") == "postgresql":
        config.hook.pytest_deselected(items=[i for i in items if i.get_closest_marker("once")])
        items[:] = [item for item in items if not item.get_closest_marker("once")]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Site:
    """The site as its server sees it: `haisum.wsgi.application`, with all that wraps Django.

    Django's own test client builds a handler of its own and goes past that. Headers are named as
    in Python: `site.get("/en/", user_agent="curl/8", if_none_match='"7"')`.
    """

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, **headers)

    def head(self, path: str, **headers: str) -> Answer:
        return self.request("HEAD", path, **headers)

    def post(self, path: str, data: dict[str, str], **headers: str) -> Answer:
        return self.request("POST", path, urlencode(data).encode(), **headers)

    def sign_in(self, user: Any) -> None:
        client = Client()
        client.force_login(user)
        self._keep(client.cookies)

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        from haisum.wsgi import application

        started: dict[str, Any] = {}

        def start_response(status: str, headers: list, exc_info: Any = None):
            started.update(status=int(status.split()[0]), headers=Headers(headers))
            return io.BytesIO().write

        with _connection_kept():
            parts = validator(application)(
                self._environ(method, path, body, headers), start_response
            )
            try:
                content = b"".join(parts)
            finally:
                parts.close()
        for line in started["headers"].get_all("Set-Cookie"):
            self._keep(SimpleCookie(line))
        return Answer(body=content, **started)

    def _environ(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> dict:
        address = urlsplit(path)
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(address.path).decode("latin-1"),
            "QUERY_STRING": address.query,
            "SERVER_NAME": "testserver",
            "REMOTE_ADDR": "192.0.2.1",
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "HTTP_HOST": "testserver",
            "HTTP_USER_AGENT": READER,
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        setup_testing_defaults(environ)
        return environ

    def _keep(self, cookies: SimpleCookie) -> None:
        for name, cookie in cookies.items():
            self.cookies[name] = cookie.value


@contextmanager
def _connection_kept() -> Iterator[None]:
    """A request must not close the connection that holds the test's own transaction."""
    if not connection.in_atomic_block:
        yield
        return
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def server() -> Iterator[Callable[..., Server]]:
    """Starts servers: `server(workers=4, threads=16, PAGE_CACHE_MIB="0")`."""
    with ExitStack() as started:
        yield lambda *args, **kwargs: started.enter_context(Server(*args, **kwargs))


@pytest.fixture
def author(client: Client) -> User:
    """An author, signed in to `client`."""
    return _signed_in(client, "author", "Author")


@pytest.fixture
def editor(client: Client) -> User:
    """An editor, signed in to `client`."""
    return _signed_in(client, "editor", "Editor")


def _signed_in(client: Client, name: str, group: str) -> User:
    user = make_user(name, group)
    client.force_login(user)
    return user


# --- The database's clock ---

# Found before PostgreSQL's own `now()` by whoever calls it without naming a schema.
SHADOWED_CLOCK = """
    CREATE TABLE IF NOT EXISTS public.frozen_clock (at timestamptz NOT NULL, since timestamptz);
    CREATE OR REPLACE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
        SELECT coalesce(
            (SELECT at + coalesce(clock_timestamp() - since, interval '0')
             FROM public.frozen_clock LIMIT 1),
            clock_timestamp()
        )
    $$;
    ALTER DATABASE {database} SET search_path = public, pg_catalog;
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests can move PostgreSQL's clock too."""
    if connection.vendor != "postgresql":
        return
    database = connection.ops.quote_name(connection.settings_dict["NAME"])
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(SHADOWED_CLOCK.format(database=database))
        connection.close()  # The next one begins with the new search path.


class BothClocks(TimeMachineFixture):
    """Moves Python's clock, and with it the one of the test's PostgreSQL database."""

    ticks = True

    def move_to(self, destination: Any, tick: bool | None = None) -> None:
        super().move_to(destination, tick)
        self.ticks = self.ticks if tick is None else tick
        self._follow()

    def shift(self, delta: timedelta | float) -> None:
        super().shift(delta)
        self._follow()

    def stop(self) -> None:
        super().stop()
        if not connection.in_atomic_block:  # A test's own transaction is rolled back anyway.
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM public.frozen_clock")

    def _follow(self) -> None:
        since = escape_hatch.datetime.datetime.now(UTC) if self.ticks else None
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH gone AS (DELETE FROM public.frozen_clock) "
                "INSERT INTO public.frozen_clock VALUES (%s, %s)",
                [datetime.now(UTC), since],
            )


@pytest.fixture
def time_machine(request: pytest.FixtureRequest) -> Iterator[TimeMachineFixture]:
    has_database = request.node.get_closest_marker("django_db") or "db" in request.fixturenames
    if has_database and connection.vendor == "postgresql":
        request.getfixturevalue("db")  # The marker below asks for the time before all else.
        machine = BothClocks()
    else:
        machine = TimeMachineFixture()
    if marker := request.node.get_closest_marker("time_machine"):
        machine.move_to(*marker.args, **marker.kwargs)
    yield machine
    machine.stop()


@pytest.fixture(autouse=True)
def _no_language_of_another_test() -> None:
    """A request leaves its language to whatever its thread does next."""
    translation.deactivate()


# --- The page cache and the counting, which have a connection of their own ---


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test begins with empty shelves, as editions of two tests may have one number."""
    import haisum.wsgi
    from haisum import health, metrics, observed
    from news import browsing, countsql, pagecache, publicpages

    connect = countsql.connect
    turnstile = browsing.Turnstile()
    monkeypatch.setattr(
        countsql,
        "connect",
        lambda using: _inside_transaction() if connection.in_atomic_block else connect(using),
    )
    monkeypatch.setattr(browsing, "turnstile", turnstile)
    monkeypatch.setattr(publicpages, "_parts", publicpages.Shelf(publicpages.PART_BYTES))
    monkeypatch.setattr(
        haisum.wsgi, "application", observed.Observed(pagecache.PageCache(haisum.wsgi.django))
    )
    monkeypatch.setattr(metrics, "book", metrics.Book())
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)
    yield
    turnstile.hang_up()


def _inside_transaction() -> Any:
    """Counts on the test's own connection, as no other one sees what its transaction holds."""
    from news import countsql

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")  # What an earlier test prepared.
    database = countsql.on(connection.vendor, connection.connection)
    database.close = lambda: None
    return database
