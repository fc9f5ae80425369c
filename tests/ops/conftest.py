"""Two servers of one site and the proxy in front of them, as operators have them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ops.proxy import BEHIND, Proxy, Visitor
from tests.server import Server

PASSWORD = "a pier, a crane, a harbour"
CONTENT = f"""
from django.contrib.auth.models import User
from tests.helpers import make_article, make_image
User.objects.create_superuser("editor", password={PASSWORD!r})
for _ in range(10):
    make_article(cover=make_image(), cover_alt="A pier")
"""


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[Server, Server]]:
    with Server(workers=2, threads=4, **BEHIND) as first:
        first.python(CONTENT)
        with first.beside() as second:
            yield first, second


@pytest.fixture(scope="session")
def proxy(servers: tuple[Server, Server]) -> Iterator[Proxy]:
    media = servers[0].files / "media"
    with Proxy(*(server.port for server in servers), media=media) as proxy:
        yield proxy


@pytest.fixture
def visitor(proxy: Proxy) -> Visitor:
    return Visitor(proxy)
