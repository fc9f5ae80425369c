"""The newest articles as feed readers get them."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import feedparser
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from news import feeds
from news.models import Article, Attachment
from tests.helpers import (
    NOW,
    PUBLISHED_AT,
    hidden_articles,
    link_to,
    make_article,
    make_attachment,
    make_category,
    make_image,
    make_tag,
)

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

ROOT = "http://testserver"
RSS, ATOM = "/en/news/feed/", "/en/news/feed/atom/"
OF_CATEGORY = "/en/news/category/projects/feed/"
ALL = [RSS, ATOM, OF_CATEGORY, f"{OF_CATEGORY}atom/"]
A = "{http://www.w3.org/2005/Atom}"


def channel(client, path: str = RSS) -> ElementTree.Element:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/rss+xml; charset=utf-8"
    found = ElementTree.fromstring(answer.content).find("channel")
    assert found is not None
    return found


def feed(client, path: str = ATOM) -> ElementTree.Element:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)


def titles(client) -> list[str | None]:
    return [item.findtext("title") for item in channel(client).iter("item")]


def parsed(client, path: str) -> feedparser.FeedParserDict:
    """As feed readers get it: exactly what is served, nothing put right."""
    answer = client.get(path)
    found = feedparser.parse(
        answer.content,
        response_headers={"content-type": answer["Content-Type"]},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    assert found.bozo == 0, found.get("bozo_exception")
    return found


def text_of(entry: feedparser.FeedParserDict) -> str:
    (content,) = [part.value for part in entry.content if part.type == "text/html"]
    return content


def test_rss_tells_of_an_article(client):
    article = make_article(title="Bridge & dam", summary="Cheaper than <planned>.")
    read = channel(client)
    assert read.findtext("title") == "China Haisum Newsroom"
    assert read.findtext("link") == "http://testserver/en/news/"
    assert read.findtext("language") == "en"
    own = read.find(f"{A}link")
    assert own is not None
    assert (own.get("rel"), own.get("href")) == ("self", f"http://testserver{RSS}")
    (item,) = read.iter("item")
    assert item.findtext("title") == "Bridge & dam"
    assert item.findtext("link") == f"http://testserver{article.get_absolute_url()}"
    assert item.findtext("description") == "Cheaper than &lt;planned&gt;."  # Taken for HTML.
    assert parsedate_to_datetime(item.findtext("pubDate") or "") == article.published_at


def test_atom_tells_of_an_article(client):
    article = make_article(title="Bridge & dam", summary="Cheaper than <planned>.")
    read = feed(client)
    assert read.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    links = {link.get("rel"): link.get("href") for link in read.findall(f"{A}link")}
    assert links == {
        "alternate": "http://testserver/en/news/",
        "self": f"http://testserver{ATOM}",
    }
    assert read.findtext(f"{A}author/{A}name")  # Needed, once at least.
    (entry,) = read.iter(f"{A}entry")
    assert entry.findtext(f"{A}title") == "Bridge & dam"
    assert entry.findtext(f"{A}summary") == "Cheaper than &lt;planned&gt;."
    link = entry.find(f"{A}link")
    assert link is not None
    assert link.get("href") == f"http://testserver{article.get_absolute_url()}"
    assert datetime.fromisoformat(entry.findtext(f"{A}published") or "") == article.published_at
    assert entry.findtext(f"{A}updated") == entry.findtext(f"{A}published")  # As never edited.


def test_each_language_has_its_own(client):
    make_article(title="Bridge")
    make_article(title="大桥", language="zh-hans")
    assert titles(client) == ["Bridge"]
    read = channel(client, "/zh-hans/news/feed/")
    assert [item.findtext("title") for item in read.iter("item")] == ["大桥"]
    assert read.findtext("language") == "zh-Hans"
    assert read.findtext("title") == "中国海诚新闻中心"


def test_the_newest_twenty_newest_first(client):
    for number in range(23):
        make_article(title=f"No. {number}", published_at=PUBLISHED_AT + timedelta(days=number))
    assert titles(client) == [f"No. {number}" for number in range(22, 2, -1)]


def test_hidden_articles_are_never_in_them(client):
    hidden_articles(NOW)
    for path in (RSS, ATOM):
        assert "speakable" not in client.get(path).content.decode()


def test_an_article_is_the_same_one_after_its_slug_changed(client):
    article = make_article(title="Bridge")
    other = make_article(title="Dam")

    def names() -> list[set]:
        rss = {item.findtext("guid") for item in channel(client).iter("item")}
        return [rss, {entry.findtext(f"{A}id") for entry in feed(client).iter(f"{A}entry")}]

    before = names()
    assert before[0] == before[1]
    assert len(before[0]) == 2
    article.slug, other.title = "long-bridge", "Dam, finished"
    article.save()
    other.save()
    assert names() == before
    guid = channel(client).find("item/guid")
    assert guid is not None
    assert guid.get("isPermaLink") == "false"


@pytest.mark.parametrize("path", [RSS, ATOM])
@pytest.mark.parametrize("articles", [0, 2])
def test_a_feed_is_the_same_for_all_of_an_edition(client, time_machine, path, articles):
    for _ in range(articles):
        make_article()
    first = client.get(path)
    time_machine.shift(timedelta(hours=2))
    again = client.get(path)
    assert again.content == first.content


def test_a_change_of_the_content_shows_in_the_date(client, time_machine):
    article = make_article()
    time_machine.shift(timedelta(hours=1))
    article.save()
    for path in ALL:
        entry = parsed(client, path).entries[0]
        assert entry.updated_parsed == entry.published_parsed
    article.title = "Another title"
    article.save()
    for path in ALL:
        found = parsed(client, path)
        assert (
            found.entries[0].updated_parsed
            == found.feed.updated_parsed
            == (NOW + timedelta(hours=1)).utctimetuple()
        )
        assert found.entries[0].published_parsed == article.published_at.utctimetuple()


def test_an_article_finished_before_its_date_is_not_older_than_it(client, time_machine):
    make_article(published_at=NOW + timedelta(days=1))
    time_machine.shift(timedelta(days=2))
    entry = feed(client).find(f"{A}entry")
    assert entry is not None
    assert entry.findtext(f"{A}updated") == entry.findtext(f"{A}published")


def test_characters_that_xml_knows_not_do_not_break_the_feed(client):
    make_article(title="Bridge\x0band dam", summary="Line\x0cfeed \uffff")
    assert titles(client) == ["Bridge and dam"]


@pytest.mark.parametrize("path", ALL)
def test_the_number_of_queries_stays_the_same(client, path):
    image = make_image()

    def more() -> None:
        for number in range(5):
            picture = f'<p><img src="{image.url}" alt="A mill"></p>'
            tags = (make_tag(f"Tag {number}"),)
            make_article(body=picture, cover=image, cover_alt="A mill", tags=tags)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        return len(queries)

    more()
    few = asked()
    more()
    # Articles, tags, pictures, what the site is called; and the category, if it is one's.
    assert asked() == few == (5 if "category" in path else 4)


def test_feeds_are_only_read(client):
    assert client.post(RSS).status_code == 405
    assert client.head(ATOM).status_code == 200


def test_every_page_names_the_feeds_of_its_language(client):
    article = make_article(language="zh-hans")
    for path in ("/zh-hans/", "/zh-hans/news/", article.get_absolute_url()):
        page = client.get(path).content.decode()
        assert 'type="application/rss+xml"' in page
        assert 'href="/zh-hans/news/feed/"' in page
        assert 'href="/zh-hans/news/feed/atom/"' in page


def test_a_feed_is_known_by_its_tag_alone(site):
    article = make_article()
    make_article()
    for path in (RSS, ATOM):
        answer = site.get(path)
        assert "Last-Modified" not in answer.headers
        assert site.get(path, if_none_match=answer.headers["ETag"]).status == 304
        article.binned_at = NOW if article.binned_at is None else None
        article.save()
        assert site.get(path, if_none_match=answer.headers["ETag"]).status == 200


def test_an_atom_feed_stays_the_same_wherever_the_site_is(client):
    category = make_category("Projects", slug="projects")
    make_category("工程项目", "zh-hans", slug="projects")
    paths = [ATOM, f"{OF_CATEGORY}atom/"]
    paths += [path.replace("/en/", "/zh-hans/") for path in paths]
    names = [parsed(client, path).feed.id for path in paths]
    assert len(set(names)) == 4
    assert all(name.startswith("urn:uuid:") for name in names)
    category.slug = "works"
    category.save()
    moved = client.get("/en/news/category/works/feed/atom/", headers={"host": "127.0.0.1:8000"})
    assert feedparser.parse(moved.content).feed.id == names[1]


@pytest.mark.parametrize("path", [RSS, ATOM])
def test_an_article_is_by_its_source_or_else_by_the_company(client, path):
    make_article()
    make_article(source="Engineering\x0bNews")
    entries = parsed(client, path).entries
    assert [entry.author for entry in entries] == ["Engineering News", "China Haisum"]


# --- the whole text


@pytest.mark.parametrize("path", ALL)
def test_the_whole_text_is_in_it_with_addresses_that_lead_back(client, path):
    image = make_image(width=1600, height=900)
    article = make_article(
        summary="In short.",
        body=(
            f'<h2>Steam</h2><p><img class="align-left" src="{image.url}" alt="A &quot;mill&quot;">'
            '<a href="/en/news/7/x/?a=1&amp;b=2">here</a> <a href="#end">end</a> '
            '<a href="https://example.com/">there</a> <a href="mailto:a@b.cn">mail</a></p>'
        ),
    )
    (entry,) = parsed(client, path).entries
    picture = f'<img src="{ROOT}{image.url}" alt="A &quot;mill&quot;" width="1600" height="900">'
    here = ROOT + article.get_absolute_url()
    assert text_of(entry) == (
        f"<h2>Steam</h2><p>{picture}"
        f'<a href="{ROOT}/en/news/7/x/?a=1&amp;b=2" rel="noopener noreferrer">here</a> '
        f'<a href="{here}#end" rel="noopener noreferrer">end</a> '
        '<a href="https://example.com/" rel="noopener noreferrer">there</a> '
        '<a href="mailto:a@b.cn" rel="noopener noreferrer">mail</a></p>'
    )
    assert entry.summary == "In short."
    assert entry.link == here


def test_a_file_is_what_it_is_now_and_says_its_kind_and_size(client):
    report, other = make_attachment(), make_attachment()
    make_article(body=link_to(report))
    Attachment.objects.filter(pk=report.pk).update(file=f"{other.file.name}.pdf")
    text = text_of(parsed(client, RSS).entries[0])
    assert f'href="{ROOT}{other.file.url}.pdf"' in text
    assert "the report" in text
    assert "(PDF, 2.3\xa0MB)" in text


def test_a_picture_is_the_file_that_it_is_now(client):
    image = make_image()
    make_article(body=f'<p>Look: <img src="{image.url}" alt="A mill"></p>')
    other = make_image()
    type(image).objects.filter(pk=image.pk).update(renditions={"jpg": [160]})
    image.refresh_from_db()
    assert f'src="{ROOT}{image.url}"' in text_of(parsed(client, RSS).entries[0])
    type(image).objects.filter(pk=image.pk).update(file=other.file.name + ".jpg")
    assert f"{other.file.name}-160.jpg" in text_of(parsed(client, RSS).entries[0])


@pytest.mark.parametrize(
    "title", ["/x", " href=", "a &lt;img src=", "&quot; href=&quot;/y", "src='/z'"]
)
def test_nothing_in_an_attribute_or_a_text_is_taken_for_an_address(client, title):
    body = f'<p><a href="/here" title="{title}">&lt;a href="/text"&gt;</a></p>'
    make_article(body=body)
    stored = Article.objects.get().body
    expected = stored.replace('href="/here"', f'href="{ROOT}/here"')
    assert text_of(parsed(client, RSS).entries[0]) == expected


def test_an_address_that_is_none_stays_as_it_is(client):
    article = make_article(body='<p><a href="//[x">there</a></p>')
    assert 'href="//[x"' in article.body  # The door lets it through.
    assert 'href="//[x"' in text_of(parsed(client, RSS).entries[0])


@pytest.mark.parametrize("path", ALL)
def test_the_cover_is_enclosed(client, path):
    image = make_image()
    make_article(cover=image, cover_alt="A mill")
    (enclosure,) = parsed(client, path).entries[0].enclosures
    assert enclosure.href == ROOT + image.url
    assert enclosure.type == "image/jpeg"
    assert int(enclosure.length) == default_storage.size(image.file.name) > 0


def test_a_cover_whose_file_is_missing_is_not_enclosed(client):
    make_article(cover=make_image(file="pictures/2026/missing.jpg"), cover_alt="A mill")
    assert parsed(client, RSS).entries[0].enclosures == []


def test_a_store_is_asked_once_how_large_a_file_is(client, monkeypatch):
    make_article(cover=make_image(), cover_alt="A mill")
    asked = []
    size = default_storage.size
    monkeypatch.setattr(
        feeds.default_storage, "size", lambda name: asked.append(name) or size(name)
    )
    for path in (RSS, ATOM, RSS):
        client.get(path)
    assert len(asked) == 1


@pytest.mark.parametrize("path", ALL)
def test_an_article_is_filed_as_on_the_site(client, path):
    make_article(tags=(make_tag("EPC"), make_tag("Steam")))
    entry = parsed(client, path).entries[0]
    assert [tag.term for tag in entry.tags] == ["Projects", "EPC", "Steam"]


# --- of a category


def test_a_category_has_feeds_of_its_own(client):
    make_article(title="Bridge")
    make_article(title="Prize", category=make_category("Awards"))
    for path in ALL[2:]:
        found = parsed(client, path)
        assert [entry.title for entry in found.entries] == ["Bridge"]
        assert found.feed.title == "Projects – China Haisum Newsroom"
        assert found.feed.subtitle == "Projects: news from China Haisum."
        assert found.feed.link == f"{ROOT}/en/news/category/projects/"
        own = [link.href for link in found.feed.links if link.rel == "self"]
        assert own == [ROOT + path]


def test_an_empty_category_has_an_empty_feed_and_an_unknown_one_none(client):
    make_category("Awards", slug="awards")
    assert parsed(client, "/en/news/category/awards/feed/").entries == []
    for path in ("/en/news/category/nothing/feed/", "/zh-hans/news/category/awards/feed/atom/"):
        assert client.get(path).status_code == 404
