"""The search page, its filters, its ways on, and the titles for those who are still typing."""

import json
import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import quote, urlencode

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from news import errors
from news.pagination import PAGE_SIZE
from news.query import MAX_LENGTH
from news.search import MOST_RANKED, Found
from tests.helpers import (
    NOW,
    PUBLISHED_AT,
    SITE_ZONE,
    hidden_articles,
    make_article,
    make_category,
    make_tag,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]


def search(site, text: str = "", page_in: str = "en", **parameters: object):
    asked = ({"q": text} if text else {}) | parameters
    return site.get(f"/{page_in}/news/search/?{urlencode(asked)}")


def main_of(page) -> str:
    """The page's main part as text with tags, each white space as one blank."""
    main = page.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(main).split())


def results(page) -> list[str]:
    """The titles of what was found, best first, with what is marked in brackets."""
    rows = main_of(page).partition('<div class="rows">')[2].partition('class="section"')[0]
    rows = rows.replace("<mark>", "[").replace("</mark>", "]")
    return [title.strip() for title in re.findall(r'class="row-link"[^>]*>([^<]*)</a>', rows)]


def chosen(page) -> dict[str, str]:
    """The name of each filter with the value that is selected."""
    selects = re.findall(r'<select[^>]*name="(\w+)">(.*?)</select>', main_of(page))
    values = {name: re.findall(r'value="([^"]*)" selected', options) for name, options in selects}
    return {name: found[0] if found else "" for name, found in values.items()}


# --- Results ---


def test_results_show_where_the_words_are(site):
    make_article(title="Constructing a mill", body="<p>Begun. The mill’s walls stand.</p>")
    page = search(site, "construction mill")
    assert results(page) == ["[Constructing] a [mill]"]
    assert "Begun. The <mark>mill’s</mark> walls stand." in main_of(page)
    assert "1 article" in main_of(page)
    assert "Search results for “construction mill” –" in page.text
    assert 'name="robots" content="noindex"' in page.text
    assert "no-store" in page.headers["Cache-Control"]


def test_nothing_that_was_written_or_typed_becomes_markup(site):
    make_article(title="<script>alert(1)</script> mill", summary="<b>mill</b> & co")
    page = search(site, 'mill -"<img src=x>" "alert"')
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "&lt;script&gt;<mark>alert</mark>(1)&lt;/script&gt; <mark>mill</mark>" in page.text


def test_results_come_in_numbered_pages(site):
    for _ in range(PAGE_SIZE + 1):
        make_article(body="<p>needle</p>")
    first, second = search(site, "needle"), search(site, "needle", page=2)
    assert len(results(first)) == PAGE_SIZE
    assert len(results(second)) == 1
    assert "page 2" in second.text.partition("</title>")[0]
    assert "10 articles" in main_of(first)
    assert search(site, "needle", page=3).status == 404
    assert search(site, page=2).status == 404
    assert search(site, "needle", page="x").status == 404
    moved = search(site, "needle", page=1, year=2025)
    assert moved.status == 301
    assert moved.headers["Location"] == "/en/news/search/?q=needle&year=2025"


def test_pages_carry_the_query_and_the_filters_and_nothing_else(site):
    for _ in range(PAGE_SIZE + 1):
        make_article(body="<p>needle & hay</p>")
    page = search(
        site, "needle & hay", category="projects", year=2025, language="en", utm_source="x"
    )
    assert 'href="/en/news/search/?q=needle+%26+hay&category=projects&year=2025&page=2"' in main_of(
        page
    )
    assert "utm_source" not in page.text


def test_an_article_that_is_gone_since_it_was_found_is_left_out(site, monkeypatch):
    article, gone = make_article(), make_article(expires_at=NOW - timedelta(days=1))
    monkeypatch.setattr(
        "news.searchviews.search", lambda *_, **__: Found(ids=[gone.pk, article.pk])
    )
    assert results(search(site, "text")) == [article.title]


