"""What a container or a proxy hears when it asks whether the newsroom is well."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.db import OperationalError, connection

from haisum import draining, probe


@pytest.mark.django_db
def test_all_is_well(site):
    answer = site.get("/healthz")
    assert (answer.status, answer.text) == (200, "ok\n")
    assert "no-store" in answer.headers["Cache-Control"]
    assert not answer.headers["Set-Cookie"]


@pytest.mark.django_db
def test_the_database_is_away(site, monkeypatch):
    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", away)
    answer = site.get("/healthz")
    assert (answer.status, answer.text) == (503, "database\n")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.fixture
def asked(monkeypatch) -> Iterator[dict]:
    """A server that answers with `status` and remembers for which host it was asked."""
    seen: dict = {"status": 200}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen["host"] = self.headers["Host"]
            self.send_response(seen["status"])
            self.end_headers()
            self.wfile.write(b"database\n")

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(probe, "ADDRESS", f"http://127.0.0.1:{server.server_port}/healthz")
        yield seen
        server.shutdown()


@pytest.mark.parametrize(
    ("allowed", "host"),
    [("news.example.com,www.example.com", "news.example.com"), (".example.com", "example.com")],
)
def test_the_probe_asks_for_a_host_that_is_allowed(asked, monkeypatch, allowed, host):
    monkeypatch.setenv("ALLOWED_HOSTS", allowed)
    probe.main()
    assert asked["host"] == host


def test_the_probe_passes_on_what_failed(asked):
    asked["status"] = 503
    with pytest.raises(SystemExit, match="503: database"):
        probe.main()


def test_the_probe_fails_where_nothing_listens(monkeypatch):
    monkeypatch.setattr(probe, "ADDRESS", "http://127.0.0.1:1/healthz")
    with pytest.raises(SystemExit, match="refused"):
        probe.main()


@pytest.mark.django_db
def test_a_server_that_is_about_to_stop_says_so(site, monkeypatch):
    monkeypatch.setattr(draining, "_flag", bytearray(1))
    draining.begin()
    answer = site.get("/healthz")
    assert (answer.status, answer.text) == (503, "stopping\n")
    assert "no-store" in answer.headers["Cache-Control"]
