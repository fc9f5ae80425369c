"""What visitors get at every address."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture

from news.models import BrowsingVolume, RelatedPick
from news.pagination import PAGE_SIZE
from tests.helpers import (
    PUBLISHED_AT,
    SITE_ZONE,
    make_article,
    make_category,
    make_image,
    make_tag,
)

pytestmark = pytest.mark.django_db


def titles(html: str) -> list[str]:
    """Titles of articles, in the order in which the page's main part links to them."""
    main = html.partition("<main")[2].partition("</main>")[0]
    return list(dict.fromkeys(re.findall(r"Article \d+", main)))


# --- home and lists


def test_home_leads_with_what_is_pinned_then_the_newest_then_by_category(site):
    awards = make_category("Awards", position=2)
    pinned = make_article(pinned_until=datetime(2999, 1, 1, tzinfo=SITE_ZONE))
    old_award = make_article(category=awards, published_at=PUBLISHED_AT - timedelta(days=9))
    newer = [make_article() for _ in range(8)]
    page = site.get("/en/")
    shown = titles(page.text)
    assert shown[0] == pinned.title
    assert shown[1:4] == [article.title for article in reversed(newer[5:])]
    assert shown[4:8] == [article.title for article in reversed(newer[1:5])]
    assert old_award.title in shown


def test_home_leads_with_the_newest_when_nothing_is_pinned(site):
    make_article(pinned_until=datetime(2020, 1, 1, tzinfo=SITE_ZONE))
    newest = make_article()
    assert titles(site.get("/en/").text)[0] == newest.title


@pytest.mark.parametrize("address", ["/en/", "/en/news/", "/en/news/search/", "/zh-hans/"])
def test_pages_with_nothing_to_show_say_so(site, address):
    page = site.get(address)
    assert page.status == 200
    assert page.text.count("<h1") == 1


def test_lists_show_their_own_articles_newest_first(site):
    epc, awards = make_tag("EPC"), make_category("Awards")
    first = make_article(tags=(epc,))
    second = make_article(category=awards, tags=(epc,))
    make_article(language="zh-hans", title="Article 999999")
    assert titles(site.get("/en/news/").text) == [second.title, first.title]
    assert titles(site.get("/en/news/category/awards/").text) == [second.title]
    assert titles(site.get("/en/news/tag/epc/").text) == [second.title, first.title]
    assert site.get("/en/news/category/nonsense/").status == 404
    assert site.get("/zh-hans/news/category/awards/").status == 404
    assert site.get("/en/news/tag/nonsense/").status == 404


def test_the_archive_is_cut_at_the_sites_midnight(site):
    new_year = datetime(2025, 1, 1, tzinfo=SITE_ZONE)
    old = make_article(published_at=new_year - timedelta(seconds=1))
    new = make_article(published_at=new_year)
    assert titles(site.get("/en/news/archive/2024/").text) == [old.title]
    assert titles(site.get("/en/news/archive/2025/").text) == [new.title]
    assert titles(site.get("/en/news/archive/2024/12/").text) == [old.title]
    assert titles(site.get("/en/news/archive/2025/01/").text) == [new.title]
    for nowhere in ("2023/", "2025/02/", "2025/13/", "2025/1/", "0000/", "20255/"):
        assert site.get(f"/en/news/archive/{nowhere}").status == 404


def test_the_archive_offers_only_years_with_something_in_them(site):
    for year in (2019, 2024):
        make_article(published_at=datetime(year, 5, 1, tzinfo=SITE_ZONE))
    text = site.get("/en/news/").text
    assert re.findall(r"/en/news/archive/([0-9]+)/", text) == ["2024", "2019"]


# --- numbered pages


def test_every_article_stands_on_exactly_one_page(site):
    made = [make_article(published_at=PUBLISHED_AT) for _ in range(2 * PAGE_SIZE + 1)]
    pages = [site.get("/en/news/"), site.get("/en/news/?page=2"), site.get("/en/news/?page=3")]
    shown = [title for page in pages for title in titles(page.text)]
    assert shown == [article.title for article in reversed(made)]


@pytest.mark.parametrize(
    "page",
    ["abc", "0", "-1", "999999", "3", "", "1.0", "01", "%EF%BC%92", "%00", "9" * 40, "1e3", "+2"],
)
@pytest.mark.parametrize("path", ["news/", "news/category/projects/", "news/tag/epc/"])
def test_a_page_that_is_not_there_is_not_found(site, path, page):
    for _ in range(PAGE_SIZE + 1):
        make_article(tags=(make_tag("EPC"),))
    assert site.get(f"/en/{path}?page=2").status == 200
    assert site.get(f"/en/{path}?page={page}").status == 404


