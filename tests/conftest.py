"""Fixtures of all tests."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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

from tests.helpers import make_user

READER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/150.0.0.0 Safari/537.36"
)


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