def test_more_than_are_ranked_are_not_counted(site, monkeypatch):
    article = make_article()
    found = Found(ids=[article.pk] * MOST_RANKED, is_capped=True)
    monkeypatch.setattr("news.searchviews.search", lambda *_, **__: found)
    assert "more than 1,000 articles" in main_of(search(site, "text"))
    assert "共 1000 多条新闻" in main_of(search(site, "text", "zh-hans"))


def test_it_is_said_when_only_the_parts_were_found(site):
    make_article(title="越南南部的造纸项目", language="zh-hans")
    page = search(site, "越南造纸", "zh-hans")
    assert results(page) == ["[越南]南部的[造纸]项目"]
    assert "以下结果最为接近" in main_of(page)


def test_it_is_said_when_not_all_of_a_long_text_counts(site):
    long = f"{'mill ' * 40}paper"
    assert f"first {MAX_LENGTH} characters" in main_of(search(site, long))
    assert f"first {MAX_LENGTH} characters" not in main_of(search(site, long[:MAX_LENGTH]))


# --- Filters ---


def test_results_are_filtered_by_category_and_year(site):
    awards = make_category("Awards")
    old = datetime(2019, 5, 1, tzinfo=SITE_ZONE)
    make_article(title="Mill A")
    make_article(title="Mill B", category=awards)
    make_article(title="Mill C", category=awards, published_at=old)
    assert set(results(search(site, "mill"))) == {"[Mill] A", "[Mill] B", "[Mill] C"}
    assert results(search(site, "mill", year=2019)) == ["[Mill] C"]
    assert set(results(search(site, "mill", category="awards"))) == {"[Mill] B", "[Mill] C"}
    page = search(site, "mill", category="awards", year=2025)
    assert results(page) == ["[Mill] B"]
    assert chosen(page) == {"category": "awards", "year": "2025", "language": "en"}


def test_filters_offer_what_there_is(site):
    make_category("Empty")
    make_article(published_at=datetime(2019, 5, 1, tzinfo=SITE_ZONE))
    make_article(language="zh-hans", published_at=datetime(2018, 5, 1, tzinfo=SITE_ZONE))
    offered = main_of(search(site, "x"))
    assert "Empty" not in offered
    assert '<option value="2019">' in offered
    assert '<option value="2018">' not in offered
    everywhere = main_of(search(site, "x", language="all"))
    assert '<option value="2018">' in everywhere
    assert 'name="category"' not in everywhere


def test_each_filter_is_removed_by_a_link(site):
    make_article(title="Mill")
    text = main_of(search(site, "mill", category="projects", year=2025))
    assert 'href="/en/news/search/?q=mill&year=2025"' in text
    assert 'href="/en/news/search/?q=mill&category=projects"' in text
    assert "Remove filter" not in main_of(search(site, "mill"))


def test_another_language_is_searched_in_the_pages_own(site):
    english = make_article(title="Mill", category=make_category("Works"))
    chinese = make_article(title="海诚 mill", language="zh-hans")
    page = search(site, "mill", language="zh-hans", category="works")
    assert results(page) == ["海诚 [mill]"]
    assert chosen(page) == {"category": "", "year": "", "language": "zh-hans"}
    assert f'href="{chinese.get_absolute_url()}"' in main_of(page)
    assert '<article class="row" lang="zh-Hans">' in main_of(page)
    everywhere = search(site, "mill", language="all")
    assert set(results(everywhere)) == {"海诚 [mill]", "[Mill]"}
    assert main_of(everywhere).count('<article class="row" lang=') == 1
    assert f'href="{english.get_absolute_url()}"' in main_of(everywhere)
    in_chinese = 'href="/zh-hans/news/search/?q=mill&amp;language=all"'
    assert in_chinese in everywhere.text  # The same search, on the page in Chinese.


ODD = [
    "",
    "x",
    "-1",
    "0",
    "9999",
    "２０２５",
    "2025.0",
    "%00",
    "\x00",
    "'",
    '"><b>',
    "a" * 5000,
    "海",
]


