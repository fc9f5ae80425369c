"""Migrations run while the release before goes on reading and writing: nothing fails."""

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest

from tests.conftest import READER
from tests.server import ROOT, Server, fresh_database, run
from tests.test_migrate import NEXT_RELEASE, THIS_RELEASE, rows
from tests.test_migration_rules import names

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") != "postgresql", reason="SQLite is not for sites in use"
)
READERS = 6
ARTICLES = 400


# --- Every release there was, as far as its database goes ---


@pytest.mark.parametrize("release", names()[1:-1])
def test_the_release_before_goes_on_while_all_newer_migrations_run(release):
    database = fresh_database(f"from_{release}")
    environment = os.environ | THIS_RELEASE | {"DATABASE_URL": database}
    run("manage.py", "migrate", "news", release, environment=environment)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.ops.oldrelease", release],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as old:
        assert old.stdout.readline() == "working\n"
        said = run("manage.py", "migrate", environment=environment)
        time.sleep(1)  # It goes on under the new tables, too.
        answer, _ = old.communicate(timeout=60)
    rounds, failed, slowest = json.loads(answer)
    assert said.count("... OK") >= len(names()) - names().index(release) - 1
    assert not failed, Counter(failed)
    assert rounds > 20
    assert slowest < 3, "Readers stood behind a migration that waited for a table."


# --- This release, served, and one to come ---


@dataclass
class Site:
    """The server, its readers and its staff; `answers` counts what they were answered."""

    server: Server
    articles: list[int]
    session: str
    answers: Counter = field(default_factory=Counter)
    slowest: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    def read(self, seed: int) -> None:
        chance = random.Random(seed)
        pages = ["/en/", "/en/news/", "/en/news/search/?q=text", "/en/news/feed/", "/sitemap.xml"]
        while not self.over.is_set():
            article = f"/en/news/{chance.choice(self.articles)}/a/"
            self.ask("GET", chance.choice([*pages, article, article, article]))

    def write(self, seed: int) -> None:
        """By a form of admin; each new tag makes an edition, so that pages are made anew."""
        number = 0
        while not self.over.is_set():
            number += 1
            form = {"name": f"Tag {seed} {number}", "language": "en", "slug": "", "description": ""}
            self.ask("POST", "/admin/news/tag/add/", form)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> None:
        headers = {"User-Agent": READER}
        body = None
        if form is not None:
            token = "c" * 32
            body = urlencode(form | {"csrfmiddlewaretoken": token})
            headers["Cookie"] = f"csrftoken={token}; sessionid={self.session}"
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.monotonic()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            self.answers[method, answer.status] += 1
        except (OSError, http.client.HTTPException) as error:
            self.answers[method, type(error).__name__] += 1
        self.slowest = max(self.slowest, time.monotonic() - began)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        self.answers.clear()
        self.over.clear()
        threads = [threading.Thread(target=self.read, args=[seed]) for seed in range(READERS)]
        threads += [threading.Thread(target=self.write, args=[time.time()])]
        threads += [threading.Thread(target=self.edit)]
        for thread in threads:
            thread.start()
        try:
            time.sleep(1)
            yield
            time.sleep(1)
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def edit(self) -> None:
        """Articles are saved by a process of this release; an error ends it."""
        with subprocess.Popen(
            [sys.executable, "-c", EDITOR],
            cwd=ROOT,
            env=self.server.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as editor:
            self.over.wait()
            saved, why = editor.communicate(timeout=30)
        self.answers["saved", "yes" if editor.returncode == 0 else why.splitlines()[-1]] += int(
            saved or 1
        )

    def failures(self) -> dict:
        expected = {("GET", 200), ("POST", 302), ("saved", "yes")}
        return {answer: times for answer, times in self.answers.items() if answer not in expected}


SEED = f"""
from django.contrib.auth.models import User
from django.test import Client
from news.models import Article, Category
category = Category.objects.create(name="Projects", language="en")
for number in range({ARTICLES}):
    Article.objects.create(title=f"Article {{number}}", slug="a", summary=f"Summary {{number}}",
                           body="<p>Text.</p>", category=category, language="en",
                           status="published")
client = Client()
client.force_login(User.objects.create_superuser("root", "root@example.com", "x"),
                   backend="django.contrib.auth.backends.ModelBackend")
print(client.cookies["sessionid"].value, *Article.objects.values_list("pk", flat=True))
"""

EDITOR = """
import select, sys, django; django.setup()
from news.models import Article
saved = 0
while not select.select([sys.stdin], [], [], 0.05)[0]:
    article = Article.objects.order_by("?").first()
    article.source = f"Source {saved}"
    article.save()
    Article.objects.create(title=f"New {saved}", slug="a", body="<p>New.</p>", language="en",
                           category=article.category, status="published")
    saved += 1
print(saved)
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Server(workers=2, threads=8) as server:
        session, *articles = server.python(SEED).split()
        yield Site(server, [int(pk) for pk in articles], session)


def migrate(site: Site, name: str) -> str:
    environment = site.server.environment | NEXT_RELEASE
    return run("manage.py", "migrate", "news", name, environment=environment)


def test_no_request_fails_while_a_release_to_come_migrates(site):
    with site.in_use():
        said = migrate(site, "9003")
    assert said.count("... OK") == 3
    assert not site.failures()
    assert site.answers["GET", 200] > 50
    assert site.answers["POST", 302] > 5
    assert site.answers["saved", "yes"] > 5
    assert site.slowest < 5
    filled = "SELECT count(*) >= {} FROM news_article WHERE standfirst = summary AND summary <> ''"
    assert rows(site.server.database, filled.format(ARTICLES)) == [(True,)]


def test_the_release_before_starts_on_the_newer_database(site):
    site.server.restart()
    with site.in_use():
        pass
    assert not site.failures()


def test_what_the_rules_refuse_does_fail_requests(site):
    """Otherwise the tests above would show nothing."""
    with site.in_use():
        migrate(site, "9004")
    assert {("GET", 500), ("GET", 503)} & site.failures().keys()
