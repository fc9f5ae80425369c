"""What the newsroom means to reach, as ratios of rows to rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.rows import EMPTY, POSTGRESQL, SQLITE, WAGTAIL, WAGTAIL_CACHED, naive, newsroom

if TYPE_CHECKING:
    from bench.results import Measurements, Spread


@dataclass(frozen=True)
class Goal:
    """So many times the answers a second of another row; of the same row: an even pace."""

    name: str
    row: str
    base: str
    reach: float

    @property
    def rows(self) -> tuple[str, str]:
        return self.row, self.base

    def measure(self, measurements: Measurements) -> Spread | None:
        if self.row == self.base:
            return measurements.evenness(self.row)
        return measurements.ratio(self.row, self.base)


def _pages(database: str, reach: float) -> list[Goal]:
    return [
        Goal(f"{page}, {database} / empty Django view", newsroom(database, page), EMPTY, reach)
        for page in ("list", "feed", "home")
    ]


ARTICLE = newsroom(POSTGRESQL, "article")
UNCACHED = "articles, page cache off"
GOALS = [
    Goal("article, PostgreSQL / empty Django view", ARTICLE, EMPTY, 1.2),
    Goal("article, PostgreSQL / Wagtail, counted", ARTICLE, WAGTAIL, 120),
    Goal("article, PostgreSQL / Wagtail, cached and not counted", ARTICLE, WAGTAIL_CACHED, 1.7),
    Goal("article, PostgreSQL: 10 x p50 / p99", ARTICLE, ARTICLE, 1),
    Goal("the same with gzip / without", newsroom(POSTGRESQL, "article, gzip"), ARTICLE, 0.9),
    Goal("article, SQLite / empty Django view", newsroom(SQLITE, "article"), EMPTY, 2.4),
    *_pages(POSTGRESQL, 1.8),
    *_pages(SQLITE, 3.5),
    *(
        Goal(
            f"uncached article, {database} / naive view",
            newsroom(database, UNCACHED),
            naive(database),
            1.5,
        )
        for database in (POSTGRESQL, SQLITE)
    ),
]
