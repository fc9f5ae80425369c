"""The archive: years and months of the site's time zone, and how many articles each has."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from news.models import Article, Status
from news.pagination import PAGE_SIZE
from tests.helpers import NOW, SITE_ZONE, hidden_articles, make_article

pytestmark = pytest.mark.django_db


def parsed(site, path: str) -> BeautifulSoup:
    page = site.get(path)
    assert page.status == 200, path
    return BeautifulSoup(page.text, "html.parser")


def counted(page: BeautifulSoup) -> dict[str, int]:
    """Addresses of years and months that the page links to, with the counts beside them."""
    return {
        str(link["href"]): int(link.select(".months-count")[0].get_text())
        for link in page.select(".months a")
    }


def on(year: int, month: int, day: int = 1, **fields) -> Article:
    return make_article(published_at=datetime(year, month, day, tzinfo=SITE_ZONE), **fields)


def test_every_month_with_articles_is_linked_with_its_count_and_no_other(site):
    for moment in ((2025, 6), (2025, 6, 30), (2025, 1), (2019, 12, 31)):
        on(*moment)
    on(2018, 5, language="zh-hans")
    page = parsed(site, "/en/news/archive/")
    assert counted(page) == {
        "/en/news/archive/2025/01/": 1,
        "/en/news/archive/2025/06/": 2,
        "/en/news/archive/2019/12/": 1,
    }
    years = [" ".join(year.get_text().split()) for year in page.select(".year-header")]
    assert years == ["2025 3 articles", "2019 1 article"]
    assert [" ".join(c.get_text().split()) for c in page.select(".page-count")] == ["4 articles"]
    assert len(page.select(".months-empty")) == 2 * 12 - 3


def test_months_and_years_end_at_the_sites_midnight(site):
    new_year = datetime(2025, 1, 1, tzinfo=SITE_ZONE)
    make_article(published_at=new_year - timedelta(microseconds=1))
    make_article(published_at=new_year)
    assert counted(parsed(site, "/en/news/archive/")) == {
        "/en/news/archive/2025/01/": 1,
        "/en/news/archive/2024/12/": 1,
    }


def test_what_is_not_public_is_not_counted(site, time_machine):
    time_machine.move_to(NOW, tick=False)
    hidden_articles(NOW)
    article = on(2025, 6)
    assert counted(parsed(site, "/en/news/archive/")) == {"/en/news/archive/2025/06/": 1}
    Article.objects.filter(pk=article.pk).update(status=Status.WITHDRAWN)
    page = parsed(site, "/en/news/archive/")
    assert not page.select(".year")
    assert page.select(".notice")
    assert site.get("/en/news/archive/2025/").status == 404
    assert site.get("/en/news/archive/2025/06/").status == 404


def test_a_year_and_its_months_show_the_counts_of_that_year(site):
    on(2025, 6)
    on(2025, 7)
    on(2024, 2)
    for path, current in (
        ("/en/news/archive/2025/", {"/en/news/archive/2025/": "page"}),
        (
            "/en/news/archive/2025/07/",
            {"/en/news/archive/2025/": "true", "/en/news/archive/2025/07/": "page"},
        ),
    ):
        page = parsed(site, path)
        assert counted(page) == {"/en/news/archive/2025/06/": 1, "/en/news/archive/2025/07/": 1}
        marked = {a["href"]: a["aria-current"] for a in page.select(".archive a[aria-current]")}
        assert marked == current
        years = [a.get_text() for a in page.select(".archive-list a")]
        assert years == ["2025", "2024"]


def test_the_archive_is_linked_from_home_lists_and_every_foot(site):
    article = make_article()
    for path in ("/en/", "/en/news/", article.get_absolute_url(), "/en/nothing/"):
        page = BeautifulSoup(site.get(path).text, "html.parser")
        assert page.select('footer a[href="/en/news/archive/"]'), path
    assert parsed(site, "/en/news/").select('main a[href="/en/news/archive/"]')


def test_every_article_is_reached_from_the_archive(site):
    made = {on(2025, 6, n % 28 + 1).get_absolute_url() for n in range(2 * PAGE_SIZE + 1)}
    made |= {on(2011, month).get_absolute_url() for month in range(1, 13)}
    to_visit, seen = ["/en/news/archive/"], set()
    while to_visit:
        path = to_visit.pop()
        seen.add(path)
        links = {str(a["href"]) for a in parsed(site, path).select("main a[href]")}
        seen |= links & made
        listed = {link for link in links if re.match(r"/en/news/archive/\d", link)}
        to_visit += listed - seen - set(to_visit)
    assert made <= seen


def test_the_archive_has_an_address_in_each_language(site):
    make_article()
    page = parsed(site, "/en/news/archive/")
    (link,) = page.select(".languages-link")
    assert link["href"] == "/zh-hans/news/archive/"
    on(2025, 6, language="zh-hans")
    chinese = site.get("/zh-hans/news/archive/").text
    assert "往期新闻" in chinese


def test_one_query_counts_however_many_articles_there_are():
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            months = Article.objects.public().by_month()
        assert sum(number for _year, _month, number in months) == Article.objects.count()
        return len(queries)

    on(2025, 6)
    assert asked() == 1
    for year in range(1990, 2020):
        on(year, year % 12 + 1)
    assert asked() == 1


def test_the_pages_of_a_year_count_it_once_for_an_edition(site):
    for month in range(1, 7):
        on(2025, month)
    site.get("/en/news/archive/2025/01/")
    with CaptureQueriesContext(connection) as queries:
        for month in range(2, 7):
            site.get(f"/en/news/archive/2025/{month:02}/")
    assert not [query["sql"] for query in queries if "GROUP BY" in query["sql"]]
    on(2025, 6, 9)
    page = parsed(site, "/en/news/archive/2025/06/")
    assert counted(page)["/en/news/archive/2025/06/"] == 2


@pytest.mark.parametrize(
    "nowhere", ["2024/", "2025/07/", "2025/13/", "2025/6/", "25/", "2025/06/1/"]
)
def test_what_no_calendar_or_no_article_has_is_not_found(site, nowhere):
    on(2025, 6)
    assert site.get(f"/en/news/archive/{nowhere}").status == 404