def test_page_one_has_one_address(site):
    make_article()
    answer = site.get("/en/news/?page=1&utm_source=x")
    assert answer.status == 301
    assert answer.headers["Location"].startswith("/en/news/")
    assert "page=" not in answer.headers["Location"]


def test_links_between_pages_carry_the_query_and_nothing_undeclared(site):
    for _ in range(PAGE_SIZE + 1):
        make_article(body="<p>needle</p>")
    text = site.get("/en/news/search/?q=needle&utm_source=x").text
    assert "q=needle&amp;page=2" in text
    assert "utm_source" not in text


# --- the article


def test_the_article_page_shows_everything_the_old_site_showed(site):
    image = make_image(caption="Seen from the east")
    before = make_article()
    article = make_article(
        title="Mill starts up",
        summary="In short",
        body="<h2>Start</h2><p>Steam <strong>at last</strong></p>",
        source="Engineering News",
        source_url="https://example.com/mill",
        published_at=datetime(2025, 7, 1, tzinfo=SITE_ZONE),
        cover=image,
        cover_alt="The new mill",
        tags=(make_tag("EPC"),),
    )
    BrowsingVolume.objects.create(article=article, carried_over=88, total=88)
    after = make_article(published_at=datetime(2025, 8, 1, tzinfo=SITE_ZONE))
    text = site.get(article.get_absolute_url()).text
    for shown in (
        '<html lang="en"',
        "Browsing volume",
        "89",
        "Engineering News",
        'href="https://example.com/mill"',
        "2025-07-01",
        "<p>Steam <strong>at last</strong></p>",
        'alt="The new mill"',
        "Seen from the east",
        "/en/news/tag/epc/",
        "Related news",
        "Last one",
        before.get_absolute_url(),
        "Next article",
        after.get_absolute_url(),
        f'<link rel="canonical" href="http://testserver{article.get_absolute_url()}">',
    ):
        assert shown in text, shown
    assert text.count("<h1") == 1


def test_dates_say_the_second_for_machines(site):
    at = datetime(2023, 11, 8, 9, 30, 15, 250_001, tzinfo=SITE_ZONE)
    article = make_article(published_at=at)
    for address in (article.get_absolute_url(), "/en/news/"):
        assert 'datetime="2023-11-08T09:30:15+08:00">2023-11-08<' in site.get(address).text


def test_an_empty_source_leaves_no_dangling_label_and_the_ends_say_none(site):
    text = site.get(make_article().get_absolute_url()).text
    assert "Source" not in text
    assert text.count("None") >= 2


def test_the_chinese_page_speaks_chinese(site):
    article = make_article(language="zh-hans", title="海诚工程开工", source="工程报")
    page = site.get(article.get_absolute_url())
    assert page.headers["Content-Language"] == "zh-hans"
    for word in (
        'lang="zh-Hans"',
        "浏览量",
        "来源",
        "日期",
        "相关新闻",
        "上一篇",
        "下一篇",
        "没有了",
    ):
        assert word in page.text, word


def test_a_wrong_slug_or_language_leads_to_the_one_address(site):
    article = make_article()
    own = article.get_absolute_url()
    for other in ("en/news/{}/", "en/news/{}/wrong/", "zh-hans/news/{}/x/", "en/news/{}/海诚/"):
        answer = site.get("/" + other.format(article.pk))
        assert (answer.status, answer.headers["Location"]) == (301, own)
        assert answer.headers["Cache-Control"] == "no-cache"  # An editor may change it back.
    answer = site.get(f"/en/news/{article.pk}/wrong/related/")
    assert (answer.status, answer.headers["Location"]) == (301, article.get_related_url())


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30])
def test_an_article_that_never_was_is_not_found(site, number):
    assert site.get(f"/en/news/{number}/x/").status == 404


def test_language_versions_point_at_each_other(site):
    english = make_article()
    chinese = make_article(language="zh-hans", translation_key=english.translation_key)
    for version in (english, chinese):
        text = site.get(version.get_absolute_url()).text
        for code, other in (("en", english), ("zh-hans", chinese)):
            assert re.search(
                rf'<link rel="alternate"\s+hreflang="{code}"\s+href="http://testserver{other.get_absolute_url()}"',
                text,
                re.IGNORECASE,
            )
    alone = site.get(make_article().get_absolute_url()).text
    assert "hreflang" not in alone.partition("</head>")[0]


