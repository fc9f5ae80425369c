"""`migrate`, `backup` and `restore` behind the real PgBouncer, which shares sessions out."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.ops.pooler import PROGRAM, pooling
from tests.server import ROOT, fresh_database
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


def test_a_direct_address_that_leads_there_too_is_refused():
    database = fresh_database("not_direct")
    with pooling(database, 3) as pooled:
        variables = {"MIGRATE_DATABASE_URL": pooled}
        with Migrate(database, "news", "9001", **variables) as migrate:
            assert migrate.end() == 1
    assert "CommandError: MIGRATE_DATABASE_URL leads to a pooler" in migrate.said


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "haisum.settings"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nor_do_backups_and_their_trial_poison_its_sessions(tmp_path):
    database = fresh_database("backed_up_pooled")
    folders = {"BACKUP_ROOT": str(tmp_path / "kept"), "MEDIA_ROOT": str(tmp_path / "media")}
    with pooling(database, 1) as pooled:
        made = manage("backup", DATABASE_URL=pooled, MIGRATE_DATABASE_URL=database, **folders)
        assert made.returncode == 0, made.stderr
        name = made.stdout.split()[0]
        for command in (
            ("backup",),
            ("backup", "--verify", name),
            ("restore", name),
            ("restore", "--force", name),
        ):
            refused = manage(*command, DATABASE_URL=pooled, **folders)
            assert refused.returncode == 1
            assert "CommandError: DATABASE_URL leads to a pooler" in refused.stderr
        assert rows(pooled, "SHOW search_path") == [('"$user", public',)]
        rows(pooled, "SELECT count(*) FROM news_article")
        past = {"DATABASE_URL": pooled, "MIGRATE_DATABASE_URL": database, **folders}
        assert manage("restore", "--force", name, **past).returncode == 0
        assert rows(pooled, "SHOW search_path") == [('"$user", public',)]


def test_it_goes_past_the_pooler_and_its_lock_is_known_there():
    database = fresh_database("past_pooler")
    with pooling(database, 3) as pooled:
        with another_migration(database):
            migrate = Migrate(pooled, "news", "9001", MIGRATE_DATABASE_URL=database)
            migrate.hear(WAITS)
        with migrate:
            assert migrate.end() == 0, migrate.said
    assert "standfirst" in dict(rows(database, COLUMNS))
