"""The numbered lists: their titles, descriptions and counts, and what they say when empty."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from news.models import Category, Tag
from news.pagination import PAGE_SIZE
from tests.helpers import NOW, hidden_articles, make_article, make_category, make_tag

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]


def parsed(site, path: str) -> BeautifulSoup:
    page = site.get(path)
    assert page.status == 200, path
    return BeautifulSoup(page.text, "html.parser")


def texts(page: BeautifulSoup, selector: str) -> list[str]:
    return [" ".join(found.get_text().split()) for found in page.select(selector)]


def meta(page: BeautifulSoup, name: str) -> list[str]:
    return [str(found["content"]) for found in page.select(f'meta[name="{name}"]')]


# --- Descriptions


@pytest.mark.parametrize("model", [Category, Tag])
def test_a_description_stands_below_the_title_and_before_search_engines(site, model):
    term = model.objects.create(name="EPC", language="en", description="Built <whole> & turnkey.")
    make_article(
        category=term if model is Category else make_category(),
        tags=(term,) if model is Tag else (),
    )
    page = parsed(site, term.get_absolute_url())
    assert texts(page, "h1") == ["EPC"]
    assert [text.split()[:2] for text in texts(page, ".page-count")] == [["1", "article"]]
    assert texts(page, ".page-description") == ["Built <whole> & turnkey."]
    assert meta(page, "description") == ["Built <whole> & turnkey."]


@pytest.mark.parametrize("path", ["news/category/projects/", "news/tag/epc/", "news/"])
def test_without_a_description_the_title_describes_the_page(site, path):
    make_article(tags=(make_tag("EPC"),))
    page = parsed(site, f"/en/{path}")
    assert not page.select(".page-description")
    (title,) = texts(page, "h1")
    assert meta(page, "description") == [f"{title}: news from China Haisum."]


# --- Titles


def test_no_two_lists_have_the_same_title(site):
    name = "2025"
    category, tag = make_category(name), make_tag(name)
    for _ in range(PAGE_SIZE + 1):
        make_article(category=category, tags=(tag,))
    lists = [
        "/en/news/",
        "/en/news/archive/2025/",
        "/en/news/archive/2025/06/",
        category.get_absolute_url(),
        tag.get_absolute_url(),
    ]
    numbered = [path + query for path in lists for query in ("", "?page=2")]
    pages = ["/en/", "/en/news/archive/", *numbered]
    titles = [text for path in pages for text in texts(parsed(site, path), "title")]
    assert len(titles) == len(set(titles)) == 12
    assert "2025 (tag) – page 2 – China Haisum Newsroom" in titles


def test_each_page_of_a_list_is_the_one_address_of_itself(site):
    for _ in range(PAGE_SIZE + 1):
        make_article()
    for path in ("/en/news/", "/en/news/?page=2"):
        (canonical,) = parsed(site, path).select('link[rel="canonical"]')
        assert canonical["href"] == f"http://testserver{path}"


# --- Empty lists


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("category/empty/", "No article has been published in this category so far."),
        ("tag/empty/", "No article about this has been published so far."),
    ],
)
def test_an_empty_list_says_so_and_leads_to_the_newest(site, path, sentence):
    category = make_category("Empty", description="Described already.")
    hidden_articles(category=category, tags=(make_tag("Empty"),))
    public = [make_article(title=f"Public {number}") for number in range(4)]
    page = parsed(site, f"/en/news/{path}")
    assert texts(page, "h1") == ["Empty"]
    assert sentence in texts(page, ".notice p")
    assert texts(page, "main h2") == ["Newest"]
    assert texts(page, "main .card-title") == [article.title for article in public[:0:-1]]
    assert not page.select(".page-count")


@pytest.mark.parametrize("path", ["", "category/empty/", "tag/empty/", "archive/"])
def test_search_engines_pass_by_what_is_empty_until_something_is_there(site, path):
    category, tag = make_category("Empty"), make_tag("Empty")
    page = parsed(site, f"/en/news/{path}")
    assert meta(page, "robots") == ["noindex"]
    assert not page.select('link[rel="canonical"]')
    assert not page.select(".section")
    make_article(category=category, tags=(tag,))
    page = parsed(site, f"/en/news/{path}")
    assert not meta(page, "robots")
    assert page.select('link[rel="canonical"]')


# --- feeds


def test_readers_find_the_feed_of_all_news_and_of_a_category(site):
    make_article(category=make_category("Awards", slug="awards"))
    page = BeautifulSoup(site.get("/en/news/category/awards/").text, "html.parser")
    assert page.select_one(".page-count .page-feed")["href"] == "/en/news/category/awards/feed/"
    assert page.select_one('.footer-menu [href="/en/news/feed/"]').text == "RSS"
    page = BeautifulSoup(site.get("/en/news/").text, "html.parser")
    assert page.select_one(".page-feed") is None
    assert page.select_one('.footer-menu [href="/en/news/feed/"]')
