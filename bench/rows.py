"""What is measured: every row of the table, and the servers that answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from bench.sites import content

POSTGRESQL, SQLITE = "PostgreSQL", "SQLite"
THREADS = 16
PEER_THREADS = 4  # Rendering holds the interpreter: with more threads, more of them wait.

RAW, EMPTY = "raw WSGI, constant", "empty Django view, default middleware"
EMPTY_ONE_THREAD = "the same, 1 thread"
WAGTAIL, WAGTAIL_CACHED = "Wagtail, counted with F()", "Wagtail, Django's page cache"


class Counting(Enum):
    NONE = "not an article"
    EXACT = "every answer is counted"
    LOST = "answers out of the cache are not counted"


@dataclass(frozen=True)
class Row:
    name: str
    server: str
    path: str = ""  # Empty: the hot article's.
    expects: str = ""
    uniform: bool = False  # All articles, each as likely.
    rendered: bool = False  # Made anew for every answer.
    publishing: bool = False
    counting: Counting = Counting.NONE
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def articles(self) -> bool:
        return self.counting != Counting.NONE


def newsroom(database: str, page: str) -> str:
    return f"newsroom, {database}: {page}"


def naive(database: str, page: str = "counted with F()") -> str:
    return f"naive view, {database}, {page}"


def limits() -> list[Row]:
    return [
        Row(RAW, "raw", path="/"),
        Row(EMPTY, "empty", path="/"),
        Row(EMPTY_ONE_THREAD, "empty-1", path="/"),
    ]


def newsroom_rows(database: str) -> list[Row]:
    server = f"newsroom-{database}"
    exact = {"counting": Counting.EXACT, "expects": "Browsing volume"}
    gzip = {"Accept-Encoding": "gzip"}

    def named(page: str) -> str:
        return newsroom(database, page)

    return [
        Row(named("article"), server, **exact),
        Row(named("article, gzip"), server, counting=Counting.EXACT, headers=gzip),
        Row(named("articles uniformly"), server, uniform=True, **exact),
        Row(named("article, publishing"), f"{server}-publishing", publishing=True, **exact),
        Row(
            named("articles, page cache off"),
            f"{server}-uncached",
            uniform=True,
            rendered=True,
            **exact,
        ),
        Row(named("list"), server, path="/en/news/", expects=content.title(1)[:17]),
        Row(named("feed"), server, path="/en/news/feed/", expects="<rss"),
        Row(named("home"), server, path="/en/", expects=content.title(1)[:17]),
    ]


def naive_rows(database: str) -> list[Row]:
    return [
        Row(
            naive(database),
            f"naive-{database}",
            rendered=True,
            counting=Counting.EXACT,
            expects="Browsing volume",
        ),
        Row(
            naive(database, "Django's page cache"),
            f"naive-{database}-cached",
            counting=Counting.LOST,
            expects="Browsing volume",
        ),
    ]


def peer_rows() -> list[Row]:
    return [
        Row(WAGTAIL, "wagtail", rendered=True, counting=Counting.EXACT, expects="Browsing volume"),
        Row(WAGTAIL_CACHED, "wagtail-cached", counting=Counting.LOST, expects="Browsing volume"),
    ]


def all_rows(peers: bool) -> list[Row]:
    rows = limits()
    for database in (POSTGRESQL, SQLITE):
        rows += newsroom_rows(database)
    for database in (POSTGRESQL, SQLITE):
        rows += naive_rows(database)
    return rows + (peer_rows() if peers else [])