@pytest.mark.parametrize("odd", ODD)
def test_filters_that_there_are_not_are_not_heard(site, odd):
    make_article(title="Mill")
    page = search(site, "mill", category=odd, year=odd, language=odd)
    assert page.status == 200
    assert results(page) == ["[Mill]"]
    assert chosen(page) == {"category": "", "year": "", "language": "en"}


@pytest.mark.parametrize(
    "text",
    [*ODD, " ", "-", '"', '""', "- -", "-mill", "mill OR", "a:* & b", "🏗️", "%", "\\", "(", "/",
     "𠮷", "é" * 300, "海" * 10_000, "mill " * 2_000, "\ud83d".encode("utf-8", "replace").decode()],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_whatever_is_typed_is_answered(site, text, language):
    make_article(title="Mill", language=language)
    assert search(site, text, language).status == 200
    assert site.get(f"/{language}/news/search/titles/?{urlencode({'q': text})}").status == 200


def test_bytes_that_are_no_text_are_answered(site):
    assert site.get("/en/news/search/?q=%FF%FE&category=%FF&year=%ED%A0%80").status == 200
    assert site.get("/en/news/search/titles/?q=%FF%FE").status == 200


# --- Nothing found ---


def test_an_empty_search_invites_and_shows_the_newest(site):
    article = make_article()
    text = main_of(search(site))
    assert "Search titles, summaries and texts" in text
    assert "autofocus" in text
    assert article.title in text
    assert "Nothing found" not in text


def test_words_not_wanted_alone_say_what_is_missing(site):
    make_article(title="Mill")
    assert "Add one to look for" in main_of(search(site, "-mill"))
    assert "at least one letter" in main_of(search(site, "?!"))


def test_nothing_found_offers_what_may_have_been_meant(site):
    make_article(title="Construction of a mill")
    text = main_of(search(site, "constrution"))
    assert "Nothing found" in text
    assert 'href="/en/news/search/?q=construction"' in text.lower()
    assert "Newest" in text
    assert "autofocus" not in text


def test_nothing_found_says_what_the_filters_keep_away(site):
    make_article(title="Mill")
    make_article(published_at=datetime(2019, 5, 1, tzinfo=SITE_ZONE))
    text = main_of(search(site, "mill", year=2019))
    assert "Without the filters: 1 article <" in text
    assert 'href="/en/news/search/?q=mill"' in text
    assert "Did you mean" not in text


def test_nothing_found_says_what_the_other_language_has(site):
    make_article(title="海诚越南", language="zh-hans")
    make_article(title="越南", language="zh-hans")
    text = main_of(search(site, "越南"))
    assert "In Chinese: 2 articles" in text
    assert 'href="/en/news/search/?q=%E8%B6%8A%E5%8D%97&language=zh-hans"' in text
    assert "In Chinese" not in main_of(search(site, "没有"))


def test_nothing_of_what_is_hidden_is_found_or_offered(site):
    hidden_articles(NOW)
    for text in ("unspeakable", "unspeakible"):
        page = search(site, text)
        assert results(page) == []
        shown = page.text.lower().replace(f"“{text}”", "").replace(f'"{text}"', "")
        assert "unspeakable" not in shown.replace(f"q={text}", "")
    assert suggested(site, "unsp") == []


# --- Categories and tags ---


def named(page) -> list[str]:
    """The links to categories and tags whose name was typed."""
    return re.findall(r'class="terms-link"\s+href="([^"]*)">([^<]*)<', main_of(page))


def test_a_category_and_a_tag_of_this_name_are_offered(site):
    make_article(category=make_category("Paper"), tags=(make_tag("paper"), make_tag("Papers")))
    make_category("PAPER", "zh-hans")
    offered = [
        ("/en/news/category/paper/", "Category: Paper"),
        ("/en/news/tag/paper/", "Tag: paper"),
    ]
    assert named(search(site, "Paper")) == offered
    page = search(site, "paper", year=2025)
    assert named(page) == offered
    assert not results(page)
    assert named(search(site, "pape")) == named(search(site)) == named(search(site, '""')) == []


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("造纸", "造纸"),
        ("造纸", "造紙"),
        ("造紙", "造紙"),
        ("造纸", "“造纸”"),
        ("EPC", "ＥＰＣ"),
        ("Lean EPC", " lean  epc"),
        ("EPC总承包", "epc總承包"),
    ],
)
def test_a_name_is_found_in_whatever_way_it_is_typed(site, name, typed):
    make_article(language="zh-hans", tags=(make_tag(name, "zh-hans"),))
    page = search(site, typed, "zh-hans")
    assert [text.endswith(name) for _address, text in named(page)] == [True]


