"""The page cache: what it gives is what Django would give now, made once and sent often."""

from __future__ import annotations

import gzip
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import override_settings
from django.urls import reverse
from django.utils import translation

import haisum.wsgi
from news import browsing, pagecache, publicpages
from news.models import Article, Refusal, RefusedViews, Status
from news.shelf import Page, Shelf
from tests.conftest import Answer, Site
from tests.helpers import (
    NOW,
    PUBLISHED_AT,
    make_article,
    make_category,
    make_tag,
    make_user,
)

pytestmark = pytest.mark.django_db


class Django:
    """Django behind the page cache, which counts how often it is asked for a page."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self.application = application
        self.asked: list[str] = []
        self.before: Callable[[], None] = lambda: None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        self.asked.append(environ["PATH_INFO"])
        self.before()
        return self.application(environ, start_response)


@pytest.fixture
def django(monkeypatch: pytest.MonkeyPatch) -> Django:
    django = Django(haisum.wsgi.django)
    monkeypatch.setattr(haisum.wsgi, "application", pagecache.PageCache(django))
    return django


@pytest.fixture
def addresses() -> dict[str, str]:
    """Every kind of public page, in both languages where it can be."""
    tag = make_tag("EPC")
    article = make_article(tags=(tag,), title="First & foremost", published_at=PUBLISHED_AT)
    for _ in range(10):
        make_article(tags=(tag,))
    chinese = make_article(language="zh-hans", title="海诚工程公司")
    found = {
        "article": article.get_absolute_url(),
        "related": article.get_related_url(),
        "chinese article": chinese.get_absolute_url(),
        "category": make_category().get_absolute_url(),
        "tag": tag.get_absolute_url(),
        "second page": "/en/news/?page=2",
        "archive": "/en/news/archive/",
        "year": "/en/news/archive/2025/",
        "month": "/en/news/archive/2025/06/",
    }
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for name in ("home", "list", "feed", "atom"):
                found[f"{language} {name}"] = reverse(f"news:{name}")
    return found


def from_django(path: str) -> Answer:
    """The page as Django makes it, with no page cache in front."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(haisum.wsgi, "application", haisum.wsgi.django)
        return Site().get(path)


def unzipped(answer: Answer) -> bytes:
    assert answer.headers["Content-Encoding"] == "gzip"
    return gzip.decompress(answer.body)


def test_a_kept_page_is_byte_for_byte_what_django_makes_but_for_the_number(site, addresses):
    for name, path in addresses.items():
        made = from_django(path)
        first, second, zipped = (
            site.get(path),
            site.get(path),
            site.get(path, accept_encoding="gzip"),
        )
        assert (first.status, second.status) == (200, 200), name
        if "article" in name:
            mark = browsing.NUMBER_MARK.encode()
            numbers = (b"1", b"2", b"3")
            assert made.body.count(mark) == 1
        else:
            mark, numbers = b"", (b"", b"", b"")
        for answer, number in zip(
            (first.body, second.body, unzipped(zipped)), numbers, strict=True
        ):
            assert answer == made.body.replace(mark, number), name
        expected = {**dict(made.headers.items()), "Content-Length": str(len(first.body))}
        kept = dict(second.headers.items())
        assert kept.pop("ETag", None) is None if "article" in name else kept.pop("ETag")
        assert kept == expected, name


def test_a_page_is_made_once_per_edition_and_language(site, django, addresses):
    for _ in range(3):
        for path in addresses.values():
            site.get(path)
            site.get(path, accept_encoding="gzip, br")
            site.head(path)
    assert len(django.asked) == len(addresses)
    make_article()
    for path in addresses.values():
        site.get(path)
    assert len(django.asked) == 2 * len(addresses)


def test_browsers_and_shared_caches_always_ask_again(site, addresses):
    for path in addresses.values():
        for answer in (site.get(path), site.get(path)):
            assert answer.headers["Cache-Control"] == "no-cache"
            assert "Accept-Encoding" in answer.headers["Vary"]


