"""What a container or a proxy hears when it asks whether the newsroom is well."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from time import monotonic

import pytest
from django.core.files.storage import Storage
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory

from haisum import draining, health, probe
from haisum.health import Inquiry
from tests.test_serve import get


class Hangs:
    """A database or a folder that never answers, until it is released."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.released = Event()

    def __call__(self) -> bool:
        self.asked.append(1)
        return self.released.wait(20)


@pytest.fixture
def hangs() -> Iterator[Hangs]:
    hangs = Hangs()
    yield hangs
    hangs.released.set()


def is_away() -> bool:
    raise OperationalError("connection refused")


# --- This process ---


@pytest.mark.django_db
def test_a_process_that_answers_lives_whatever_is_away(site, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = site.get("/healthz")
    assert (answer.status, answer.text) == (200, "ok\n")
    assert "no-store" in answer.headers["Cache-Control"]
    assert not answer.headers["Set-Cookie"]


# --- What it needs ---


@pytest.mark.django_db
def test_all_is_well(site):
    answer = site.get("/readyz")
    assert (answer.status, answer.text) == (200, "ok\n")
    assert "no-store" in answer.headers["Cache-Control"]
    assert not answer.headers["Set-Cookie"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_ask_by_whatever_name_they_know(site, settings, path):
    settings.METRICS_TOKEN = "m" * 30
    for host in ("web:8000", "10.0.0.7:8000", "evil_host", ""):
        assert site.get(path, host=host, authorization=f"Bearer {'m' * 30}").status == 200
    for other in (f"{path}/", f"/{path}", f"/en{path}"):
        assert site.get(other, host="web:8000").status == 400


def test_probes_are_not_sent_to_https(settings):
    settings.SECURE_SSL_REDIRECT = True
    handler = SecurityMiddleware(lambda request: None)
    for path in ("healthz", "readyz", "metrics"):
        assert handler.process_request(RequestFactory().get(f"/{path}")) is None
    assert handler.process_request(RequestFactory().get("/en/")).status_code == 301


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("part", "fails", "said"),
    [
        ("is_migrated", is_away, "database\n"),
        ("is_migrated", lambda: False, "migrations\n"),
        ("has_media", is_away, "media\n"),
        ("has_media", lambda: False, "media\n"),
    ],
)
def test_what_failed_is_named(site, monkeypatch, part, fails, said):
    monkeypatch.setattr(health, part, fails)
    answer = site.get("/readyz")
    assert (answer.status, answer.text) == (503, said)
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_all_that_failed_is_named_and_why_is_in_the_log(site, monkeypatch, caplog):
    monkeypatch.setattr(health, "has_media", lambda: False)
    monkeypatch.setattr(health, "is_migrated", is_away)
    assert site.get("/readyz").text == "database\nmedia\n"
    (line,) = caplog.records  # No error, of which somebody would be told at every probe.
    assert line.getMessage() == "database: no answer: connection refused"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("part", "said"), [("is_migrated", "database\n"), ("has_media", "media\n")]
)
def test_what_hangs_holds_nobody_up_and_is_asked_once(site, monkeypatch, hangs, part, said):
    for each in ("is_migrated", "has_media"):  # The other one is quick, however busy the machine.
        monkeypatch.setattr(health, each, hangs if each == part else lambda: True)
    monkeypatch.setattr(health, "WAIT_SECONDS", 0.2)
    began = monotonic()
    assert site.get("/readyz").text == said
    assert 0.2 <= monotonic() - began < 2
    assert site.get("/readyz").text == said  # At once, as it hung already.
    assert hangs.asked == [1]
    hangs.released.set()
    deadline = monotonic() + 10
    while site.get("/readyz").status != 200 and monotonic() < deadline:
        pass
    assert site.get("/readyz").text == "ok\n"


