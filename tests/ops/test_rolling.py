"""A new release under load: both servers are restarted in turn, and no request is lost."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from itertools import cycle

from tests.conftest import READER
from tests.ops.proxy import HOST, Proxy

ROUNDS = 3
READERS = 8
ARTICLES = """
    SELECT id, slug FROM news_article
    WHERE status = 'published' AND language = 'en' AND published_at < CURRENT_TIMESTAMP LIMIT 10
"""
VIEWS = "SELECT coalesce(sum(total), 0) FROM news_browsingvolume"
# A form as it must be: with a token against forgery, so that all of it is read.
TOKEN = "c" * 32
FORM = f"csrfmiddlewaretoken={TOKEN}".encode()
HEADERS = {
    "Host": HOST,
    "User-Agent": READER,
    "Referer": f"https://{HOST}/",
    "Cookie": f"csrftoken={TOKEN}",
    "Content-Type": "application/x-www-form-urlencoded",
}


class Load:
    """Readers, and somebody who sends forms, until it is over."""

    def __init__(self, proxy: Proxy, paths: list[str]) -> None:
        self.proxy, self.paths = proxy, paths
        self.answered: Counter[tuple[str, int]] = Counter()
        self.lost: list[str] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.read) for _ in range(READERS)]
        self.threads.append(threading.Thread(target=self.send_forms))

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(timeout=60)

    def read(self) -> None:
        paths = cycle(self.paths)
        while not self.over.is_set():
            self.ask("GET", next(paths), {200})

    def send_forms(self) -> None:
        while not self.over.is_set():
            self.ask("POST", "/admin/logout/", {200, 302})

    def ask(self, method: str, path: str, expected: set[int]) -> None:
        connection = self.proxy.connection()
        try:
            connection.request(method, path, FORM if method == "POST" else None, HEADERS)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.lost.append(f"{method} {path}: {error!r}")
            return
        finally:
            connection.close()
        if answer.status not in expected:
            self.lost.append(f"{method} {path}: {answer.status}")
        self.answered[method, answer.status] += 1


def test_a_rolling_restart_loses_no_request_and_no_count(servers, proxy):
    first = servers[0]
    paths = [f"/en/news/{number}/{slug}/" for number, slug in first.query(ARTICLES)]
    before = first.query(VIEWS)[0][0]
    with Load(proxy, paths) as load:
        for _ in range(ROUNDS):
            for server in servers:
                server.restart()
    assert not load.lost, load.lost[:5]
    assert load.answered["GET", 200] > 100
    assert first.query(VIEWS)[0][0] - before == load.answered["GET", 200]
