"""What `/metrics` says: of every request, of kept pages, views and the database."""

from __future__ import annotations

import os
import re
import signal
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.urls import URLPattern, URLResolver, get_resolver
from prometheus_client.parser import text_string_to_metric_families

import haisum.wsgi
from haisum import metrics, observed
from haisum.requests import KINDS, kind_of
from news import browsing, pagecache
from news.models import Edition, Refusal
from tests.conftest import READER, Site
from tests.helpers import make_article, make_category, make_user

pytestmark = pytest.mark.django_db

TOKEN = "a token of twenty letters or more"
Figures = Callable[..., float]


@pytest.fixture
def measured(site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Figures:
    """What a metric says now: `measured("newsroom_views_total", outcome="counted")`, added up."""
    settings.METRICS_TOKEN = TOKEN
    cache = pagecache.PageCache(haisum.wsgi.django)
    monkeypatch.setattr(haisum.wsgi, "application", observed.Observed(cache))
    asks = Site()
    return lambda name, **labels: value(scraped(asks), name, labels)


def scraped(site: Site) -> str:
    answer = site.get("/metrics", authorization=f"Bearer {TOKEN}")
    assert answer.status == 200
    return answer.text


def value(text: str, name: str, labels: dict[str, str]) -> float:
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    assert samples
    return sum(
        sample.value
        for sample in samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


REQUESTS = "newsroom_request_seconds_count"


# --- Who may see them ---


def test_without_a_token_there_is_nothing(site):
    assert site.get("/metrics").status == 404
    assert site.get("/metrics", authorization="Bearer ").status == 404


@pytest.mark.parametrize(
    "given", ["", "Bearer ", "Bearer other", f"Basic {TOKEN}", TOKEN, "Bearer é"]
)
def test_without_the_right_token_neither(site, measured, given):
    answer = site.get("/metrics", authorization=given)
    assert (answer.status, answer.body) == (404, b"")


def test_nobody_keeps_them(site, measured):
    answer = site.get("/metrics", authorization=f"Bearer {TOKEN}")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "no-store" in answer.headers["Cache-Control"]
    assert site.post("/metrics", {}, authorization=f"Bearer {TOKEN}").status in (403, 405)


# --- Requests ---


def test_requests_are_told_apart_by_kind_status_and_cache(site, measured):
    path = make_article().get_absolute_url()
    for address in (path, path, path, "/en/news/", "/en/nothing/", "/admin/", "/en/news/feed/"):
        site.get(address)
    site.get("/en/news/", if_none_match=site.get("/en/news/").headers["ETag"])
    assert measured(REQUESTS, kind="article", status="2xx", cache="miss") == 1
    assert measured(REQUESTS, kind="article", status="2xx", cache="hit") == 2
    assert measured(REQUESTS, kind="list", status="2xx") == 2
    assert measured(REQUESTS, kind="list", status="3xx", cache="hit") == 1
    assert measured(REQUESTS, kind="other", status="4xx", cache="") == 1
    assert measured(REQUESTS, kind="admin", status="3xx", cache="") == 1
    assert measured(REQUESTS, kind="feed", status="2xx") == 1


def test_a_wrong_slug_is_an_article_that_is_elsewhere(site, measured):
    site.get(f"/en/news/{make_article().pk}/other/")
    assert measured(REQUESTS, kind="article", status="3xx") == 1


def test_nothing_of_a_request_is_left_for_the_collector(site, measured):
    """A ring of references costs every kept page's answer as much as all else that is measured."""
    path = make_article().get_absolute_url()
    environ = site._environ("GET", path, b"", {})
    haisum.wsgi.application(environ, lambda *_: None)
    assert not [name for name in environ if name.startswith(("news.", "haisum.re"))]


def test_what_django_does_not_answer_is_measured_too(site, measured, monkeypatch):
    def breaks(_environ: dict, _start_response: Callable) -> None:
        raise MemoryError

    with monkeypatch.context() as broken, pytest.raises(MemoryError):
        broken.setattr(haisum.wsgi, "application", observed.Observed(breaks))
        site.get("/en/")
    assert measured(REQUESTS, kind="other", status="5xx", cache="") == 1


def test_how_long_answers_took_is_a_histogram(measured):
    metrics.note("article", "2", None, 0.0009)
    metrics.note("article", "2", None, 0.04)
    metrics.note("article", "2", None, 60.0)
    name = "newsroom_request_seconds"
    at_most = [measured(f"{name}_bucket", kind="article", le=le) for le in ("0.001", "0.05", "10")]
    assert at_most == [1, 2, 2]
    assert measured(f"{name}_bucket", kind="article", le="+Inf") == 3
    assert measured(f"{name}_sum", kind="article") == pytest.approx(60.0409)


def names(patterns: list, namespace: str = "") -> list[str]:
    """Every view of the site as Django names it."""
    found: list[str] = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            found += names(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            found.append(namespace + (pattern.name or pattern.lookup_str))
    return found


def test_every_address_of_the_site_has_its_kind():
    public = [name for name in names(get_resolver().url_patterns) if not name.startswith("admin")]
    passwords = {"password_reset_done", "password_reset_confirm", "password_reset_complete"}
    ours = {view for views in KINDS.values() for view in views}
    assert set(public) - passwords == ours, "A new address: say in haisum/requests.py what it is."
    assert kind_of("password_reset_done", "/admin/password_reset/done/") == "admin"
    assert kind_of("", "/media/pictures/2026/x.jpg") == "media"
    assert kind_of("", "/static/css/base.css") == "static"
    assert kind_of("", "/wp-login.php") == "other"


# --- Kept pages and views ---


def test_the_shelf_says_how_full_it_is(site, measured):
    assert measured("newsroom_page_cache_entries") == 0
    site.get("/en/")
    site.get(make_article(body="<p>Long.</p>" * 999).get_absolute_url())
    assert measured("newsroom_page_cache_entries") == 2
    assert 20_000 < measured("newsroom_page_cache_bytes") < 200_000


def test_views_are_counted_as_the_database_counts_them(site, measured):
    article = make_article()
    path = article.get_absolute_url()
    for _ in range(3):
        site.get(path)
    site.get("/en/")
    site.head(path)
    site.get(path, user_agent="Googlebot/2.1 (+http://www.google.com/bot.html)")
    site.get(path, sec_purpose="prefetch")
    counted = measured("newsroom_views_total", outcome="counted")
    assert counted == browsing.browsing_volume(article.pk) == 3
    for reason in (Refusal.HEAD, Refusal.CRAWLER, Refusal.SPECULATIVE):
        assert measured("newsroom_views_total", outcome=reason.value) == 1
    assert measured(REQUESTS, kind="article", status="5xx", cache="hit") == 1  # The prefetch.


def test_previews_and_staff_are_refused_by_name(site, measured):
    article = make_article()
    site.sign_in(make_user(is_superuser=True))
    site.get(article.get_preview_url())
    site.get(article.get_absolute_url())
    assert measured("newsroom_views_total", outcome="preview") == 1
    assert measured("newsroom_views_total", outcome="staff") == 1
    assert measured("newsroom_views_total", outcome="counted") == 0
    assert measured(REQUESTS, kind="preview", status="2xx") == 1
    assert measured(REQUESTS, kind="article", status="2xx", cache="") == 1


def test_what_is_made_for_one_visitor_is_missed_by_nobody(site, measured, settings):
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, ".example.org"]
    for _ in range(2):
        site.get("/en/", host="a.example.org")
    assert measured(REQUESTS, kind="list", cache="miss") == 0
    assert measured(REQUESTS, kind="list", cache="") == 2


# --- The database ---


@pytest.mark.django_db(transaction=True)
def test_the_edition_and_when_the_site_changes_by_itself(site, measured):
    site.get("/en/")
    before = measured("newsroom_edition_number")
    make_category("Another")
    assert measured("newsroom_edition_number") > before
    site.get("/en/")
    assert 0 < measured("newsroom_edition_due_seconds") <= 3600
    Edition.objects.update(due_at=None)
    assert measured("newsroom_edition_due_seconds") == 0


def test_a_database_that_is_away_does_not_take_the_figures_with_it(site, measured, monkeypatch):
    def away() -> None:
        raise OperationalError

    assert measured("newsroom_database_up") == 1
    monkeypatch.setattr(metrics._figures, "_ask", away)
    site.get("/healthz")
    assert measured("newsroom_database_up") == 0
    assert measured(REQUESTS, kind="probe") >= 1
    assert measured("newsroom_edition_number") == 0  # Not there.


def test_the_version_that_runs_is_that_of_the_project(measured):
    from tests.test_project import ROOT

    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert measured("newsroom_build_info", version=version[1]) == 1


if connection.vendor == "postgresql":

    def test_connections_are_told_by_what_they_do(measured):
        assert measured("newsroom_database_connections") >= 1
        assert measured("newsroom_database_connections", state="active") >= 1


# --- All workers together ---


def test_a_book_goes_on_where_a_dead_worker_left_it(tmp_path, monkeypatch):
    monkeypatch.setattr(metrics, "book", metrics.Book())
    metrics.share(tmp_path)
    first = metrics.book
    first.add_refusal(Refusal.CRAWLER)
    first.set_shelf(7, 7000)
    metrics.share(tmp_path)  # Another worker: the first one lives.
    metrics.book.add_refusal(Refusal.CRAWLER)
    metrics.book.set_shelf(2, 2000)
    place = metrics._VIEWS[Refusal.CRAWLER]
    assert metrics.book.all()[place] == 2
    assert metrics.book.all()[metrics._ENTRIES :] == [9, 9000]
    del first  # As when its process ends, which lets go of the file.
    assert metrics.book.all()[place] == 2  # What was counted stays.
    assert metrics.book.all()[metrics._ENTRIES :] == [2, 2000]  # What was kept is gone.
    metrics.share(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1"]
    assert metrics.book.all()[place] == 2


def test_a_book_that_is_just_being_opened_is_empty(tmp_path, monkeypatch):
    monkeypatch.setattr(metrics, "book", metrics.Book())
    metrics.share(tmp_path)
    (tmp_path / "1").touch()
    assert sum(metrics.book.all()) == 0


def test_any_worker_says_what_all_of_them_did_and_none_is_forgotten(server):
    served = server(workers=3, METRICS_TOKEN=TOKEN)
    path = served.python(
        "from tests.helpers import make_article; print(make_article().get_absolute_url())"
    ).strip()

    def read(address: str) -> str:
        headers = {"User-Agent": READER, "Authorization": f"Bearer {TOKEN}"}
        request = urllib.request.Request(served.url + address, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read().decode()

    for _ in range(30):
        read(path)
    views = {"name": "newsroom_views_total", "labels": {"outcome": "counted"}}
    assert {value(read("/metrics"), **views) for _ in range(6)} == {30}
    victim = served.worker_pids()[0]
    os.kill(victim, signal.SIGKILL)
    served.wait_until(lambda: victim not in served.worker_pids())
    served.wait_until(lambda: len(served.worker_pids()) == 3)
    assert {value(read("/metrics"), **views) for _ in range(6)} == {30}
    read(path)
    assert value(read("/metrics"), **views) == 31
    assert served.query("SELECT total FROM news_browsingvolume") == [(31,)]