def test_lists_feeds_and_home_have_an_etag_and_answer_304(site, addresses):
    for name, path in addresses.items():
        answer = site.get(path)
        if "article" in name:
            assert "ETag" not in answer.headers
            continue
        etag = answer.headers["ETag"]
        for known in (etag, f'"other", {etag}', etag.removeprefix("W/"), "*"):
            again = site.get(path, if_none_match=known)
            assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
        assert site.get(path, if_none_match='"other"').status == 200
        assert site.get(path, if_none_match=etag, accept_encoding="gzip").status == 304


def test_a_304_is_over_when_the_page_changes(site):
    make_article()
    etag = site.get("/en/news/").headers["ETag"]
    make_article()
    answer = site.get("/en/news/", if_none_match=etag)
    assert (answer.status, answer.headers["ETag"] != etag) == (200, True)


def test_head_answers_the_headers_of_get(site, addresses):
    for path in addresses.values():
        head = site.head(path)
        assert (head.status, head.body) == (200, b"")
        assert int(head.headers["Content-Length"]) > 500


@pytest.mark.parametrize(
    ("offer", "zips"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("deflate, GZIP ; q=1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.00", False),
        ("br", False),
        ("", False),
    ],
)
def test_pages_are_zipped_for_whoever_takes_it(site, offer, zips):
    article = make_article()
    for path in (article.get_absolute_url(), "/en/news/"):
        answer = site.get(path, accept_encoding=offer)
        assert (answer.headers["Content-Encoding"] == "gzip") is zips
        assert int(answer.headers["Content-Length"]) == len(answer.body)


@pytest.mark.parametrize("number", ["", "1", "88", "12345678901234567890", "–"])
def test_a_page_zipped_in_halves_is_one_gzip_file(number):
    before, after = b"<p>before</p>" * 3000, b"<p>after</p>" * 500
    page = Page("200 OK", [], before + b"#" + after, article_id=1, mark=b"#")
    zipped = page.zipped(number)
    assert gzip.decompress(zipped) == page.body(number) == before + number.encode() + after
    strict = zlib.decompressobj(zlib.MAX_WBITS | 16)  # Checks sum and length.
    strict.decompress(zipped)
    assert strict.eof
    assert not strict.unused_data
    assert len(zipped) < len(before) / 20


def test_tracking_parameters_are_dropped_from_key_and_page(site, django):
    article = make_article()
    for path in (article.get_absolute_url(), "/en/news/", "/en/"):
        plain = site.get(path)
        tracked = site.get(f"{path}?utm_source=wechat&from=singlemessage&page_size=9")
        assert b"singlemessage" not in tracked.body
        assert tracked.body.replace(b">2<", b">1<") == plain.body
    assert len(django.asked) == 3


def test_only_the_parameters_that_a_page_declares_tell_pages_apart(site, django):
    article = make_article()
    for _ in range(20):
        make_article()
    second = site.get("/en/news/?page=2")
    assert site.get("/en/news/?utm_source=x&page=2").body == second.body
    assert site.get("/en/news/?page=3&page=2").body == second.body  # Django reads the last too.
    assert site.get("/en/news/").body != second.body
    site.get(article.get_absolute_url())
    site.get(article.get_absolute_url() + "?page=2")
    assert len(django.asked) == 3


def test_what_is_no_public_page_reaches_django_untouched(site, django):
    make_article(title="Needle")
    assert "Needle" in site.get("/en/news/search/?q=needle&utm_source=x").text
    assert site.get("/healthz").body == b"ok\n"
    assert site.get("/admin/login/?next=/admin/").status == 200
    assert len(django.asked) == 3
    assert site.get("/en/news/search/?q=needle").headers["Cache-Control"].startswith("max-age=0")


def kept_pages() -> int:
    return len(haisum.wsgi.application._application._shelf._kept)


