"""What is offered where there is nothing: the words of the address, and what comes near."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from news.lost import words_of
from tests.helpers import NOW, hidden_articles, make_article

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


def titles(page) -> list[str]:
    """Of the articles that the page offers, in its order."""
    found = re.findall(r'class="(?:card|row)-link"[^>]*>([^<]*)<', page.text)
    return [unescape(title) for title in found]


def asked(page) -> str:
    """What the page's search box holds."""
    found = re.search(r'name="q"\s+value="([^"]*)"', page.text)
    return unescape(found[1]) if found else ""


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/en/news/412/water-treatment-plant/", "water treatment plant"),
        ("/en/s/Water_Treatment.html", "Water Treatment"),
        ("/zh-hans/news/污水处理厂/", "污水处理厂"),
        ("/projects/2023/11/mill.aspx", "projects mill"),
        ("/en/s/3224-8945-40486.html", ""),
        ("/en/news/category/a-b-c/", ""),
        ("/index.html", ""),
        ("/de/one-two-three-four-five-six-seven/", "de one two three four five"),
        ("/mill/mill/mill", "mill"),
        ("/wp-login.php", ""),
        ("/wp-content/plugins/mill", ""),
        ("/.env", ""),
        ("/mill/.git/config", ""),
        ("/mill.php", ""),
        ("/mill.tar.gz", ""),
        ("/mill/favicon.ico", ""),
        ("/cgi-bin/mill", ""),
        ("/mill-" + "x" * 200, ""),
        ("/mill\x00", ""),
        ("/%E6%B5%B7%E8%AF%9A", "海诚"),
        ("/🏭-mill/100%/%", "mill"),
        ("/", ""),
    ],
)
def test_the_words_of_an_address(path, words):
    assert " ".join(words_of(path)) == words


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_address_has_a_few_words_or_none(path):
    words = words_of(f"/{path}")
    assert len(words) <= 6
    assert all(words)


def test_it_works(site):
    wanted = make_article(title="Water treatment plant handed over")
    near = make_article(title="A treatment plant for water in Vietnam")
    make_article(title="Water, and nothing else")
    page = site.get("/en/news/999999/water-treatment-plant/")
    assert page.status == 404
    assert titles(page) == [near.title, wanted.title]
    assert asked(page) == "water treatment plant"
    link = 'href="/en/news/search/?q=water%20treatment%20plant"'
    assert link in page.text
    assert '<meta name="robots" content="noindex">' in page.text
    assert "no-store" in page.headers["Cache-Control"]


def test_all_but_one_of_the_words_will_do(site):
    make_article(title="Water plant in Vietnam")
    for words in ("water-plant-kenya", "plant-water-vietnam-zzz", "vietnams-water-plant"):
        page = site.get(f"/en/{words}/")
        assert titles(page) == ["Water plant in Vietnam"], words


def test_less_than_most_of_the_words_will_not(site):
    make_article(title="Water plant in Vietnam")
    newer = make_article(title="Newest of all")
    page = site.get("/en/water-mill-kenya/")
    assert titles(page)[0] == newer.title


def test_no_more_than_five_are_offered_newest_first(site):
    made = [make_article(title=f"Steam mill {n}") for n in range(8)]
    page = site.get("/en/steam-mill.html")
    assert titles(page) == [article.title for article in reversed(made[3:])]


@pytest.mark.parametrize(
    "path", ["/en/zzz/", "/wp-login.php", "/en/s/1-2-3.html", "/en/s/" + "a" * 9000]
)
def test_else_the_newest_are(site, path):
    made = [make_article() for _ in range(4)]
    page = site.get(path, accept_language="en")
    assert page.status == 404
    assert titles(page) == [article.title for article in reversed(made[1:])]


@pytest.mark.parametrize(
    ("path", "accepted", "title"),
    [
        ("/zh-hans/污水厂/", "en", "污水厂移交"),
        ("/污水厂.html", "zh-CN,zh;q=0.9", "污水厂移交"),
        ("/en/plant/", "zh-CN", "The plant"),
        ("/plant.html", "fr", "The plant"),
    ],
)
def test_they_are_of_the_addresss_language_or_else_the_readers(site, path, accepted, title):
    make_article(title="污水厂移交", language="zh-hans")
    make_article(title="The plant")
    page = site.get(iri(path), accept_language=accepted)
    assert titles(page) == [title]


