"""Real processes, a real database, readers, an editor and an executioner: nothing is miscounted.

Four workers of sixteen threads answer 20,000 views of 50 articles, one of them hot, while an editor
publishes twenty times, a worker is killed every few seconds, and the whole server once, and is once
restarted. However fast the machine is, the readers go on until all of that has happened.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.crowd import Crowd, answers
from tests.server import Server

VIEWS = 20_000
READERS = 32
EDITIONS = 20
KILL_SECONDS = 8.0


class Siege(Crowd):
    """What happens to the server while it is read."""

    def __init__(self, server: Server) -> None:
        super().__init__(server, views=VIEWS)
        self.server = server
        self.killed = 0
        self.upheaval = 2  # The editor, and who ends the server: how many are not done yet.
        self.is_needed = lambda: bool(self.upheaval or not self.killed)

    def or_all_is_over(self, act: Callable[[], None]) -> None:
        """What fails ends everything: nobody waits for what can no longer happen."""
        try:
            act()
        except BaseException:
            self.over.set()
            raise

    def edit(self) -> None:
        with self.editor(self.server) as edit:
            for _ in range(EDITIONS):
                edit()
                self.over.wait(0.4)
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


@pytest.fixture
def siege():
    with Server(workers=4, threads=16) as server:
        yield Siege(server)


def test_every_answer_is_counted_once_whatever_dies(siege):
    first = siege.look_alone()
    others = [
        threading.Thread(target=siege.or_all_is_over, args=[act])
        for act in (siege.edit, siege.kill_workers, siege.end_the_server)
    ]
    for thread in others:
        thread.start()
    with siege.reading(READERS) as seen:
        pass
    for thread in others:
        thread.join(timeout=60)
    last = siege.look_alone()
    siege.server.stop()

    seen = [first, *seen, last]
    siege.check(seen)
    assert answers(seen) >= VIEWS
    assert any(mine.unsure for mine in seen), "Nobody was interrupted"
    assert siege.committed == EDITIONS
    assert siege.killed >= 1
