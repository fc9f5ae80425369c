"""Two hosts on one PostgreSQL, in short: tests/ops/test_two_hosts.py is as long as it should be."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.crowd import Crowd
from tests.server import Server

EDITIONS = 20

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="Several hosts share a PostgreSQL."
)


def test_neither_host_shows_what_was_over_at_the_other():
    with Server(workers=2) as here, Server(workers=2, host=here) as there:
        crowd = Crowd(here, there, views=100)
        first = crowd.look_alone()
        with crowd.reading(4) as seen:
            after = crowd.edit_by_turns(EDITIONS)
        crowd.check([first, *seen, after])
        assert crowd.committed == EDITIONS