@pytest.mark.parametrize(
    ("path", "accepted", "title"),
    [
        ("/plant.html", "zh-CN", "The plant"),
        ("/污水厂.html", "en", "污水厂移交"),
        ("/zh/污水厂.html", "en", "污水厂移交"),
        ("/steam.html", "zh-CN", "蒸汽 Steam"),
        ("/steam.html", "en", "Steam mill"),
        ("/zh-hans/plant/", "en", "蒸汽 Steam"),  # The newest: it is not of the other language.
    ],
)
def test_an_address_without_a_language_may_be_of_any(site, path, accepted, title):
    make_article(title="污水厂移交", language="zh-hans")
    make_article(title="The plant")
    make_article(title="Steam mill")
    make_article(title="蒸汽 Steam", language="zh-hans")
    page = site.get(iri(path), accept_language=accepted)
    assert titles(page)[0] == title


def test_a_title_in_another_language_says_so(site):
    make_article(title="污水厂移交", language="zh-hans")
    assert 'class="row" lang="zh-Hans"' in site.get(iri("/污水厂.html"), accept_language="en").text
    assert 'class="row" lang' not in site.get(iri("/zh-hans/污水厂.html")).text


def iri(path: str) -> str:
    from django.utils.encoding import iri_to_uri

    return iri_to_uri(path)


def test_nothing_hidden_is_offered_or_guessed(site):
    hidden_articles(NOW)
    make_article(title="Shown text")
    for path in ("/en/unspeakable-draft/", "/en/unspeakable-withdrawn-summary-text/"):
        page = site.get(path)
        assert page.status == 404
        assert titles(page) == ["Shown text"]
        assert "Unspeakable" not in page.text


def test_a_gone_article_offers_what_comes_near(site):
    gone = hidden_articles(NOW, slug="mill-opens")["withdrawn"]
    make_article(title="The mill opens again")
    make_article(title="Something newer")
    page = site.get(gone.get_absolute_url())
    assert page.status == 410
    assert titles(page) == ["The mill opens again"]
    assert "Unspeakable" not in page.text


def test_an_empty_site_says_it_all_the_same(site):
    page = site.get("/en/water-plant/")
    assert (page.status, titles(page)) == (404, [])


ODD = [
    *("/%00", "/en/%00/water", "/%", "/%zz", "/%FF%FE/water-plant", "/%F0%9F%8F%AD-mill/"),
    *("/en/s/" + "water-" * 1700, "/en/" + "%E6%B5%B7" * 60, "/en/'\"<script>alert(1)</script>/"),
    *("/en/{{ 7 }}-{% now %}/", "/en/%22water%22-NOT-plant/", "/en/water%0A%0Dplant/", "/en/a:b*/"),
]


@pytest.mark.parametrize("path", ODD)
def test_odd_addresses_are_not_found_either(site, path):
    make_article(title="Water plant")
    page = site.get(path)
    assert page.status == 404
    assert "<script>alert" not in page.text


def test_it_takes_few_queries_whatever_is_asked(site):
    for n in range(30):
        make_article(title=f"Water plant mill bridge steam paper {n}")
    site.get("/en/other/")
    paths = ["/en/water-plant/", "/en/water-plant-zzz/", "/en/a/mill/bridge/steam/paper/zzz"]
    paths += ["/zzz-water/", "/mill-yyy-zzz.html", "/steam-paper.html?a=1"]
    for path in paths:
        with CaptureQueriesContext(connection) as captured:
            assert site.get(path).status == 404
        asked = [query for query in captured if query["sql"].startswith("SELECT")]
        assert len(asked) <= 9, path
    with CaptureQueriesContext(connection) as captured:
        site.get("/wp-login.php")
    assert len(captured) == 2  # Whether it is an old address, and the edition.


def test_a_new_article_is_offered_at_once(site):
    make_article(title="First")
    assert titles(site.get("/en/zzz/")) == ["First"]
    make_article(title="Second")
    assert titles(site.get("/en/zzz/")) == ["Second", "First"]
