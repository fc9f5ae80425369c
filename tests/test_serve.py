"""The web server as operators start, stop and lose it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests import scratch
from tests.conftest import READER
from tests.server import ROOT, Server, collected, free_port
from tests.test_project import DEPLOYED, start

POSTGRESQL = os.environ.get("TEST_DATABASE") == "postgresql"
NOWHERE = "postgres://nobody@127.0.0.1:1/nowhere"


@pytest.fixture(scope="module")
def served() -> Iterator[Server]:
    with Server(workers=2, threads=2, ACCESS_LOG="true") as server:
        yield server


def get(server: Server, path: str, timeout: float = 20, agent: str = READER) -> tuple[int, str]:
    request = urllib.request.Request(server.url + path, headers={"User-Agent": agent})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class UnfinishedRequest:
    """A request that keeps a thread of the server until the rest of it is sent."""

    def __init__(self, server: Server) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        self.connection.putrequest("POST", "/admin/login/")
        self.connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        self.connection.putheader("Content-Length", "4")
        self.connection.putheader("Cookie", f"csrftoken={'c' * 32}")
        self.connection.endheaders(b"a=")

    def finish(self) -> tuple[int, str]:
        self.connection.send(b"bc")
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()


def no_thread_is_free(server: Server) -> bool:
    try:
        get(server, "/healthz", timeout=1)
    except TimeoutError:
        return True
    return False


# --- Serving ---


def test_pages_style_sheets_and_pictures_are_served(served):
    status, page = get(served, "/en/")
    assert status == 200
    picture = served.files / f"media/pictures/2026/{'0' * 32}-640.webp"
    picture.parent.mkdir(parents=True)
    picture.write_text("A picture")
    assert get(served, "/media/pictures/2026/" + picture.name) == (200, "A picture")
    sheet = re.search(r'"(/static/css/base\.[0-9a-f]+\.css)"', page)
    assert sheet
    assert get(served, sheet[1])[0] == 200


def test_there_are_as_many_workers_and_threads_as_the_settings_say(server):
    three = server(workers=3)  # It answers as soon as the first does.
    three.wait_until(lambda: len(three.worker_pids()) == 3)
    served = server(workers=1, threads=2)
    occupied = [UnfinishedRequest(served) for _ in range(2)]
    served.wait_until(lambda: no_thread_is_free(served))
    assert occupied[0].finish()[0] == 403  # No token against forged requests was sent.
    assert get(served, "/healthz")[0] == 200


def test_requests_are_logged_only_if_wanted(served, server):
    get(served, "/healthz")
    get(served, "/en/news/archive/?told")
    logged = served.log.read_text()
    assert re.search(r"haisum\.access GET /en/news/archive/ 200 \d+\.\d ms\n", logged)
    assert "/healthz" not in logged  # A probe asks every few seconds.
    quiet = server()
    get(quiet, "/en/")
    said = quiet.log.read_text().splitlines()
    assert len(said) == 1
    assert said[0].endswith(f"Serving http://127.0.0.1:{quiet.port} with 1 x 4 threads")


# --- Stopping ---


def test_a_request_under_way_is_finished_before_the_server_stops(served):
    request = UnfinishedRequest(served)
    served.process.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        served.process.wait(timeout=1)
    status, page = request.finish()
    assert status == 403
    assert page.rstrip().endswith("</html>")
    assert served.process.wait(timeout=20) == 0
    served.start()


def test_the_tally_of_refusals_is_written_when_the_server_stops(server):
    stopped = server()
    published = (
        "from tests.helpers import make_article\nprint(make_article().get_absolute_url(), end='')"
    )
    get(stopped, stopped.python(published), agent="Googlebot/2.1")
    stopped.stop()
    assert stopped.query("SELECT reason, views FROM news_refusedviews") == [("crawler", 1)]


def test_before_it_stops_the_server_says_so_and_goes_on_answering(server):
    stopped = server(workers=2, DRAIN_SECONDS="4")
    stopped.process.terminate()
    stopped.wait_until(lambda: get(stopped, "/healthz") == (503, "stopping\n"))
    for _ in range(10):  # Both workers know it.
        assert get(stopped, "/healthz") == (503, "stopping\n")
        assert get(stopped, "/en/")[0] == 200
    assert stopped.process.wait(timeout=10) == 0


class Spawning(Server):
    """As Python 3.14 starts processes, unless told."""

    program = (
        "-c",
        "import multiprocessing; multiprocessing.set_start_method('spawn')\n"
        "from haisum.serve import main; main()",
    )


def test_workers_know_of_it_however_python_starts_processes():
    with Spawning(DRAIN_SECONDS="4") as stopped:
        stopped.process.terminate()
        stopped.wait_until(lambda: get(stopped, "/healthz") == (503, "stopping\n"))
        assert stopped.process.wait(timeout=10) == 0


def test_ctrl_c_reaches_every_process_and_stops_the_server(served):
    os.killpg(served.process.pid, signal.SIGINT)
    assert served.process.wait(timeout=5) == 0
    served.start()


def test_a_killed_worker_is_replaced(served):
    before = served.worker_pids()
    os.kill(before[0], signal.SIGKILL)
    served.wait_until(lambda: before[0] not in served.worker_pids())
    served.wait_until(lambda: len(served.worker_pids()) == 2, seconds=5)
    assert before[1] in served.worker_pids()
    assert {get(served, "/en/")[0] for _ in range(8)} == {200}


def test_a_killed_server_starts_again_on_the_same_database(served):
    served.python("from tests.helpers import make_article; make_article(title='It is kept')")
    served.kill()
    assert not served.answers()
    served.start()
    assert "It is kept" in get(served, "/en/")[1]
    assert served.query("SELECT title FROM news_article") == [("It is kept",)]


# --- What is wrong is said in a sentence ---


def refused(*arguments: str, **variables: str) -> str:
    """What the server says that does not start."""
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull} | DEPLOYED
    environment |= {"STATIC_ROOT": str(collected("--ignore=ckeditor"))}
    done = subprocess.run(
        [sys.executable, "-m", "haisum.serve", *arguments],
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_a_taken_port(served):
    said = refused("--port", str(served.port))
    assert said == f"Cannot listen at 127.0.0.1, port {served.port}: Address already in use."


@pytest.mark.once
def test_addresses_that_cannot_be():
    assert "port must be a number from 1 to 65535, not '99999'" in refused("--port", "99999")
    assert "port must be a number from 1 to 65535, not 'http'" in refused("--port", "http")
    assert refused("--host", "nowhere.invalid").startswith("Cannot listen at nowhere.invalid")


@pytest.mark.once
def test_an_empty_database():
    said = refused("--port", str(free_port()))
    assert said == "The database is not up to date; run: python manage.py migrate"


def test_a_database_that_is_behind_is_not_served(server):
    behind = server()
    behind.stop()
    behind.manage("migrate", "news", "0010")
    said = refused("--port", str(behind.port), DATABASE_URL=behind.database)
    assert said == "The database is not up to date; run: python manage.py migrate"


def test_a_database_that_is_ahead_is_served_and_left_as_it_is(server):
    ahead = server()
    ahead.python(
        "from django.db import connection\n"
        "from django.db.migrations.recorder import MigrationRecorder\n"
        "MigrationRecorder(connection).record_applied('news', '9999_of_the_next_release')"
    )
    ahead.restart()
    assert get(ahead, "/en/")[0] == 200
    assert "No migrations to apply." in ahead.manage("migrate")
    assert ahead.query("SELECT count(*) FROM django_migrations WHERE name LIKE '9999%'") == [(1,)]


@pytest.mark.once
def test_https_that_nobody_speaks():
    said = refused("--port", str(free_port()), BEHIND_PROXY="false")
    assert said.startswith("haisum.E013: Readers are redirected for ever")
    assert "Set BEHIND_PROXY=true, or HTTPS=false" in said


@pytest.mark.once
def test_missing_static_files():
    said = refused("--port", str(free_port()), STATIC_ROOT=str(scratch.folder("nothing")))
    assert said == "The static files are missing; run: python manage.py collectstatic"


def test_without_its_database_the_server_starts_and_says_so(server):
    served = server()
    served.stop()
    served.environment["DATABASE_URL"] = NOWHERE
    served.start()
    assert "The database cannot be reached: connection failed" in served.log.read_text()
    assert get(served, "/healthz") == (200, "ok\n")
    assert get(served, "/readyz") == (503, "database\n")
    assert get(served, "/en/")[0] == 503


@pytest.mark.once
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WEB_WORKERS", "0"),
        ("WEB_WORKERS", "many"),
        ("WEB_THREADS", "-1"),
        ("ACCESS_LOG", "perhaps"),
        ("PAGE_CACHE_MIB", "-1"),
        ("PAGE_CACHE_MIB", "64MB"),
        ("SYNCHRONOUS_COMMIT", "remote_apply"),
        ("MIGRATE_DATABASE_URL", "database"),
        ("MIGRATE_LOCK_MILLISECONDS", "0"),
        ("MIGRATE_STATEMENT_SECONDS", "-1"),
        ("MIGRATE_TRIES", "0"),
        ("LOG_JSON", "perhaps"),
    ],
)
def test_a_wrong_variable_is_named(variable, value):
    assert re.search(rf"^{variable} must be .+\.$", refused(**{variable: value}))


# --- The connection to PostgreSQL ---


def options(address: str, **variables: str) -> dict:
    code = (
        "import json; from django.conf import settings; "
        "print(json.dumps(settings.DATABASES['default']['OPTIONS']))"
    )
    done = start("shell", "--verbosity=0", "-c", code, DATABASE_URL=address, **variables)
    return json.loads(done.stdout)


@pytest.mark.once
def test_a_database_that_vanished_does_not_hold_threads_for_long():
    found = options(NOWHERE)
    assert found["connect_timeout"] == 5
    assert found["keepalives_idle"] + found["keepalives_interval"] * found["keepalives_count"] <= 30
    assert found["tcp_user_timeout"] <= 30_000
    assert "options" not in found


@pytest.mark.once
def test_the_address_can_say_otherwise():
    found = options(
        f"{NOWHERE}?connect_timeout=2&options=-c%20jit%3Doff", SYNCHRONOUS_COMMIT="local"
    )
    assert int(found["connect_timeout"]) == 2
    assert found["options"] == "-c jit=off -c synchronous_commit=local"


if POSTGRESQL:

    @pytest.mark.parametrize("value", ["on", "off"])
    def test_how_durable_a_commit_is_can_be_chosen(server, value):
        served = server(SYNCHRONOUS_COMMIT=value, PGOPTIONS="-c synchronous_commit=on")
        code = (
            "from django.db import connection; cursor = connection.cursor(); "
            "cursor.execute('SHOW synchronous_commit'); print(cursor.fetchone()[0])"
        )
        assert served.python(code).strip() == value
