"""Readers and an editor of one site, however many hosts serve it, and what must be true of it.

Readers ask for articles, one of them hot, at one host or another. Every answer must be counted, and
none may show what was over before it was asked for.
"""

from __future__ import annotations

import http.client
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from tests.conftest import READER
from tests.server import ROOT, Server

ARTICLES = 50

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
    unsure: Counter[int] = field(default_factory=Counter)  # Whether these views were counted.
    strange: list[str] = field(default_factory=list)


class Crowd:
    """Reads at every host; `edited` is the hot article, and `committed` the state it is at."""

    def __init__(self, *hosts: Server, views: int) -> None:
        self.hosts = hosts
        self.articles = [int(pk) for pk in hosts[0].python(SEED).split()]
        self.edited = self.articles[0]
        self.left = threading.Semaphore(views)
        self.committed = 0
        self.over = threading.Event()
        self.is_needed: Callable[[], bool] = lambda: False  # Though all views were looked at.

    @contextmanager
    def reading(self, many: int) -> Iterator[list[Seen]]:
        """So many readers, until the block ends and they have had enough."""
        seen = [Seen() for _ in range(many)]
        readers = [
            threading.Thread(target=self._read, args=[mine, seed]) for seed, mine in enumerate(seen)
        ]
        for reader in readers:
            reader.start()
        try:
            yield seen
            for reader in readers:
                reader.join(timeout=300)
        finally:
            self.over.set()
            for reader in readers:
                reader.join(timeout=60)

    def look(self, seen: Seen, article: int, connection: http.client.HTTPConnection) -> None:
        before = self.committed
        status, page = ask(connection, f"/en/news/{article}/a/")
        if status != 200:
            seen.strange.append(f"{status} for {article}")
            return
        number = _found(r'facts-number">(\d+|–)<', page)
        if number == "–":  # As while the database is away; it may be counted, or not.
            seen.unsure[article] += 1
            return
        seen.numbers[article].append(int(number))
        if article == self.edited:
            seen.states.append((before, int(_found(r"State (\d+)", page))))

    def look_alone(self) -> Seen:
        """What the edited article shows while nothing else happens."""
        seen = Seen()
        self.look(seen, self.edited, connection_to(self.hosts[0]))
        return seen

    @contextmanager
    def editor(self, host: Server) -> Iterator[Callable[[], None]]:
        """What begins the next state, at a host, and returns when it is committed."""
        command = [sys.executable, "-c", EDITOR, str(self.edited)]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=host.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin
            assert process.stdout

            def edit() -> None:
                process.stdin.write(f"{self.committed + 1}\n")
                process.stdin.flush()
                self.committed = int(process.stdout.readline())

            yield edit
            process.stdin.close()

    def edit_by_turns(self, times: int) -> Seen:
        """At each of two hosts in turn; what the other one then showed to whoever came at once."""
        seen = Seen()
        # Several, for each is answered by one worker, as long as it lasts.
        readers = {host: [connection_to(host) for _ in range(4)] for host in self.hosts}
        with ExitStack() as stack:
            editors = [stack.enter_context(self.editor(host)) for host in self.hosts]
            for turn in range(times):
                editors[turn % 2]()
                for connection in readers[self.hosts[1 - turn % 2]]:
                    self.look(seen, self.edited, connection)
        return seen

    def _read(self, seen: Seen, seed: int) -> None:
        chance = random.Random(seed)
        connections = [connection_to(host) for host in self.hosts]
        while not self.over.is_set() and (self.left.acquire(blocking=False) or self.is_needed()):
            hot = chance.random() < 0.5
            article = self.edited if hot else chance.choice(self.articles)
            connection = chance.choice(connections)
            try:
                self.look(seen, article, connection)
            except (OSError, http.client.HTTPException):
                seen.unsure[article] += 1
                self.left.release()  # Somebody asks again.
                connection.close()
                time.sleep(0.02)

    # --- What must be true

    def check(self, seen: list[Seen]) -> None:
        assert [strange for mine in seen for strange in mine.strange] == []
        self.every_answer_was_counted(seen)
        self._nobody_saw_what_was_over(seen)
        self.hosts[0].manage("check_counts")

    def every_answer_was_counted(self, seen: list[Seen]) -> None:
        counted = dict(self.hosts[0].query("SELECT article_id, total FROM news_browsingvolume"))
        unsure = sum((mine.unsure for mine in seen), Counter())
        for article in self.articles:
            answered = [number for mine in seen for number in mine.numbers[article]]
            assert len(set(answered)) == len(answered), "A number was shown twice"
            uncertain = counted.get(article, 0) - len(answered)
            assert 0 <= uncertain <= unsure[article], f"{article}: {uncertain}"
            for mine in seen:
                assert mine.numbers[article] == sorted(mine.numbers[article]), "A number went back"

    def _nobody_saw_what_was_over(self, seen: list[Seen]) -> None:
        states = [state for mine in seen for state in mine.states]
        assert {shown for _before, shown in states} >= {0, self.committed}
        assert [state for state in states if state[1] < state[0]] == []


def connection_to(host: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", host.port, timeout=30)


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[int, str]:
    """What a reader is answered."""
    connection.request("GET", path, headers={"User-Agent": READER})
    response = connection.getresponse()
    return response.status, response.read().decode()


def answers(seen: list[Seen]) -> int:
    return sum(len(numbers) for mine in seen for numbers in mine.numbers.values())


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, page
    return match[1]