def test_it_cannot_be_filled_by_what_a_visitor_makes_up(site):
    article = make_article()
    path = article.get_absolute_url()
    made_up = [
        f"/en/news/{article.pk}/made-up/",
        f"/zh-hans/news/{article.pk}/{article.slug}/",
        "/en/news/999999/nothing/",
        "/en/news/?page=9",
        "/en/news/?page=x",
        "/en/news/category/nothing/",
        "/en/news/archive/1999/",
        "/en/nothing/",
        "/en/s/3224-8945-40486.html",
    ]
    for address in made_up:
        assert site.get(address).status in (301, 404), address
    for number in range(20):
        site.get(f"{path}?made-up={number}")
        site.get(path, host=f"made-up-{number}.example.com")
        site.get(path, host=f"testserver:{number + 1000}")
        site.get(path, host="TESTSERVER")
        site.get(path, x_forwarded_proto=f"made-up-{number}", x_forwarded_host=f"h{number}")
    assert kept_pages() == 1


@override_settings(ALLOWED_HOSTS=["testserver", ".example.com"])
def test_hosts_that_only_a_wildcard_lets_in_are_served_but_not_kept(site):
    path = make_article().get_absolute_url()
    for number in range(3):
        answer = site.get(path, host=f"any{number}.example.com")
        assert f"http://any{number}.example.com{path}" in answer.text
    assert kept_pages() == 0
    assert browsing.browsing_volume(Article.objects.get().pk) == 3


@override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
def test_schemes_have_pages_of_their_own(site):
    path = make_article().get_absolute_url()
    for _ in range(2):
        assert f"http://testserver{path}" in site.get(path).text
        assert f"https://testserver{path}" in site.get(path, x_forwarded_proto="https").text


def test_the_site_is_kept_under_the_port_it_listens_at(site):
    path = make_article().get_absolute_url()
    assert f"http://testserver:80{path}" in site.get(path, host="testserver:80").text
    assert kept_pages() == 1


def test_the_shelf_holds_no_more_bytes_than_it_has_room_for(site, monkeypatch):
    articles = [make_article(body="<p>Text</p>" * 500) for _ in range(12)]
    cache = pagecache.PageCache(haisum.wsgi.django)
    cache._shelf = Shelf(100_000)
    monkeypatch.setattr(haisum.wsgi, "application", cache)
    for article in [*articles, *articles]:
        assert site.get(article.get_absolute_url()).status == 200
    kept = cache._shelf._kept
    assert 0 < len(kept) < 12
    assert sum(page.size for page, _size in kept.values()) <= 100_000


def test_what_was_used_longest_ago_leaves_the_shelf_first():
    shelf: Shelf[str] = Shelf(30)
    for key in "abc":
        shelf.put(key, key, 10)
    shelf.get("a")
    shelf.put("d", "d", 10)
    assert [shelf.get(key) for key in "abcd"] == ["a", None, "c", "d"]
    shelf.put("giant", "giant", 31)
    assert shelf.get("giant") is None
    assert shelf.get("a") == "a"
    shelf.put("a", "new", 20)
    assert [shelf.get(key) for key in "acd"] == ["new", None, "d"]


def test_whoever_is_signed_in_gets_pages_of_their_own_and_readers_among_them_count(site):
    article = make_article()
    Site().get(article.get_absolute_url())
    site.sign_in(make_user(is_staff=False))
    answer = site.get(article.get_absolute_url())
    assert "Cookie" in answer.headers["Vary"]
    assert browsing.browsing_volume(article.pk) == 2
    site.sign_in(make_user())
    site.get(article.get_absolute_url())
    assert browsing.browsing_volume(article.pk) == 2


def test_a_cookie_spelt_oddly_does_not_put_a_staff_members_page_on_the_shelf(site):
    path = make_article().get_absolute_url()
    staff = Site()
    staff.sign_in(make_user())
    (name, value), *_ = staff.cookies.items()
    site.get(path, cookie=f"{name} = {value}")
    assert kept_pages() == 0
    assert "Cookie" not in site.get(path).headers["Vary"]


