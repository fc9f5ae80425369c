"""The newest articles as feed readers get them."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.helpers import NOW, PUBLISHED_AT, hidden_articles, make_article

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]

RSS, ATOM = "/en/news/feed/", "/en/news/feed/atom/"
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
    assert datetime.fromisoformat(entry.findtext(f"{A}updated") or "") == NOW  # When it was saved.


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
    assert (again.content, again["Last-Modified"]) == (first.content, first["Last-Modified"])


def test_a_change_of_the_content_shows_in_the_date(client, time_machine):
    article = make_article()
    time_machine.shift(timedelta(hours=1))
    article.save()
    assert datetime.fromisoformat(feed(client).findtext(f"{A}updated") or "") == (
        NOW + timedelta(hours=1)
    )


def test_an_article_finished_before_its_date_is_not_older_than_it(client, time_machine):
    make_article(published_at=NOW + timedelta(days=1))
    time_machine.shift(timedelta(days=2))
    entry = feed(client).find(f"{A}entry")
    assert entry is not None
    assert entry.findtext(f"{A}updated") == entry.findtext(f"{A}published")


def test_characters_that_xml_knows_not_do_not_break_the_feed(client):
    make_article(title="Bridge\x0band dam", summary="Line\x0cfeed \uffff")
    assert titles(client) == ["Bridge and dam"]


def test_the_number_of_queries_stays_the_same(client):
    def queries(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(path)
        return len(asked)

    make_article()
    before = [queries(RSS), queries(ATOM)]
    for _ in range(10):
        make_article()
    assert [queries(RSS), queries(ATOM)] == before == [1, 1]


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
