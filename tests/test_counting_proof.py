"""Real processes, a real database, readers, an editor and an executioner: nothing is miscounted.

Four workers of sixteen threads answer 20,000 views of 50 articles, one of them hot, while an editor
publishes twenty times, a worker is killed every few seconds, and the whole server once, and is once
restarted. However fast the machine is, the readers go on until all of that has happened.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from tests.conftest import READER
from tests.server import ROOT, Server

VIEWS = 20_000
READERS = 32
ARTICLES = 50
EDITIONS = 20
KILL_SECONDS = 8.0

SEED = f"""
from news.models import Article, Category
category = Category.objects.create(name="Projects", language="en")
for number in range({ARTICLES}):
    Article.objects.create(title="A", slug="a", source="State 0", body="<p>Text.</p>",
                           category=category, language="en", status="published")
print(*Article.objects.order_by("pk").values_list("pk", flat=True))
"""

# Publishes one article again whenever it reads a line, and says at what state it is then.
EDITOR = """
import sys, django; django.setup()
from news.models import Article
for state in sys.stdin:
    article = Article.objects.get(pk=sys.argv[1])
    article.source = f"State {int(state)}"
    article.save()
    print(state.strip(), flush=True)
"""


@dataclass
class Seen:
    """What one reader was answered."""

    numbers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    states: list[tuple[int, int]] = field(default_factory=list)  # (committed before, shown)
    cut_off: Counter[int] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)


class Newsroom:
    """The server under siege, its readers and its editor."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.articles = [int(pk) for pk in server.python(SEED).split()]
        self.edited = self.articles[0]
        self.left = threading.Semaphore(VIEWS)
        self.committed = 0
        self.killed = 0
        self.upheaval = 2  # The editor, and who ends the server: how many are not done yet.
        self.over = threading.Event()

    def read(self, seen: Seen, seed: int) -> None:
        chance = random.Random(seed)
        connection = self._connection()
        while not self.over.is_set() and (
            self.left.acquire(blocking=False) or self.upheaval or not self.killed
        ):
            hot = chance.random() < 0.5
            article = self.edited if hot else chance.choice(self.articles)
            try:
                self.look(seen, article, connection)
            except (OSError, http.client.HTTPException):
                seen.cut_off[article] += 1
                self.left.release()  # Somebody asks again.
                connection.close()
                time.sleep(0.02)

    def look(self, seen: Seen, article: int, connection: http.client.HTTPConnection) -> None:
        before = self.committed
        status, page = self._ask(connection, article)
        if status != 200:
            seen.strange.append(f"{status} for {article}")
            return
        seen.numbers[article].append(int(_found(r'facts-number">(\d+)<', page)))
        if article == self.edited:
            seen.states.append((before, int(_found(r"State (\d+)", page))))

    def look_alone(self) -> Seen:
        """What the edited article shows while nothing else happens."""
        seen = Seen()
        self.look(seen, self.edited, self._connection())
        return seen

    def or_all_is_over(self, act: Callable[[], None]) -> None:
        """What fails ends everything: nobody waits for what can no longer happen."""
        try:
            act()
        except BaseException:
            self.over.set()
            raise

    def edit(self) -> None:
        command = [sys.executable, "-c", EDITOR, str(self.edited)]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.server.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as editor:
            assert editor.stdin
            assert editor.stdout
            for state in range(1, EDITIONS + 1):
                editor.stdin.write(f"{state}\n")
                editor.stdin.flush()
                self.committed = int(editor.stdout.readline())
                self.over.wait(0.4)
            editor.stdin.close()
        self.upheaval -= 1

    def kill_workers(self) -> None:
        while not self.over.wait(KILL_SECONDS):
            with suppress(OSError, IndexError):  # The server itself may be down just then.
                os.kill(self.server.worker_pids()[0], signal.SIGKILL)
                self.killed += 1

    def end_the_server(self) -> None:
        """Once at a blow, once in order, as for a new release."""
        self.over.wait(3)
        self.server.kill()
        self.server.start()
        self.over.wait(3)
        self.server.restart()
        self.upheaval -= 1

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)

    def _ask(self, connection: http.client.HTTPConnection, article: int) -> tuple[int, str]:
        connection.request("GET", f"/en/news/{article}/a/", headers={"User-Agent": READER})
        response = connection.getresponse()
        return response.status, response.read().decode()


@pytest.fixture
def newsroom():
    with Server(workers=4, threads=16) as server:
        yield Newsroom(server)


def test_every_answer_is_counted_once_whatever_dies(newsroom):
    first = newsroom.look_alone()
    seen = [Seen() for _ in range(READERS)]
    readers = [
        threading.Thread(target=newsroom.read, args=[mine, seed]) for seed, mine in enumerate(seen)
    ]
    others = [
        threading.Thread(target=newsroom.or_all_is_over, args=[act])
        for act in (newsroom.edit, newsroom.kill_workers, newsroom.end_the_server)
    ]
    for thread in (*readers, *others):
        thread.start()
    for thread in readers:
        thread.join(timeout=300)
    newsroom.over.set()
    for thread in others:
        thread.join(timeout=60)
    last = newsroom.look_alone()
    newsroom.server.stop()

    seen = [first, *seen, last]
    assert [strange for mine in seen for strange in mine.strange] == []
    _every_answer_was_counted(newsroom, seen)
    _nobody_saw_what_was_over(seen)
    assert newsroom.committed == EDITIONS
    assert newsroom.killed >= 1
    newsroom.server.manage("check_counts")


def _every_answer_was_counted(newsroom: Newsroom, seen: list[Seen]) -> None:
    counted = dict(newsroom.server.query("SELECT article_id, total FROM news_browsingvolume"))
    cut_off = sum((mine.cut_off for mine in seen), Counter())
    assert cut_off, "Nobody was interrupted"
    assert sum(len(numbers) for mine in seen for numbers in mine.numbers.values()) >= VIEWS
    for article in newsroom.articles:
        answered = [number for mine in seen for number in mine.numbers[article]]
        assert len(set(answered)) == len(answered), "A number was shown twice"
        uncertain = counted.get(article, 0) - len(answered)
        assert 0 <= uncertain <= cut_off[article], f"{article}: {uncertain} of {cut_off[article]}"
        for mine in seen:
            assert mine.numbers[article] == sorted(mine.numbers[article]), "A number went back"


def _nobody_saw_what_was_over(seen: list[Seen]) -> None:
    states = [state for mine in seen for state in mine.states]
    assert {shown for _before, shown in states} >= {0, EDITIONS}
    assert [state for state in states if state[1] < state[0]] == []


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, page
    return match[1]