def test_a_tag_with_nothing_to_show_is_not_offered(site):
    make_tag("Salt")
    make_article(tags=(make_tag("Beer"),), status="draft")
    assert named(search(site, "salt")) == named(search(site, "beer")) == []


# --- How much is asked of the database ---


@pytest.mark.parametrize("parameters", [{}, {"language": "all"}, {"year": 2025}])
def test_more_results_need_no_more_queries(site, parameters):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert search(site, "text", **parameters).status == 200
        return len(asked)

    make_article()
    few = queries()
    tag = make_tag("text")
    for _ in range(PAGE_SIZE + 3):
        make_article(category=make_category("Text"), tags=(tag,))
    assert queries() == few


# --- Titles for those who are typing ---


def suggested(site, text: str, page_in: str = "en") -> list[dict[str, str]]:
    return json.loads(site.get(f"/{page_in}/news/search/titles/?q={quote(text)}").text)["titles"]


def test_titles_are_suggested_with_their_addresses(site):
    article = make_article(title="Paper <mill> & co")
    make_article(title="Mill", body="<p>paper</p>")
    make_article(title="Paper 造纸", language="zh-hans")
    expected = {"title": article.title, "address": article.get_absolute_url()}
    assert suggested(site, "pap mil") == [expected]
    assert [found["title"] for found in suggested(site, "造", "zh-hans")] == ["Paper 造纸"]
    assert suggested(site, "") == suggested(site, "p") == []


def test_the_newest_titles_are_suggested(site):
    made = [
        make_article(title=f"Mill {number}", published_at=PUBLISHED_AT + timedelta(days=number))
        for number in range(12)
    ]
    newest = [article.title for article in reversed(made)][:8]
    assert [found["title"] for found in suggested(site, "mill")] == newest


def test_suggestions_are_neither_kept_nor_indexed_nor_tied_to_anybody(site):
    make_article(title="Mill")
    answer = site.get("/en/news/search/titles/?q=mill")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    assert site.head("/en/news/search/titles/?q=mill").status == 200
    assert site.post("/en/news/search/titles/", {"q": "mill"}).status in (403, 405)


def test_only_the_beginning_of_a_long_text_is_looked_at(site):
    make_article(title="Mill")
    assert suggested(site, f"{'mill ' * 20}zzz") == suggested(site, "mill") != []


def test_suggestions_need_few_queries(site):
    for number in range(9):
        make_article(title=f"Mill {number}")
    with CaptureQueriesContext(connection) as asked:
        assert len(suggested(site, "mill")) == 8
    assert len(asked) <= 8  # One of them for the edition, whose moment all machines agree on.


# --- The box on every page ---


@pytest.mark.parametrize("path", ["", "news/", "news/search/", "news/{}/", "nowhere/"])
def test_every_page_has_one_box(site, path):
    article = make_article()
    text = site.get(f"/en/{path.format(f'{article.pk}/{article.slug}')}").text
    assert text.count('class="search-input"') == 1
    assert text.count('data-titles="/en/news/search/titles/"') == 1


@pytest.mark.parametrize(
    "page", [errors.bad_request, errors.forbidden, errors.server_error, errors.database_away]
)
def test_even_a_page_that_must_not_ask_the_database_has_it(page):
    request = RequestFactory().get("/zh-hans/")
    with CaptureQueriesContext(connection) as asked:
        text = page(request).content.decode()
    assert text.count('class="search-input"') == 1
    assert 'action="/zh-hans/news/search/"' in text
    assert page is errors.forbidden or not asked.captured_queries
