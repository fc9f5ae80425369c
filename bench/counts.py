"""What the databases say was counted, and whether that is what was answered."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import psycopg

from bench.load import CONNECTIONS
from bench.rows import Counting
from bench.stage import Store

SETTLED = 0.3  # seconds without a new view
PATIENCE = 20
EDITION = "SELECT number FROM news_edition"


def ask(store: Store, *queries: str) -> list[int]:
    if store.address.startswith("sqlite:"):
        with closing(sqlite3.connect(store.address.removeprefix("sqlite:///"))) as connection:
            return [connection.execute(query).fetchone()[0] for query in queries]
    with psycopg.connect(store.address) as connection:
        return [int(connection.execute(query).fetchone()[0]) for query in queries]


def edition(store: Store) -> int:
    return ask(store, EDITION)[0]


def counted(store: Store | None) -> list[int]:
    """The sums, once the server is through with what wrk asked for and did not wait for."""
    if store is None:
        return []
    deadline = time.monotonic() + PATIENCE
    before, now = [], ask(store, *store.sums)
    while now != before and time.monotonic() < deadline:
        time.sleep(SETTLED)
        before, now = now, ask(store, *store.sums)
    return now


def faults(counting: Counting, answers: int, counted: list[int]) -> list[str]:
    """What is wrong with these sums; wrk leaves unread what its connections still wait for."""
    if counting == Counting.NONE:
        return [f"counted {counted[0]}, and it is no article"] if any(counted) else []
    if len(set(counted)) > 1:
        return [f"totals and days disagree: {counted}"]
    if counting == Counting.EXACT and not 0 <= counted[0] - answers <= CONNECTIONS:
        return [f"counted {counted[0]} of {answers} answers"]
    if counting == Counting.LOST and counted[0] > answers / 20:
        return [f"not cached: counted {counted[0]} of {answers} answers"]
    return []
