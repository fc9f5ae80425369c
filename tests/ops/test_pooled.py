"""Through the real PgBouncer, with far fewer sessions than there are who ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from tests import scratch
from tests.crowd import Crowd, answers, ask, connection_to
from tests.ops.pooler import PROGRAM, pooling
from tests.server import Server

SESSIONS = 3  # For 2 workers of 8 threads, and what they count with.
VIEWS = 6_000
EDITIONS = 40

pytestmark = [
    pytest.mark.skipif(not PROGRAM, reason="needs PgBouncer: apt install pgbouncer"),
    pytest.mark.skipif(
        not scratch.database_url().startswith("postgres"), reason="a pooler is for PostgreSQL"
    ),
]


@pytest.fixture
def pooled() -> Iterator[Server]:
    """A server that reaches its database through the pooler alone, as all its commands do."""
    with Server(workers=2, threads=8) as server, ExitStack() as stack:
        address = stack.enter_context(pooling(server.database, SESSIONS))
        server.restart(DATABASE_URL=address, DATABASE_POOLED="true")
        yield server


@pytest.fixture
def database(pooled) -> Iterator[psycopg.Connection]:
    """The served database, past the pooler."""
    with psycopg.connect(pooled.database, autocommit=True) as connection:
        yield connection


OTHERS = """
    FROM pg_stat_activity WHERE datname = current_database()
    AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def test_every_answer_is_counted_once_while_an_editor_publishes(pooled, database):
    crowd = Crowd(pooled, views=VIEWS)
    crowd.is_needed = lambda: crowd.committed < EDITIONS
    first = crowd.look_alone()
    most = 0
    with crowd.reading(16) as seen, crowd.editor(pooled) as edit:
        for _ in range(EDITIONS):
            edit()
            ((sessions,),) = database.execute(f"SELECT count(*) {OTHERS}")
            most = max(most, sessions)
    last = crowd.look_alone()
    crowd.check([first, *seen, last])
    assert answers(seen) >= VIEWS
    assert crowd.committed == EDITIONS
    assert 1 < most <= SESSIONS


def test_sessions_that_break_count_nothing_twice(pooled, database):
    """Of an answer that nobody got it is not known whether it was counted, and it is not again."""
    crowd = Crowd(pooled, views=1_000)
    broken = 0
    with crowd.reading(8) as seen:
        while broken < 5 and not crowd.over.wait(0.2):
            broken += 1
            database.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}")
    assert broken == 5
    crowd.every_answer_was_counted(seen)
    pooled.manage("check_counts")


def test_what_staff_publish_is_found_by_its_words(pooled):
    assert pooled.python(PUBLISH).strip() == "published"
    status, page = ask(connection_to(pooled), "/en/news/search/?q=turbine")
    assert (status, "Skive" in page) == (200, True)
    status, page = ask(connection_to(pooled), "/en/news/search/?q=%22second+turbine%22")
    assert (status, "Skive" in page) == (200, True)


PUBLISH = """
from news.models import Article, Category, OldAddress
from news.transitions import TRANSITIONS
from news.workflow import perform
from tests.helpers import make_article, make_user
article = make_article(title="Skive", body="<p>The second turbine runs.</p>", status="draft")
perform(TRANSITIONS["publish"], article.pk, make_user(group="Editor"))
print(Article.objects.public().get(pk=article.pk).status)
"""


def test_rows_are_read_in_pieces(pooled):
    """Of a cursor that the server keeps, the second piece might be asked of another session."""
    said = pooled.python(
        "from news.models import OldAddress\n"
        "OldAddress.objects.bulk_create("
        "OldAddress(path=f'/a/{n}', target='/en/') for n in range(50))\n"
        "print(len([row for row in OldAddress.objects.iterator(10)]))"
    )
    assert said.strip() == "50"
