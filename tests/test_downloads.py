"""Files as readers' pages offer them: in the text, as a player, and in a list under it."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.test.utils import CaptureQueriesContext

from news import library
from news.models import Article, Attachment, Status
from tests.helpers import NOW, link_to, make_article, make_attachment, make_image

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW)]


def page_of(site, article: Article) -> BeautifulSoup:
    answer = site.get(article.get_absolute_url())
    assert answer.status == 200
    return BeautifulSoup(answer.text, "html.parser")


def body(site, *attachments: Attachment, **fields) -> Tag:
    html = "".join(link_to(each) for each in attachments)
    found = page_of(site, make_article(**{"body": html} | fields)).select_one(".article-body")
    assert found
    return found


def film(**fields) -> Attachment:
    size = {"width": 1280, "height": 720}
    return make_attachment(**{"kind": "mp4", "title": "The mill runs", **size} | fields)


def alone(video: Attachment, words: str = "The <b>mill</b> runs") -> str:
    return f'<p class="align-center"><a href="{video.file.url}">{words}</a></p>'


# --- In the text


def test_a_link_says_what_it_leads_to(site):
    report = make_attachment()
    (link,) = body(site, report)("a")
    assert link.get_text() == "the report (PDF, 2.3\xa0MB)"
    assert link.attrs == {"href": report.file.url, "rel": ["noopener", "noreferrer"]}


@pytest.mark.parametrize(
    ("kind", "size", "words"),
    [
        ("docx", 700, "(Word, 700\xa0bytes)"),
        ("xlsx", 30_000, "(Excel, 29.3\xa0KB)"),
        ("pptx", 52_428_800, "(PowerPoint, 50.0\xa0MB)"),
    ],
)
def test_kind_and_size_are_said_in_words(site, kind, size, words):
    assert words in body(site, make_attachment(kind=kind, size=size)).get_text()


def test_other_links_stay_as_they_are(site):
    other = '<p><a href="https://example.com/a.pdf" rel="noopener noreferrer">x</a></p>'
    text = body(site, body=other + link_to(make_attachment()))
    assert other in str(text)


def test_a_replaced_file_is_the_one_that_every_text_leads_to(site):
    report = make_attachment()
    article = make_article(body=link_to(report))
    old = report.file.url
    new = make_attachment(kind="docx", size=1024)
    Attachment.objects.filter(pk=new.pk).delete()
    library.replace(report, new)
    page = str(page_of(site, article))
    assert old not in page
    assert page.count(report.file.url) == 2
    assert "(Word, 1.0\xa0KB)" in page


def test_a_file_that_is_gone_past_every_door_leaves_its_words(site):
    report = make_attachment()
    article = make_article(body=link_to(report, "the <b>report</b>"))
    article.attachment_uses.all().delete()
    Attachment.objects.filter(pk=report.pk).delete()
    page = page_of(site, article)
    assert "See <p>" not in str(page)
    assert "See the report." in page.select_one(".article-body").get_text()
    assert not page.select(".downloads")


# --- The player


def test_a_video_alone_in_its_paragraph_is_played_there(site):
    video = film()
    text = body(site, body=alone(video))
    player = text.select_one("figure.video > video")
    assert {name: player[name] for name in ("src", "width", "height", "preload", "aria-label")} == {
        "src": video.file.url,
        "width": "1280",
        "height": "720",
        "preload": "metadata",
        "aria-label": "The mill runs",
    }
    assert "controls" in player.attrs
    assert "autoplay" not in player.attrs
    inside = player.select_one("a")
    assert inside["href"] == video.file.url
    caption = text.select_one("figure.video > figcaption")
    assert caption.get_text() == inside.get_text() == "The mill runs (MP4, 2.3\xa0MB)"
    assert caption.select_one("b").get_text() == "mill"
    assert not text("p")


@pytest.mark.parametrize(
    "around",
    [
        "<p>See {}</p>",
        "<p>{} here</p>",
        "<ul><li>{}</li></ul>",
        "<p><b>{}</b></p>",
        '<p>{} <a href="https://example.com/">and this</a></p>',
    ],
)
def test_a_video_among_words_is_a_link(site, around):
    link = f'<a href="{film().file.url}">The film</a>'
    text = body(site, body=around.format(link))
    assert not text("video")
    assert "The film (MP4, 2.3\xa0MB)" in text.get_text()


def test_a_document_alone_in_its_paragraph_is_a_link(site):
    report = make_attachment()
    text = body(site, body=f'<p><a href="{report.file.url}">The report</a></p>')
    assert not text("video")
    assert text.select_one("p > a").get_text().startswith("The report (PDF")


def test_what_is_said_of_a_file_stays_text(site):
    attack = '"><script>alert(1)</script>'
    video = film(title=attack)
    page = page_of(site, make_article(body=alone(video) + link_to(make_attachment(title=attack))))
    assert "alert(1)" not in "".join(script.get_text() for script in page("script"))
    assert page.select_one("video")["aria-label"] == attack
    assert attack in [each.get_text() for each in page.select(".download-title")]


# --- The list under the text


def offered(page: BeautifulSoup) -> list[tuple[str, str, str]]:
    return [
        (
            link["href"],
            link.select_one(".download-title").get_text(),
            link.select_one(".download-facts").get_text(),
        )
        for link in page.select(".downloads li > a")
    ]


def test_every_file_of_a_text_is_listed_once_in_its_order(site):
    film_, report = film(), make_attachment(title="Annual report 2025", size=1024)
    html = link_to(film_) + link_to(report) + link_to(film_)
    page = page_of(site, make_article(body=html))
    assert offered(page) == [
        (film_.file.url, "The mill runs", "MP4, 2.3\xa0MB"),
        (report.file.url, "Annual report 2025", "PDF, 1.0\xa0KB"),
    ]
    assert page.select_one(".downloads h2").get_text() == "Downloads"
    assert [link.get("download") for link in page.select(".download")] == ["", None]


def test_an_article_without_files_offers_none(site):
    assert not page_of(site, make_article()).select(".downloads")


def test_the_public_addresses_of_hidden_files_are_on_no_page(site):
    hidden = make_attachment(title="Unspeakable")
    make_article(body=link_to(hidden), status=Status.DRAFT)
    for path in ("/en/", "/en/news/", "/en/news/feed/", "/en/news/search/?q=unspeakable"):
        assert hidden.file.url not in site.get(path).text
        assert "Unspeakable<" not in site.get(path).text


def test_a_preview_shows_the_files_of_what_is_seen(client, editor):
    report = make_attachment()
    draft = make_article(body=link_to(report), status=Status.DRAFT)
    page = BeautifulSoup(client.get(draft.get_preview_url()).content, "html.parser")
    assert offered(page) == [(report.file.url, report.title, "PDF, 2.3\xa0MB")]


# --- What it costs


def queries_of(client, article: Article) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(article.get_absolute_url()).status_code == 200
    return len(captured)


def test_files_cost_one_query_however_many_there_are_and_none_if_there_are_none(client):
    without, one, many = (
        make_article(body="".join(link_to(make_attachment()) for _ in range(n)) + "<p>x</p>")
        for n in (0, 1, 12)
    )
    queries_of(client, without)  # What is asked for once in a process.
    assert queries_of(client, one) == queries_of(client, without) + 1
    assert queries_of(client, many) == queries_of(client, one)


def test_pictures_and_files_stand_beside_each_other(site):
    image, report = make_image(), make_attachment()
    html = f'<p><a href="{report.file.url}"><img src="{image.url}" alt="A mill"></a></p>'
    text = body(site, body=html)
    assert text.select_one("p > a > picture > img")["alt"] == "A mill"
    assert re.search(r"\(PDF", text.get_text())
