"""The statement that counts, in the words of each database.

Both keep a connection of their own, outside Django's: prepared, and without the wrapper, the
statement costs this process 94 microseconds on PostgreSQL instead of 247. What decides is the
database's clock, so that machines whose clocks differ count a view on the same day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Protocol

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

# The number of the edition that stands, None if it is due; and totals by article.
Found = tuple[int | None, dict[int, int]]


# One statement sees one moment: a view that is being counted is in all its numbers, or in none.
DRIFTED = """
    WITH counts AS (
        SELECT article_id, SUM(total) AS total, SUM(carried_over) AS carried_over, SUM(days) AS days
        FROM (
            SELECT article_id, total, carried_over, 0 AS days FROM news_browsingvolume
            UNION ALL
            SELECT article_id, 0, 0, SUM(views) FROM news_dailyviews GROUP BY article_id
        ) AS rows
        GROUP BY article_id
    )
    SELECT COUNT(*) OVER (), article_id, COALESCE(title, '-'), total, carried_over, days,
        total - carried_over - days
    FROM counts LEFT JOIN news_article ON news_article.id = article_id
    WHERE total <> carried_over + days
    ORDER BY article_id
    LIMIT %s
"""


class CountDatabase(Protocol):
    def is_lost(self) -> bool:
        """Whether the connection broke while nobody used it, as far as can be told unasked."""

    def count(self, edition: int, views: Mapping[int, int], looks: Collection[int]) -> Found:
        """Count all the views if this edition stands, or none; find the totals of the looks too."""

    def may_have_counted(self, error: Exception) -> bool:
        """Whether the views may be counted although `count` failed with this."""

    def tally(self, refused: Collection[tuple[date, str, int]]) -> None:
        """Add to what was refused on a day for a reason: all of it or nothing."""

    def close(self) -> None: ...


def connect(using: str) -> CountDatabase:
    """A new connection for counting. Raises the driver's own errors, or Django's."""
    django = connections[using]
    return on(django.vendor, django.get_new_connection(django.get_connection_params()))


def drifted(most: int, using: str = DEFAULT_DB_ALIAS) -> list[tuple]:
    """Articles whose total is not what it is made of; first in each row, how many there are."""
    with connections[using].cursor() as cursor:
        cursor.execute(DRIFTED, [most])
        return cursor.fetchall()


def on(vendor: str, raw: Any) -> CountDatabase:
    if vendor == "sqlite":
        return SQLite(raw)
    return PooledPostgreSQL(raw) if settings.DATABASE_POOLED else PostgreSQL(raw)


def today() -> date:
    """The site's day, by this machine's clock."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


class PostgreSQL:
    """Everything in one round trip, rows in order of id: no two processes can deadlock."""

    COUNT = b"""
    WITH standing AS MATERIALIZED (
        SELECT number FROM news_edition WHERE due_at > now()
    ), counted AS MATERIALIZED (
        SELECT article_id, views FROM unnest($2::bigint[], $3::bigint[]) AS v (article_id, views)
        WHERE (SELECT number FROM standing) = $1::bigint ORDER BY article_id
    ), totals AS (
        INSERT INTO news_browsingvolume AS v (article_id, carried_over, total)
        SELECT article_id, 0, views FROM counted
        ON CONFLICT (article_id) DO UPDATE SET total = v.total + excluded.total
        RETURNING article_id, total
    ), days AS (
        INSERT INTO news_dailyviews AS d (article_id, day, views)
        SELECT article_id, (now() AT TIME ZONE $4::text)::date, views FROM counted
        ON CONFLICT (article_id, day) DO UPDATE SET views = d.views + excluded.views
    )
    SELECT number, article_id, total FROM standing LEFT JOIN totals ON true
    """
    LOOK = b"""
    SELECT number, article_id, total FROM news_edition
    LEFT JOIN news_browsingvolume ON article_id = ANY ($1::bigint[]) WHERE due_at > now()
    """
    TALLY = b"""
    INSERT INTO news_refusedviews AS r (day, reason, views)
    SELECT * FROM unnest($1::date[], $2::text[], $3::int[])
    ON CONFLICT (day, reason) DO UPDATE SET views = r.views + excluded.views
    """
    # Somebody who locked a table does not hold up every public page.
    PATIENCE = b"5s"

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._zone = timezone.get_default_timezone_name().encode()
        self._begin()

    def is_lost(self) -> bool:
        try:
            # The first reads the server's last words, the second that there is nobody any more.
            self._raw.pgconn.consume_input()
            self._raw.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
        return False

    def count(self, edition: int, views: Mapping[int, int], looks: Collection[int]) -> Found:
        number: int | None = None
        totals: dict[int, int] = {}
        if looks or not views:
            number, totals = self._ask(self.LOOK, _array(looks))
        if views:
            parameters = b"%d" % edition, _array(views), _array(views.values()), self._zone
            number, counted = self._ask(self.COUNT, *parameters)
            totals |= counted
        return number, totals

    def may_have_counted(self, error: Exception) -> bool:
        # An error that the server told rolled everything back; without one, nobody knows, and of
        # class 08 are those that a pooler tells when it has lost the server.
        state = getattr(error, "sqlstate", None)
        return state is None or state.startswith("08")

    def tally(self, refused: Collection[tuple[date, str, int]]) -> None:
        self._run(self.TALLY, *(_array(column) for column in zip(*refused, strict=True)))

    def close(self) -> None:
        self._raw.close()

    def _begin(self) -> None:
        """Once, for as long as the connection lasts."""
        self._checked(self._raw.pgconn.exec_(b"SET statement_timeout = '%s'" % self.PATIENCE))
        self._names = {self.COUNT: b"count", self.LOOK: b"look", self.TALLY: b"tally"}
        for statement, name in self._names.items():
            self._checked(self._raw.pgconn.prepare(name, statement))

    def _ask(self, statement: bytes, *parameters: bytes) -> Found:
        result = self._run(statement, *parameters)
        rows = [
            [result.get_value(row, column) for column in range(3)] for row in range(result.ntuples)
        ]
        totals = {int(article_id): int(total) for _, article_id, total in rows if article_id}
        return int(rows[0][0]) if rows else None, totals

    def _run(self, statement: bytes, *parameters: bytes) -> Any:
        return self._checked(self._raw.pgconn.exec_prepared(self._names[statement], parameters))

    def _checked(self, result: Any) -> Any:
        if result.error_message:
            raise psycopg.errors.error_from_result(result)
        return result


