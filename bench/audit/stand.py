"""What is audited: the demo site as `make demo` serves it, with a page of every kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urljoin

import tests.settings  # noqa: F401  Its environment is that of the served site.
from bench.audit import web
from bench.audit.crawl import Crawl
from tests.pages import ADDRESSED, DESK, Pages
from tests.server import Server, collected

PUBLIC = """
import json
from news.models import Article
print(json.dumps([article.get_absolute_url() for article in Article.objects.public()]))
"""

SIGNED_IN = """
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.get(username="admin"))
print(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value, sep="=")
"""


@dataclass(frozen=True)
class Stand:
    server: Server
    pages: Pages
    is_quick: bool

    @property
    def url(self) -> str:
        return self.server.url

    @cached_property
    def crawl(self) -> Crawl:
        return Crawl(self.url, web.get)

    def every_kind(self) -> dict[str, str]:
        """The HTML of a page of each kind in each language."""
        return {
            f"{language} {kind}": self._html(language, kind)
            for language in self.pages.addresses
            for kind in ADDRESSED
        }

    def desk(self) -> dict[str, str]:
        """The HTML of what staff see."""
        cookie = self.server.python(SIGNED_IN).strip()
        answers = {
            name: web.get(urljoin(self.url, address), Cookie=cookie)
            for name, address in json.loads(self.server.python(DESK)).items()
        }
        return {name: answer.text for name, answer in answers.items() if answer.status == 200}

    def public_articles(self) -> list[str]:
        return [urljoin(self.url, path) for path in json.loads(self.server.python(PUBLIC))]

    def _html(self, language: str, kind: str) -> str:
        if failure := self.pages.failures[language].get(kind):
            return failure
        return web.get(urljoin(self.url, self.pages.addresses[language][kind])).text


@contextmanager
def served(is_quick: bool) -> Iterator[Stand]:
    with Server(STATIC_ROOT=str(collected())) as server:
        server.manage("seed_demo", "--staff")
        yield Stand(server, Pages(server), is_quick)
