"""What search engines are told of: every address that is public, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lxml import etree

from news import sitemaps
from news.models import Article, Edition, Status, Tag
from tests.conftest import Site
from tests.helpers import (
    NOW,
    PUBLISHED_AT,
    hidden_articles,
    make_article,
    make_category,
    make_page,
    make_tag,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

ROOT = "http://testserver"
INDEX, NEWS = "/sitemap.xml", "/news-sitemap.xml"
PAGES, TAGS, ARTICLES = (f"/sitemap-{name}.xml" for name in ("pages-1", "tags-0", "articles-0"))
NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
    "n": "http://www.google.com/schemas/sitemap-news/0.9",
}
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "data/sitemaps/sitemap.xsd"))
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _ids_from_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sequences go on between tests: all their ids are in the first file."""
    monkeypatch.setattr(sitemaps, "PER_FILE", 10**9)


def read(site: Site, address: str) -> etree._Element:
    answer = site.get(address)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/xml"
    found = etree.fromstring(answer.body)
    SCHEMA.assertValid(found)
    return found


def addresses(site: Site, address: str) -> list[str]:
    found = read(site, address).xpath("//s:loc/text()", namespaces=NAMES)
    assert all(path.startswith(ROOT) for path in found)
    return [path.removeprefix(ROOT) for path in found]


def date_of(site: Site, file: str, path: str) -> str | None:
    (entry,) = read(site, file).xpath(f'//*[s:loc="{ROOT}{path}"]', namespaces=NAMES)
    return entry.findtext("s:lastmod", namespaces=NAMES)


def test_the_index_names_the_files(site):
    make_article(tags=(make_tag(),))
    assert addresses(site, INDEX) == [PAGES, TAGS, ARTICLES]
    for file in addresses(site, INDEX):
        assert addresses(site, file)


def test_everything_public_is_in_them_once(site):
    english = make_article(tags=(make_tag("EPC"),))
    chinese = make_article(language="zh-hans", tags=(make_tag("总承包", "zh-hans"),))
    make_category("Nothing in it")
    make_tag("On nothing")
    everything = [path for file in addresses(site, INDEX) for path in addresses(site, file)]
    assert sorted(everything) == sorted(
        [
            "/en/",
            "/zh-hans/",
            "/en/news/",
            "/zh-hans/news/",
            english.category.get_absolute_url(),
            chinese.category.get_absolute_url(),
            english.tags.get().get_absolute_url(),
            chinese.tags.get().get_absolute_url(),
            english.get_absolute_url(),
            chinese.get_absolute_url(),
        ]
    )
    assert [site.get(path).status for path in everything] == [200] * len(everything)


def test_an_empty_site_has_its_pages(site):
    assert addresses(site, INDEX) == [PAGES]
    assert addresses(site, PAGES) == ["/en/", "/zh-hans/"]
    assert addresses(site, NEWS) == []
    for file in (TAGS, ARTICLES):
        assert site.get(file).status == 404


def test_what_is_hidden_is_in_none(site):
    hidden_articles(NOW, tags=(make_tag("Unspeakable"),), category=make_category("Unspeakable"))
    for file in (*addresses(site, INDEX), INDEX, NEWS):
        assert "speakable" not in site.get(file).text


@pytest.mark.parametrize(
    "file",
    ["pages-0", "pages-2", "articles-7", "nothing-0", "articles-99999999999", "articles--1"],
)
def test_a_file_that_is_not_there_is_not_found(site, file):
    make_article()
    assert site.get(f"/sitemap-{file}.xml").status == 404


def test_files_hold_spans_of_ids_and_so_stay_as_they_are(site, monkeypatch):
    monkeypatch.setattr(sitemaps, "PER_FILE", 3)
    articles = [make_article() for _ in range(7)]
    files = [file for file in addresses(site, INDEX) if "articles" in file]
    assert 3 <= len(files) <= 4
    listed = [addresses(site, file) for file in files]
    assert all(len(paths) <= 3 for paths in listed)
    assert [path for paths in listed for path in paths] == [a.get_absolute_url() for a in articles]
    first = site.get(files[0])
    for _ in range(4):
        make_article()
    assert site.get(files[0]).body == first.body
    assert site.get(files[0], if_none_match=first.headers["ETag"]).status == 304


