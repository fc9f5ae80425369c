"""The way to a page stands on every public page but home."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from tests.helpers import make_article, make_category, make_tag, make_user

pytestmark = pytest.mark.django_db

Trail = list[tuple[str, str]]
HOME, NEWS = ("Home", "/en/"), ("All news", "/en/news/")
ARCHIVE, YEAR = ("Archive", "/en/news/archive/"), ("2025", "/en/news/archive/2025/")


def trail(site, path: str) -> tuple[Trail, str]:
    """Links of the page's breadcrumbs, and what they say of the page itself."""
    page = BeautifulSoup(site.get(path).text, "html.parser")
    (nav,) = page.select("main nav.breadcrumbs[aria-label]")
    *ancestors, here = nav.select("ol > li")
    assert here["aria-current"] == "page"
    assert not here.select("a")
    assert len(nav.select("[aria-current]")) == 1
    links = [li.select("a")[0] for li in ancestors]
    return [(link.get_text(), str(link["href"])) for link in links], here.get_text()


@pytest.mark.parametrize(
    ("path", "ancestors", "here"),
    [
        ("news/", [HOME], "All news"),
        ("news/category/projects/", [HOME], "Category"),
        ("news/tag/epc/", [HOME], "Tag"),
        ("news/search/?q=text", [HOME], "Search"),
        ("news/archive/", [HOME, NEWS], "Archive"),
        ("news/archive/2025/", [HOME, NEWS, ARCHIVE], "2025"),
        ("news/archive/2025/06/", [HOME, NEWS, ARCHIVE, YEAR], "June"),
    ],
)
def test_a_list_names_what_it_lies_in(site, path, ancestors, here):
    make_article(tags=(make_tag("EPC"),))
    assert trail(site, f"/en/{path}") == (ancestors, here)


def test_an_article_lies_in_its_category_and_its_related_news_in_it(site):
    article = make_article(title="Steam & salt")
    category = ("Projects", "/en/news/category/projects/")
    own = ("Steam & salt", article.get_absolute_url())
    assert trail(site, article.get_absolute_url()) == ([HOME, category], "Article")
    assert trail(site, article.get_related_url()) == ([HOME, category, own], "Related news")


def test_articles_of_two_categories_each_name_their_own(site):
    for name in ("Projects", "Awards"):
        article = make_article(category=make_category(name))
        for _ in range(2):
            ancestors, _here = trail(site, article.get_absolute_url())
            assert ancestors[1][0] == name


def test_a_chinese_page_names_it_in_chinese(site):
    article = make_article(language="zh-hans")
    ancestors, _here = trail(site, article.get_absolute_url())
    assert ancestors == [
        ("首页", "/zh-hans/"),
        ("工程项目", article.category.get_absolute_url()),
    ]


def test_a_preview_has_them_too(site):
    article = make_article(status="draft")
    site.sign_in(make_user(group="Author"))
    ancestors, _here = trail(site, article.get_preview_url())
    assert [name for name, _address in ancestors] == ["Home", "Projects"]


@pytest.mark.parametrize("path", ["/en/", "/en/nothing/"])
def test_home_and_errors_have_none(site, path):
    assert "breadcrumbs" not in site.get(path).text