def test_many_probes_are_one_question():
    asked: list[int] = []
    inquiry = Inquiry("sum", lambda: asked.append(1) or sum(asked))
    health.KEPT_SECONDS = 60.0  # Put back by the fixture that set it to nothing.
    assert [inquiry.answer() for _ in range(5)] == [1] * 5
    health.KEPT_SECONDS = 0.0
    assert inquiry.answer() == 2


@pytest.mark.once
def test_a_database_that_accepts_and_never_answers_holds_no_probe_up(server):
    served = server()
    served.stop()
    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        address = f"postgres://nobody@127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=4"
        served.environment["DATABASE_URL"] = address
        served.start()
        for path, status, said in (("/healthz", 200, "ok\n"), ("/readyz", 503, "database\n")):
            began = monotonic()
            assert get(served, path) == (status, said)
            assert monotonic() - began < 3.5


# --- Migrations and media ---


@pytest.mark.django_db
def test_a_migration_that_has_not_run_is_missed():
    assert health.is_migrated()
    newest = max(name for app, name in health._last_migrations() if app == "news")
    MigrationRecorder(connection).record_unapplied("news", newest)
    assert not health.is_migrated()


@pytest.mark.django_db
def test_a_migration_of_newer_code_does_no_harm():
    MigrationRecorder(connection).record_applied("news", "9999_of_tomorrow")
    assert health.is_migrated()


def test_the_folder_for_media_is_made(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "deep" / "media"
    assert health.has_media()
    assert settings.MEDIA_ROOT.is_dir()


def test_a_folder_that_cannot_be_written_or_made(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(os, "access", lambda *_arguments: False)
    assert not health.has_media()
    settings.MEDIA_ROOT = tmp_path / "file" / "media"
    (tmp_path / "file").write_text("")
    monkeypatch.undo()
    assert not health.has_media()


class Elsewhere(Storage):
    """A store that is no folder."""

    def exists(self, name: str) -> bool:
        if name:
            raise ConnectionError("no route to host")
        return False


def test_a_store_that_is_no_folder_is_asked(settings):
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "tests.test_health.Elsewhere"}}
    with pytest.raises(ConnectionError):
        health.has_media()


# --- The container's own probe ---


@pytest.fixture
def asked(monkeypatch) -> Iterator[dict]:
    """A server that answers with `status` and remembers what it was asked."""
    seen: dict = {"status": 200}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            nonlocal seen
            seen |= {"path": self.path, "token": self.headers["Authorization"]}
            self.send_response(seen["status"])
            self.end_headers()
            self.wfile.write(b"database\n")

        def log_message(self, *_args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(probe, "SERVER", f"http://127.0.0.1:{server.server_port}/")
        yield seen
        server.shutdown()


def test_the_probe_asks_whether_the_process_answers(asked):
    probe.main()
    assert (asked["path"], asked["token"]) == ("/healthz", None)


def test_the_probe_says_what_another_address_answers(asked, monkeypatch, capsys):
    monkeypatch.setenv("METRICS_TOKEN", "m" * 30)
    probe.main("/metrics")
    assert (asked["path"], asked["token"]) == ("/metrics", f"Bearer {'m' * 30}")
    assert capsys.readouterr().out == "database\n"


def test_the_probe_passes_on_what_failed(asked):
    asked["status"] = 503
    with pytest.raises(SystemExit, match="503: database"):
        probe.main()


def test_the_probe_fails_where_nothing_listens(monkeypatch):
    monkeypatch.setattr(probe, "SERVER", "http://127.0.0.1:1/")
    with pytest.raises(SystemExit, match="refused"):
        probe.main()


@pytest.mark.django_db
def test_a_server_that_is_about_to_stop_says_so(site, monkeypatch, caplog):
    monkeypatch.setattr(draining, "_flag", bytearray(1))
    draining.begin()
    answer = site.get("/healthz")
    assert (answer.status, answer.text) == (503, "stopping\n")
    assert "no-store" in answer.headers["Cache-Control"]
    assert not caplog.records  # At every update administrators would be told.
