"""`migrate` behind the real PgBouncer, which shares sessions out."""

from __future__ import annotations

import pytest

from tests.ops.pooler import PROGRAM, pooling
from tests.server import fresh_database
from tests.test_migrate import COLUMNS, WAITS, Migrate, another_migration, rows
from tests.test_serve import POSTGRESQL

pytestmark = [
    pytest.mark.skipif(not PROGRAM, reason="needs PgBouncer: apt install pgbouncer"),
    pytest.mark.skipif(not POSTGRESQL, reason="a pooler is for PostgreSQL"),
]


def test_it_refuses_to_go_through_the_pooler():
    database = fresh_database("through_pooler")
    with pooling(database, 3) as pooled, Migrate(pooled, "news", "9001") as migrate:
        assert migrate.end() == 1
    assert "CommandError: DATABASE_URL leads to a pooler" in migrate.said
    assert "standfirst" not in dict(rows(database, COLUMNS))


def test_it_goes_past_the_pooler_and_its_lock_is_known_there():
    database = fresh_database("past_pooler")
    with pooling(database, 3) as pooled:
        with another_migration(database):
            migrate = Migrate(pooled, "news", "9001", MIGRATE_DATABASE_URL=database)
            migrate.hear(WAITS)
        with migrate:
            assert migrate.end() == 0, migrate.said
    assert "standfirst" in dict(rows(database, COLUMNS))
