"""Two hosts' worth of workers on one PostgreSQL, for as long as it takes to believe it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from tests.crowd import Crowd, answers, ask, connection_to
from tests.server import Server

EDITIONS = 1_000
READERS = 6
VIEWS = 20_000
WRONG_BY = timedelta(hours=26)  # More than a day, so that a host's own day is another one too.
SECONDS = 5  # Until what is scheduled comes.

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="Several hosts share a PostgreSQL."
)


@pytest.fixture
def hosts() -> Iterator[tuple[Server, Server]]:
    with (
        Server(workers=2, threads=8) as here,
        Server(workers=2, threads=8, host=here) as there,
    ):
        yield here, there


def test_neither_host_ever_shows_what_was_over_at_the_other(hosts):
    crowd = Crowd(*hosts, views=VIEWS)
    crowd.is_needed = lambda: crowd.committed < EDITIONS
    first = crowd.look_alone()
    with crowd.reading(READERS) as seen:
        after = crowd.edit_by_turns(EDITIONS)
    crowd.check([first, *seen, after])
    assert crowd.committed == EDITIONS
    assert answers([after]) >= 4 * EDITIONS
    assert answers(seen) >= VIEWS


# --- Clocks that differ

# The server, on a machine whose clock is wrong: its workers are forked from this process.
WRONG_CLOCK = """
import datetime, time_machine
time_machine.travel(datetime.datetime.now() + datetime.timedelta(hours={hours})).start()
from haisum.serve import main
main()
"""

SCHEDULE = """
from datetime import timedelta
from django.utils.timezone import now
from news.models import Article, Category
category = Category.objects.create(name="Projects", language="en")
before, coming = now() - timedelta(days=2), now() + timedelta(seconds={seconds})
for title, published_at, expires_at in (
    ("Appearing soon", coming, None), ("Vanishing soon", before, coming)
):
    article = Article.objects.create(
        title=title, slug="a", body="<p>Text.</p>", category=category, language="en",
        status="published", published_at=published_at, expires_at=expires_at)
    print(article.pk)
print(coming.isoformat())
"""
LISTS = ("/en/news/", "/en/news/search/?q=soon", "/en/news/search/titles/?q=soo")


@contextmanager
def wrong_by(ahead: timedelta, host: Server) -> Iterator[Server]:
    """A further host, whose clock is ahead of the others by so much."""
    with pytest.MonkeyPatch.context() as patch:
        code = WRONG_CLOCK.format(hours=ahead / timedelta(hours=1))
        patch.setattr(Server, "program", ("-c", code))
        server = Server(workers=2, host=host)
    with server:
        yield server


def shown(host: Server, path: str) -> Any:
    """The status of an article's page, and which of the articles a list shows."""
    status, text = ask(connection_to(host), path)
    if path not in LISTS:
        return status
    return {title for title in ("Appearing", "Vanishing") if title in text}


def test_hosts_whose_clocks_are_wrong_follow_the_database_s():
    with (
        Server() as right,
        wrong_by(WRONG_BY, right) as early,
        wrong_by(-WRONG_BY, right) as late,
    ):
        appears, vanishes, coming = right.python(SCHEDULE.format(seconds=SECONDS)).split()
        expected = {f"/en/news/{appears}/a/": (404, 200), f"/en/news/{vanishes}/a/": (200, 410)}
        expected |= {path: ({"Vanishing"}, {"Appearing"}) for path in LISTS}
        looks = {"before": 0, "after": 0}
        while looks["after"] < 40:
            for path, (before, after) in expected.items():
                for host in (early, late):
                    begun, found, ended = now(right), shown(host, path), now(right)
                    if ended < datetime.fromisoformat(coming):
                        assert found == before, path
                        looks["before"] += 1
                    elif begun >= datetime.fromisoformat(coming):
                        assert found == after, path
                        looks["after"] += 1
        assert looks["before"] >= 40
        (day,) = {day for (day,) in right.query("SELECT DISTINCT day FROM news_dailyviews")}
        assert day == now(right).astimezone(ZoneInfo("Asia/Shanghai")).date()
        right.manage("check_counts")


def now(host: Server) -> datetime:
    """By the clock that decides."""
    ((moment,),) = host.query("SELECT now()")
    return moment
