"""Whether this process answers (`/healthz`), and whether it can do its work (`/readyz`).

What that stands on is asked so that no probe waits long, not even if it hangs. But each takes a
thread of the server: once others wait in all of them, for a database that hangs, none is answered.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from haisum import draining

Answer = TypeVar("Answer")

KEPT_SECONDS = 2.0
WAIT_SECONDS = 2.0

logger = logging.getLogger(__name__)


class Inquiry(Generic[Answer]):
    """A question that may hang, as databases and network folders do.

    A thread of its own asks, never two at a time, and what it found is kept for a moment: however
    many probes there are, they cost next to nothing.
    """

    def __init__(self, name: str, ask: Callable[[], Answer]) -> None:
        self._name, self._ask = name, ask
        self._lock = threading.Lock()
        self._found: Future[Answer] | None = None
        self._began = 0.0

    def begin(self) -> Future[Answer]:
        with self._lock:
            age = time.monotonic() - self._began
            if self._found is None or (self._found.done() and age > KEPT_SECONDS):
                self._found, self._began = Future(), time.monotonic()
                threading.Thread(target=self._run, args=(self._found,), daemon=True).start()
            return self._found

    def answer(self) -> Answer | None:
        """None if there was none in time."""
        found, waited = self.begin(), time.monotonic() - self._began
        try:
            return found.result(timeout=max(0.0, WAIT_SECONDS - waited))
        except Exception:  # The log has it, if there is one by now.
            return None

    def _run(self, found: Future[Answer]) -> None:
        try:
            found.set_result(self._ask())
        except Exception as error:
            logger.warning("%s: no answer: %s", self._name, " ".join(str(error).split()))
            found.set_exception(error)
        finally:
            connections.close_all()  # Those of this thread.


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers at all: what fails outside it, no restart mends.

    503 `stopping` once it is to end, so that the proxy asks another one.
    """
    if draining.has_begun():
        return _answer("stopping\n", 503)
    return _answer("ok\n", 200)


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 `ok`, or 503 with what failed, one name a line."""
    found = faults()
    text = "".join(f"{name}\n" for name in found or ["ok"])
    return _answer(text, 503 if found else 200)


def _answer(text: str, status: int) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain")
    # Or else Django logs it as an error, of which administrators would be told at every probe.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def faults() -> list[str]:
    _media.begin()  # Both at once.
    is_migrated, has_media = _database.answer(), _media.answer()
    found = []
    if is_migrated is None:
        found.append("database")
    elif not is_migrated:
        found.append("migrations")
    if not has_media:
        found.append("media")
    return found


def is_migrated() -> bool:
    """Whether no migration of this code is missing; those of newer code do no harm."""
    return _last_migrations() <= MigrationRecorder(connection).applied_migrations().keys()


@cache
def _last_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def has_media() -> bool:
    """Whether files can be stored. A folder is looked at; of another store, one name is asked."""
    if not isinstance(default_storage, FileSystemStorage):
        default_storage.exists("readyz")
        return True
    folder = Path(default_storage.location)
    with suppress(OSError):  # It can neither be there nor be made.
        folder.mkdir(parents=True, exist_ok=True)
    return os.access(folder, os.W_OK | os.X_OK)


_database = Inquiry("database", lambda: is_migrated())
_media = Inquiry("media", lambda: has_media())