def test_pages_that_are_no_longer_true_are_made_again_at_the_very_next_request(site, time_machine):
    time_machine.move_to(NOW, tick=False)
    article = make_article(title="Before", slug="same")
    path = article.get_absolute_url()
    assert "Before" in site.get(path).text
    article.title = "After"
    article.save()
    assert "After" in site.get(path).text
    Article.objects.filter(pk=article.pk).update(status=Status.WITHDRAWN)
    assert site.get(path).status == 410
    Article.objects.filter(pk=article.pk).update(
        status=Status.PUBLISHED, expires_at=NOW + timedelta(seconds=5)
    )
    assert site.get(path).status == 200
    time_machine.move_to(NOW + timedelta(seconds=5), tick=False)
    assert site.get(path).status == 410


def test_what_is_published_is_there_for_the_very_next_request(site, time_machine):
    time_machine.move_to(NOW, tick=False)
    known = make_article()
    site.get(known.get_absolute_url())
    time_machine.shift(timedelta(seconds=1))
    new = make_article(published_at=NOW + timedelta(seconds=1))
    assert site.get(new.get_absolute_url()).status == 200


def test_a_page_overtaken_while_it_is_made_is_made_again(site, django):
    article = make_article(title="Before", slug="same")
    titles: Iterator[str] = iter(["Meanwhile"])

    def overtake() -> None:
        for title in titles:
            Article.objects.filter(pk=article.pk).update(title=title)

    django.before = overtake
    answer = site.get(article.get_absolute_url())
    assert "Meanwhile" in answer.text
    assert browsing.browsing_volume(article.pk) == 1


def test_a_site_that_changes_faster_than_its_pages_are_made_still_answers(site, django):
    article = make_article()
    django.before = lambda: Article.objects.filter(pk=article.pk).update(source="Again") and None
    for seen in (1, 2):
        answer = site.get(article.get_absolute_url())
        assert (answer.status, browsing.browsing_volume(article.pk)) == (200, seen)
    assert site.get("/en/news/").status == 200


def test_refusals_are_tallied_by_reason(site):
    article = make_article()
    path = article.get_absolute_url()
    site.head(path)
    site.get(path, user_agent="Googlebot/2.1")
    site.get(path, user_agent="Googlebot/2.1")
    site.get(path, sec_purpose="prefetch")
    site.get(path)
    site.get("/en/news/", user_agent="Googlebot/2.1")
    site.sign_in(make_user(group="Editor"))
    site.get(path)
    site.get(article.get_preview_url())
    browsing.turnstile._write_tally()
    assert dict(RefusedViews.objects.values_list("reason", "views")) == {
        Refusal.HEAD: 1,
        Refusal.CRAWLER: 2,
        Refusal.SPECULATIVE: 1,
        Refusal.STAFF: 1,
        Refusal.PREVIEW: 1,
    }


@pytest.mark.django_db(transaction=True)
def test_one_render_however_many_wait_for_it(django):
    path = make_article().get_absolute_url()
    everybody_is_here = threading.Barrier(12)
    django.before = lambda: threading.Event().wait(0.5) and None

    def read(_number: int) -> int:
        try:
            everybody_is_here.wait(timeout=30)
            return Site().get(path).status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(read, range(12))) == [200] * 12
    connection.close()
    assert django.asked == [path]
    assert browsing.browsing_volume(Article.objects.get().pk) == 12


def test_a_part_is_made_once_per_edition():
    from news import edition

    made: list[str] = []

    def make() -> str:
        made.append("made")
        return "part"

    for _ in range(2):
        with edition.making_for(edition.current()):
            assert publicpages.part(("menu", "en"), make) == "part"
    assert len(made) == 1
    make_article()
    with edition.making_for(edition.current()):
        publicpages.part(("menu", "en"), make)
    assert len(made) == 2
    publicpages.part(("menu", "en"), make)  # For no edition: a preview, a search.
    assert len(made) == 3