class PooledPostgreSQL(PostgreSQL):
    """Through a pooler that gives each transaction another session: nothing can be kept in one."""

    LIMIT = b"SELECT set_config('statement_timeout', $1, true)"  # For one transaction.

    def _begin(self) -> None:
        self._raw.pgconn.enter_pipeline_mode()

    def _run(self, statement: bytes, *parameters: bytes) -> Any:
        """Limit and statement go together: one round trip, and one transaction."""
        server = self._raw.pgconn
        server.send_query_params(self.LIMIT, [self.PATIENCE])
        server.send_query_params(statement, parameters)
        server.pipeline_sync()
        # Of each its result, and None after it; last of all, that both are committed.
        limit, _, result, _, committed = (server.get_result() for _ in range(5))
        for told in (limit, result, committed):
            if told is None:  # The connection broke between them.
                raise psycopg.OperationalError("the pooler hung up")
            self._checked(told)
        return result


def _array(values: Iterable[int | str | date]) -> bytes:
    return b"{%s}" % ",".join(map(str, values)).encode()


class SQLite:
    """One transaction. Its first statement takes the write lock, waiting for it if it must."""

    STANDING = "SELECT number FROM news_edition WHERE due_at > ?"
    TOTAL = """
    INSERT INTO news_browsingvolume (article_id, carried_over, total)
    SELECT ?, 0, ? FROM news_edition WHERE number = ? AND due_at > ?
    ON CONFLICT (article_id) DO UPDATE SET total = total + excluded.total RETURNING total
    """
    DAY = """
    INSERT INTO news_dailyviews (article_id, day, views) VALUES (?, ?, ?)
    ON CONFLICT (article_id, day) DO UPDATE SET views = views + excluded.views
    """
    LOOK = "SELECT total FROM news_browsingvolume WHERE article_id = ?"
    TALLY = """
    INSERT INTO news_refusedviews (day, reason, views) VALUES (?, ?, ?)
    ON CONFLICT (day, reason) DO UPDATE SET views = views + excluded.views
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        if raw.isolation_level is not None:  # Even to set it to what it is would commit.
            raw.isolation_level = None  # No transaction begins but where it says so.

    def is_lost(self) -> bool:
        return False

    def count(self, edition: int, views: Mapping[int, int], looks: Collection[int]) -> Found:
        # As Django writes it, so that the texts compare.
        now = str(timezone.now().replace(tzinfo=None))
        totals = self._count(edition, views, now) if views else {}
        number = edition if totals else self._first(self.STANDING, now)
        return number, {look: self._first(self.LOOK, look) or 0 for look in looks} | totals

    def may_have_counted(self, error: Exception) -> bool:
        return False  # What was not committed is rolled back when the connection is closed.

    def tally(self, refused: Collection[tuple[date, str, int]]) -> None:
        self._raw.execute("SAVEPOINT news_tally")
        self._raw.executemany(self.TALLY, [(str(day), *rest) for day, *rest in refused])
        self._raw.execute("RELEASE news_tally")

    def close(self) -> None:
        self._raw.close()

    def _count(self, edition: int, views: Mapping[int, int], now: str) -> dict[int, int]:
        totals, day = {}, str(today())
        self._raw.execute("SAVEPOINT news_count")
        for article_id, number in views.items():
            total = self._first(self.TOTAL, article_id, number, edition, now)
            if total is None:  # Another edition stands, as the very first one says.
                break
            totals[article_id] = total
            self._raw.execute(self.DAY, [article_id, day, number])
        self._raw.execute("RELEASE news_count")
        return totals

    def _first(self, statement: str, *parameters: Any) -> int | None:
        # All rows, though there is one at most: a statement left open keeps a commit waiting.
        rows = self._raw.execute(statement, parameters).fetchall()
        return rows[0][0] if rows else None
