"""The rehearsal: a site in use is backed up, everything is lost, and it comes back."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests import scratch, store
from tests.archives import kept, manifest
from tests.conftest import READER
from tests.server import ROOT, Server, run

pytestmark = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") != "postgresql", reason="SQLite is not for sites in use"
)

CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1)"  # Which is not counted.
PATHS = """
from news.models import Article
for article in Article.objects.public().filter(language={!r}):
    print(article.get_absolute_url())
"""
# Saves articles, stores pictures and deletes some, until its folder has a file "stop".
EDITOR = """
import itertools, pathlib, sys
import django; django.setup()
from news.models import Article
from tests.helpers import make_image
stop = pathlib.Path(sys.argv[1]) / "stop"
articles = list(Article.objects.filter(language="en"))
images = []
for number in itertools.count():
    if stop.exists():
        break
    article = articles[number % len(articles)]
    article.title = f"Title {number}"
    article.save()
    images.append(make_image(renditions={}))
    if number % 3 == 2:
        images.pop(0).delete()
print(number)
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    """One for all: after every rehearsal it is whole again."""
    folder = str(scratch.folder("kept"))
    with Server(workers=2, threads=8, BACKUP_ROOT=folder) as server:
        server.manage("seed_demo")
        yield server


def folder_of(site: Server) -> Path:
    return Path(site.environment["BACKUP_ROOT"])


def get(site: Server, path: str, user_agent: str = CRAWLER) -> tuple[int, bytes]:
    request = urllib.request.Request(site.url + path, headers={"User-Agent": user_agent})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def paths(site: Server, language: str) -> list[str]:
    return site.python(PATHS.format(language)).split()


def pages(site: Server, language: str) -> dict[str, tuple[int, bytes]]:
    """Of a language that nobody edits or reads meanwhile."""
    lists = (f"/{language}/", f"/{language}/news/", f"/{language}/news/feed/")
    return {path: get(site, path) for path in (*lists, *paths(site, language))}


