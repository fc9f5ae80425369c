"""From one language to another: what `/` chooses, and where the switch on each page leads."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from news.models import Article, Category, Tag
from tests.helpers import NOW, SITE_ZONE, hidden_articles, make_article, make_category, make_tag

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


# --- the root


@pytest.mark.parametrize(
    ("accepted", "home"),
    [
        ("zh-CN", "/zh-hans/"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "/zh-hans/"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "/en/"),
        ("en;q=0.4,zh-CN;q=0.8", "/zh-hans/"),
        ("zh", "/zh-hans/"),
        ("zh-Hant", "/zh-hans/"),  # Who reads one script rather reads the other than English.
        ("zh-TW,en;q=0.5", "/zh-hans/"),
        ("zh-HK", "/zh-hans/"),
        ("zh-SG", "/zh-hans/"),
        ("fr", "/en/"),
        ("fr,zh-CN;q=0.3", "/zh-hans/"),
        ("*", "/en/"),
        ("fr,*;q=0.5", "/en/"),
        ("", "/en/"),
        ("zh-CN;q=wrong", "/en/"),
        ("☃" * 9, "/en/"),
        ("x" * 9000, "/en/"),
    ],
)
def test_the_root_leads_to_what_the_browser_asks_for(site, accepted, home):
    answer = site.get("/", accept_language=accepted.encode().decode("latin-1"))
    assert (answer.status, answer.headers["Location"]) == (302, home)


def test_the_root_is_kept_by_language_and_never_by_cookie(site):
    for answer in (site.get("/"), site.get("/", accept_language="zh-CN")):
        assert answer.headers["Vary"] == "Accept-Language"
        assert "Set-Cookie" not in answer.headers
        assert "Cache-Control" not in answer.headers  # A 302 that says nothing is not kept.


def test_a_page_is_the_same_whatever_the_browser_asks_for(site):
    make_article()
    english = site.get("/en/", accept_language="zh-CN")
    assert english.body == site.get("/en/").body
    assert "Accept-Language" not in english.headers["Vary"]
    assert 'lang="en"' in english.text


# --- the switch


def switch(page) -> tuple[str, bool]:
    """Where it leads, and whether it says that there is no such page."""
    found = page.text.partition('<nav class="languages"')[2].partition("</nav>")[0]
    (address,) = re.findall(r'href="([^"]+)"', found)
    return address, "version of this page" in found or "本页没有" in found


def alternates(page) -> dict[str, str]:
    """What the head tells search engines."""
    links = re.findall(r'<link rel="alternate"\s+hreflang="([^"]+)"\s+href="([^"]+)"', page.text)
    return {code: address.removeprefix("http://testserver") for code, address in links}


def assert_paired(site, english: str, chinese: str) -> None:
    for path, other in ((english, chinese), (chinese, english)):
        page = site.get(path)
        assert switch(page) == (other, False), path
        assert alternates(page) == {"en": english, "zh-Hans": chinese, "x-default": english}, path


def assert_alone(site, path: str) -> None:
    page = site.get(path)
    assert switch(page) == ("/zh-hans/" if path.startswith("/en/") else "/en/", True), path
    assert alternates(page) == {}, path


def pair(first: Category | Tag, second: Category | Tag) -> None:
    key = uuid4()
    for term in (first, second):
        term.translation_key = key
        term.save()


def test_every_language_has_its_home_and_its_list(site):
    for language in ("en", "zh-hans"):
        make_article(language=language)
    make_article()
    assert_paired(site, "/en/", "/zh-hans/")
    assert_paired(site, "/en/news/", "/zh-hans/news/")


def test_an_article_and_its_related_news_lead_to_their_version(site):
    english = make_article()
    chinese = make_article(language="zh-hans", translation_key=english.translation_key)
    for language in ("en", "zh-hans"):
        make_article(language=language)  # A page of related news with nothing on it has no head.
    assert_paired(site, english.get_absolute_url(), chinese.get_absolute_url())
    assert_paired(site, english.get_related_url(), chinese.get_related_url())


def test_without_a_public_version_it_says_that_there_is_none(site):
    for name, hidden in hidden_articles(NOW, language="zh-hans").items():
        article = make_article(translation_key=hidden.translation_key, title=f"Of {name}")
        assert_alone(site, article.get_absolute_url())
        assert_alone(site, article.get_related_url())


def test_what_it_says_is_in_the_pages_language(site):
    assert "There is no Chinese version of this page. To the home page." in site.get("/en/x/").text


@pytest.mark.parametrize("kind", ["category", "tag"])
def test_a_category_and_a_tag_lead_to_their_pair(site, kind):
    first, second = terms(kind)
    pair(first, second)
    fill(kind, first)
    fill(kind, second)
    assert_paired(site, first.get_absolute_url(), second.get_absolute_url())


@pytest.mark.parametrize("kind", ["category", "tag"])
def test_a_pair_with_nothing_in_it_is_none(site, kind):
    first, second = terms(kind)
    pair(first, second)
    fill(kind, first)
    fill(kind, second, binned_at=NOW)
    assert_alone(site, first.get_absolute_url())
    assert_alone(site, second.get_absolute_url())


@pytest.mark.parametrize("kind", ["category", "tag"])
def test_terms_that_stand_alone_are_no_pair(site, kind):
    for term in terms(kind):
        fill(kind, term)
        assert_alone(site, term.get_absolute_url())


def terms(kind: str) -> tuple[Category | Tag, Category | Tag]:
    make = {"category": make_category, "tag": make_tag}[kind]
    return make("Projects", "en"), make("工程项目", "zh-hans")


def fill(kind: str, term: Category | Tag, **fields) -> Article:
    filed = {"category": term} if kind == "category" else {"tags": (term,)}
    return make_article(language=term.language, **filed, **fields)


def test_further_pages_lead_to_the_first_one_and_are_no_pair(site):
    for _ in range(25):
        make_article()
    make_article(language="zh-hans")
    page = site.get("/en/news/?page=2")
    assert switch(page) == ("/zh-hans/news/", False)
    assert alternates(page) == {}


def test_a_month_leads_to_the_same_month_where_it_has_news(site):
    june, may = (datetime(2025, month, 5, tzinfo=SITE_ZONE) for month in (6, 5))
    make_article(published_at=june)
    make_article(published_at=may)
    make_article(language="zh-hans", published_at=june)
    assert_paired(site, "/en/news/archive/2025/06/", "/zh-hans/news/archive/2025/06/")
    assert_paired(site, "/en/news/archive/2025/", "/zh-hans/news/archive/2025/")
    assert_alone(site, "/en/news/archive/2025/05/")
    assert site.get("/zh-hans/news/archive/2025/05/").status == 404


def test_a_search_goes_on_in_the_other_language(site):
    make_article(published_at=datetime(2025, 6, 5, tzinfo=SITE_ZONE))
    address, is_missing = switch(site.get("/en/news/search/?q=mill&year=2025"))
    assert (address, is_missing) == ("/zh-hans/news/search/?q=mill&amp;year=2025", False)
    address, _ = switch(site.get("/en/news/search/?q=mill&language=all"))
    assert address == "/zh-hans/news/search/?q=mill&amp;language=all"
    address, _ = switch(site.get("/en/news/search/?q=mill&language=zh-hans&category=projects"))
    assert address == "/zh-hans/news/search/?q=mill"


def test_a_search_keeps_its_category_where_that_has_a_pair(site):
    english, chinese = make_category("Works"), make_category("工程", "zh-hans")
    make_article(category=english)
    make_article(category=chinese, language="zh-hans")
    searched = "/en/news/search/?q=mill&category=works"
    there = "/zh-hans/news/search/?q=mill"
    assert switch(site.get(searched)) == (there, False)
    pair(english, chinese)
    assert switch(site.get(searched)) == (f"{there}&amp;category={chinese.slug}", False)
    # A category of the other language is chosen here, and its own there.
    on = site.get(f"/en/news/search/?q=mill&language=zh-hans&category={chinese.slug}")
    assert switch(on) == (f"{there}&amp;category={chinese.slug}", False)


def test_a_search_drops_a_category_whose_pair_has_nothing_in_it(site):
    english = make_category("Works")
    make_article(category=english)
    pair(english, make_category("工程", "zh-hans"))
    address, _ = switch(site.get("/en/news/search/?q=mill&category=works"))
    assert address == "/zh-hans/news/search/?q=mill"


@pytest.mark.parametrize("path", ["/en/nowhere/", "/zh-hans/news/999/x/", "/en/news/tag/none/"])
def test_an_error_leads_home(site, path):
    assert_alone(site, path)


def test_what_is_gone_leads_home(site):
    article = make_article(binned_at=NOW)
    make_article(language="zh-hans", translation_key=article.translation_key)
    assert site.get(article.get_absolute_url()).status == 410
    assert_alone(site, article.get_absolute_url())


def test_a_pair_costs_one_query_however_many_there_are(site):
    terms_in = {code: make_category("Projects", code) for code in ("en", "zh-hans")}

    def queries() -> int:
        make_article(category=terms_in["en"])  # What was made before this is made anew.
        make_article(category=terms_in["zh-hans"], language="zh-hans")
        with CaptureQueriesContext(connection) as captured:
            assert site.get("/en/news/category/projects/").status == 200
        return len(captured)

    queries()
    alone = queries()
    pair(*terms_in.values())
    assert queries() == alone + 1


# --- nothing mixes


def test_pages_of_a_language_show_only_what_is_in_it(site):
    tags = make_tag("EPC"), make_tag("总承包", "zh-hans")
    pair(*tags)
    english = [make_article(title=f"English mill {n}", tags=tags[:1]) for n in range(3)]
    for n in range(3):
        key = english[n].translation_key
        make_article(language="zh-hans", title=f"中文 mill {n}", tags=tags[1:], translation_key=key)
    for address in (
        *("/en/", "/en/news/", "/en/news/feed/", "/en/news/feed/atom/"),
        *("/en/news/category/projects/", "/en/news/tag/epc/", "/en/news/archive/2025/"),
        *("/en/news/search/?q=mill", "/en/news/search/titles/?q=mill"),
        *(article.get_absolute_url() for article in english),
        *(article.get_related_url() for article in english),
    ):
        text = re.sub("<[^>]*>", "", site.get(address).text)
        assert "English mill" in text, address
        assert "中文 mill" not in text, address