def test_language_versions_name_each_other_and_one_for_all_others(site):
    english = make_article()
    chinese = make_article(language="zh-hans", translation_key=english.translation_key)
    alone = make_article()
    for path in (english.get_absolute_url(), chinese.get_absolute_url()):
        (entry,) = read(site, ARTICLES).xpath(f'//*[s:loc="{ROOT}{path}"]', namespaces=NAMES)
        links = entry.findall("x:link", namespaces=NAMES)
        assert {link.get("hreflang"): link.get("href") for link in links} == {
            "en": ROOT + english.get_absolute_url(),
            "zh-Hans": ROOT + chinese.get_absolute_url(),
            "x-default": ROOT + english.get_absolute_url(),
        }
    links = read(site, ARTICLES).xpath("count(//x:link)", namespaces=NAMES)
    assert links == 6, alone
    assert read(site, PAGES).xpath("count(//x:link)", namespaces=NAMES) == 12


def test_so_do_categories_tags_and_plain_pages(site):
    key = uuid4()
    pair = {"en": "Projects", "zh-hans": "工程项目"}
    rows = []
    for language, name in pair.items():
        category = make_category(name, language, translation_key=key)
        tag = make_tag(name, language)
        Tag.objects.filter(pk=tag.pk).update(translation_key=key)
        make_article(language=language, category=category, tags=(tag,))
        page = make_page(language=language, title=name, translation_key=key)
        rows += [(PAGES, category), (TAGS, tag), (PAGES, page)]
    make_page(title="Withdrawn", is_published=False)
    for file, row in rows:
        path = row.get_absolute_url()
        (entry,) = read(site, file).xpath(f'//*[s:loc="{ROOT}{path}"]', namespaces=NAMES)
        links = [link.get("href") for link in entry.findall("x:link", namespaces=NAMES)]
        assert len(links) == 3, path
        assert ROOT + path in links
    assert not [path for path in addresses(site, PAGES) if "withdrawn" in path]


def test_the_other_version_may_stand_in_another_file(site, monkeypatch):
    monkeypatch.setattr(sitemaps, "PER_FILE", 1)
    english = make_article()
    chinese = make_article(language="zh-hans", translation_key=english.translation_key)
    file = read(site, f"/sitemap-articles-{english.pk}.xml")
    assert file.xpath("//s:loc/text()", namespaces=NAMES) == [ROOT + english.get_absolute_url()]
    links = file.xpath("//x:link[@hreflang='zh-Hans']/@href", namespaces=NAMES)
    assert links == [ROOT + chinese.get_absolute_url()]


def test_a_hidden_version_is_not_named(site):
    article = make_article()
    make_article(
        language="zh-hans", translation_key=article.translation_key, status=Status.WITHDRAWN
    )
    assert not read(site, ARTICLES).xpath("//x:link", namespaces=NAMES)


def test_dates_are_those_of_the_content(site, time_machine):
    article = make_article(published_at=PUBLISHED_AT)
    path = article.get_absolute_url()
    written = "2025-06-02T09:00:00+08:00"
    assert date_of(site, ARTICLES, path) == date_of(site, INDEX, ARTICLES) == written
    for list_path in ("/en/", "/en/news/", article.category.get_absolute_url()):
        assert date_of(site, PAGES, list_path) == written
    assert date_of(site, PAGES, "/zh-hans/") is None
    site.get(path)
    time_machine.shift(3600)
    Article.objects.filter(pk=article.pk).update(pinned_until=NOW + 9 * DAY)
    assert date_of(site, ARTICLES, path) == written
    article.refresh_from_db()
    article.body = "<p>Corrected.</p>"
    article.save()
    edited = "2026-03-04T13:00:00+08:00"
    assert date_of(site, ARTICLES, path) == date_of(site, INDEX, ARTICLES) == edited
    assert date_of(site, PAGES, "/en/") == written  # Nothing new appeared in it.