@contextmanager
def readers(site: Server, number: int = 4) -> Iterator[Counter[int]]:
    """What they were answered, by status."""
    answers: Counter[int] = Counter()
    addresses, over = paths(site, "en"), threading.Event()

    def read(first: int) -> None:
        turn = first
        while not over.is_set():
            answers[get(site, addresses[turn % len(addresses)], READER)[0]] += 1
            turn += 1

    threads = [threading.Thread(target=read, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()


@contextmanager
def editor(site: Server) -> Iterator[None]:
    """Somebody who saves all the time."""
    command = [sys.executable, "-c", EDITOR, str(site.files)]
    with subprocess.Popen(command, cwd=ROOT, env=site.environment, stdout=subprocess.PIPE) as saves:
        yield
        (site.files / "stop").touch()
        assert int(saves.communicate(timeout=30)[0]) > 10
    assert saves.returncode == 0


def number(site: Server, sql: str) -> int:
    return site.query(sql)[0][0]


def lose_everything(site: Server) -> None:
    """The web processes go on."""
    name = site.database.rpartition("/")[2]
    with psycopg.connect(scratch.database_url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    shutil.rmtree(site.environment["MEDIA_ROOT"])


VIEWS = "SELECT coalesce(sum(total - carried_over), 0)::int FROM news_browsingvolume"
EDITION = "SELECT number FROM news_edition"


def test_a_site_in_use_is_backed_up_lost_and_brought_back(site):
    before = pages(site, "zh-hans")
    assert {status for status, _ in before.values()} == {200}
    with readers(site) as answers, editor(site):
        time.sleep(2)
        least = number(site, VIEWS)
        name = site.manage("backup", "--verify").split()[0]
        most = number(site, VIEWS)
        time.sleep(1)
    assert set(answers) == {200}
    assert 0 < least <= most < number(site, VIEWS)
    highest = number(site, EDITION)
    said = manifest(folder_of(site) / name)
    assert said["missing"] == []

    lose_everything(site)
    assert "Restored from" in site.manage("restore", name)

    assert number(site, EDITION) > highest > said["edition"]
    for table, rows in said["rows"].items():
        if table != "django_session":
            assert number(site, f'SELECT count(*) FROM "{table}"') == rows, table
    assert least <= number(site, VIEWS) <= most
    site.manage("check_counts")
    site.manage("rebuild_search", "--check")
    for file, (_, digest) in said["files"].items():
        if file.startswith("media/") and file[6:] not in said["deleted"]:
            status, data = get(site, f"/{file}")
            assert (status, hashlib.sha256(data).hexdigest()) == (200, digest)
    # From the very processes that were there before.
    site.wait_until(lambda: get(site, "/zh-hans/")[0] == 200)
    assert pages(site, "zh-hans") == before
    path = paths(site, "en")[0]
    views = number(site, VIEWS)
    assert get(site, path, READER)[0] == 200
    assert number(site, VIEWS) == views + 1


def test_a_site_that_goes_on_meanwhile_is_put_back_at_once(site):
    name = site.manage("backup").split()[0]
    path = paths(site, "en")[0]
    title = "SELECT title FROM news_article WHERE id = " + path.split("/")[3]
    (before,) = site.query(title)[0]
    site.python(f"from news.models import Article; Article.objects.update(title='Since {path}')")
    assert f"Since {path}".encode() in get(site, path)[1]
    with readers(site) as answers:
        time.sleep(0.5)
        site.manage("restore", "--force", name)
        page = get(site, path)[1]
        time.sleep(0.5)
    assert set(answers) == {200}
    assert site.query(title) == [(before,)]
    assert f"Since {path}".encode() not in page
    site.manage("check_counts")


def test_a_bucket_keeps_them_and_gives_them_back(site):
    bucket = {name.replace("MEDIA", "BACKUP"): value for name, value in store.new_bucket().items()}
    environment = site.environment | bucket

    def manage(*arguments: str) -> str:
        return run("manage.py", *arguments, environment=environment)

    before = kept(folder_of(site))
    old = manage("backup").split()[0]
    new = manage("backup", "--verify", "--keep", "1").split()[0]
    assert store.names_in(bucket["BACKUP_S3_BUCKET"]) == {new} != {old}
    title = site.query("SELECT title FROM news_article ORDER BY id LIMIT 1")
    site.python("from news.models import Article; Article.objects.update(title='Since')")
    manage("restore", "--force", new)
    assert site.query("SELECT title FROM news_article ORDER BY id LIMIT 1") == title
    assert kept(folder_of(site)) == before


def test_pictures_in_a_bucket_come_back_into_it(site):
    bucket = store.new_bucket()
    name = bucket["MEDIA_S3_BUCKET"]
    folder = str(scratch.folder("from_a_bucket"))
    with Server(**bucket, BACKUP_ROOT=folder) as server:
        server.python(
            "from tests.helpers import make_image\nfor _ in range(3): make_image(renditions={})"
        )
        before = content_of(name)
        assert len(before) == 3
        archive = server.manage("backup", "--verify").split()[0]
        for key in before:
            store.client().delete_object(Bucket=name, Key=key)
        server.manage("restore", "--force", archive)
        assert content_of(name) == before
        key = min(before)
        assert get(server, f"/media/{key}") == (200, before[key])


def content_of(bucket: str) -> dict[str, bytes]:
    return {
        name: store.client().get_object(Bucket=bucket, Key=name)["Body"].read()
        for name in store.names_in(bucket)
    }


def test_one_that_is_stopped_leaves_nothing_behind(site, tmp_path):
    before = kept(folder_of(site))
    program = tmp_path / "pg_dump"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 18.1" && exit\n'
        f"touch {tmp_path}/began; exec sleep 60\n"
    )
    program.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, "manage.py", "backup"],
        cwd=ROOT,
        env=site.environment | {"PG_BIN": str(tmp_path)},
    ) as process:
        site.wait_until((tmp_path / "began").exists)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 1
    assert kept(folder_of(site)) == before