def test_related_news_has_a_page_of_its_own(site):
    article, picked = make_article(), make_article(category=make_category("Awards"))
    RelatedPick.objects.create(article=article, related=picked)
    text = site.get(article.get_related_url()).text
    assert picked.title in titles(text)


def test_tables_scroll_and_nothing_in_an_attribute_becomes_one(site):
    article = make_article(
        body='<table><tr><td>1</td></tr></table><p><a href="/" title="<table><b>x">Link</a></p>'
    )
    text = site.get(article.get_absolute_url()).text
    assert (
        text.count('<div class="table-frame" role="region" aria-label="Table" tabindex="0">') == 1
    )
    assert 'title="&lt;table&gt;&lt;b&gt;x"' in text


# --- languages, errors, robots


@pytest.mark.parametrize(
    ("accepted", "home"),
    [
        ("zh-CN,zh;q=0.9", "/zh-hans/"),
        ("zh-TW", "/zh-hans/"),
        ("de,en;q=0.5", "/en/"),
        ("xx", "/en/"),
    ],
)
def test_the_root_leads_to_the_readers_language(site, accepted, home):
    answer = site.get("/", accept_language=accepted)
    assert (answer.status, answer.headers["Location"]) == (302, home)


def test_errors_come_in_the_sites_look_and_language(site):
    english, chinese = site.get("/en/nowhere/"), site.get("/zh-hans/nowhere/")
    assert (english.status, chinese.status) == (404, 404)
    assert 'lang="en"' in english.text
    assert 'lang="zh-Hans"' in chinese.text
    for page in (english, chinese):
        assert page.text.count("<h1") == 1
        assert "no-store" in page.headers["Cache-Control"]


def test_a_broken_page_is_answered_without_the_database(site, monkeypatch):
    asked = []

    def broken(*args):
        asked.append(len(queries))
        raise RuntimeError

    monkeypatch.setattr("news.views.related_ids", broken)
    article = make_article()
    with CaptureQueriesContext(connection) as queries:
        page = site.get(article.get_absolute_url())
    assert page.status == 500
    assert "<h1" in page.text
    assert [len(queries)] == asked
    assert not BrowsingVolume.objects.exists()


def test_only_reading_is_possible(site):
    article = make_article()
    for address in ("/en/", "/en/news/", article.get_absolute_url()):
        assert site.post(address, {}).status in (403, 405)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_who_does_more_than_read_is_told_what_is_possible(site, method):
    article = make_article()
    paths = ["/", "/en/", "/en/news/", "/en/news/feed/", "/en/news/search/", "/en/pages/about/"]
    paths += ["/robots.txt", "/sitemap.xml", "/favicon.ico", article.get_absolute_url()]
    for path in paths:
        answer = site.request(method, path, b"a=1")
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD"), path
    assert site.request(method, "/admin/login/", b"a=1").status == (
        200 if method == "OPTIONS" else 403
    )


@pytest.mark.parametrize(("name", "size"), [("favicon.ico", 48), ("apple-touch-icon.png", 180)])
def test_an_icon_is_found_at_the_root(site, name, size):
    answer = site.get(f"/{name}")
    assert (answer.status, answer.headers["Location"]) == (301, f"/static/img/{name}")
    with Picture.open(finders.find(f"img/{name}")) as icon:
        assert icon.size == (size, size)


def test_pages_name_the_icon_of_telephones(site):
    link = '<link rel="apple-touch-icon" href="/static/img/apple-touch-icon.png">'
    assert link in site.get("/en/").text


def test_robots_are_kept_out_of_admin_and_search(site):
    page = site.get("/robots.txt")
    assert page.headers["Content-Type"].startswith("text/plain")
    assert "Disallow: /admin/" in page.text
    assert "Disallow: /en/news/search/" in page.text


def test_search_finds_and_asks_not_to_be_indexed(site):
    article = make_article(body="<p>A needle in the hay</p>")
    page = site.get("/en/news/search/?q=needle")
    assert titles(page.text) == [article.title]
    assert "noindex" in page.text
    assert "no-store" in page.headers["Cache-Control"]
    assert "Nothing found" in site.get("/en/news/search/?q=%00%27%22%3Cscript%3E").text


@pytest.mark.parametrize("path", ["", "news/", "news/search/", "news/{}/", "nowhere/"])
def test_no_page_allows_scripts_or_other_hosts(site, path):
    page = site.get(f"/en/{path.format(make_article().pk)}")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