def test_they_are_kept_for_an_edition_and_then_made_anew(site):
    make_article()
    first = site.get(ARTICLES)
    with CaptureQueriesContext(connection) as queries:
        assert site.get(ARTICLES, accept_language="zh-CN").body == first.body
    assert not [q for q in queries if "news_article" in q["sql"]]
    assert first.headers["Content-Language"] == "en, zh-Hans"  # Whoever asked for it.
    late = make_article()
    assert late.get_absolute_url() in addresses(site, ARTICLES)
    assert site.head(INDEX).status == 200
    assert site.post(INDEX, {}).status in (403, 405)


def test_addresses_are_those_of_the_host_that_was_asked_for(site, settings):
    settings.ALLOWED_HOSTS = ["news.example.com"]
    make_article()
    text = site.get(INDEX, host="news.example.com").text
    assert text.count("<loc>http://news.example.com/sitemap-") == 2


@pytest.mark.parametrize("file", [INDEX, PAGES, TAGS, ARTICLES, NEWS])
def test_more_articles_need_no_more_queries(client, file):
    def more() -> None:
        for number in range(10):
            english = make_article(tags=(make_tag(f"Tag {number}"),), published_at=NOW - DAY)
            make_article(
                language="zh-hans",
                translation_key=english.translation_key,
                published_at=NOW - DAY,
            )

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(file).status_code == 200
        return len(queries)

    more()
    few = asked()
    more()
    assert asked() == few <= 10


# --- news


def test_news_is_what_appeared_within_two_days(site):
    newest = make_article(title="Bridge & <dam>", published_at=NOW - SECOND)
    chinese = make_article(language="zh-hans", title="大桥\x0b通车", published_at=NOW - DAY)
    make_article(published_at=NOW - 2 * DAY)
    make_article(published_at=NOW - 9 * DAY)
    found = read(site, NEWS).findall("s:url", namespaces=NAMES)
    said = [
        [
            entry.findtext(f".//{name}", namespaces=NAMES)
            for name in ("s:loc", "n:name", "n:language", "n:publication_date", "n:title")
        ]
        for entry in found
    ]
    assert said == [
        [
            ROOT + newest.get_absolute_url(),
            "China Haisum Newsroom",
            "en",
            "2026-03-04T11:59:59+08:00",
            "Bridge & <dam>",
        ],
        [
            ROOT + chinese.get_absolute_url(),
            "中国海诚新闻中心",
            "zh-cn",
            "2026-03-03T12:00:00+08:00",
            "大桥 通车",
        ],
    ]


def test_news_ends_at_the_very_moment_with_nobody_touching_it(site, time_machine):
    ends = NOW + timedelta(minutes=5)
    article = make_article(published_at=ends - 2 * DAY)
    make_article(published_at=ends - 2 * DAY, status=Status.WITHDRAWN)
    assert addresses(site, NEWS) == [article.get_absolute_url()]
    assert Edition.objects.get().due_at == ends
    time_machine.move_to(ends - SECOND, tick=False)
    assert addresses(site, NEWS) == [article.get_absolute_url()]
    time_machine.move_to(ends, tick=False)
    assert addresses(site, NEWS) == []


def test_no_more_news_than_search_engines_take(site, monkeypatch):
    monkeypatch.setattr(sitemaps, "MOST_NEWS", 2)
    articles = [make_article(published_at=NOW - DAY + n * SECOND) for n in range(3)]
    assert addresses(site, NEWS) == [a.get_absolute_url() for a in reversed(articles[1:])]


def test_robots_are_told_where_they_are(site):
    lines = site.get("/robots.txt").text.splitlines()
    assert f"Sitemap: {ROOT}{INDEX}" in lines
    assert f"Sitemap: {ROOT}{NEWS}" in lines
