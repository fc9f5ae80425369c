"""Pictures as readers' pages show them: every size, for browsers to choose from."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from news.markup import body_of
from news.models import Article, Image
from tests.helpers import make_article, make_image

pytestmark = pytest.mark.django_db


class Pictures(HTMLParser):
    """The `<picture>` elements of a page: the attributes of their sources and their `<img>`."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self.bare: list[dict[str, Any]] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        attributes = dict(attrs)
        assert len(attributes) == len(attrs), f"An attribute is there twice: {attrs}"
        if tag == "picture":
            self._inside = True
            self.found.append({"sources": []})
        elif tag == "source":
            assert "img" not in self.found[-1]
            self.found[-1]["sources"].append(attributes)
        elif tag == "img" and self._inside:
            self.found[-1]["img"] = attributes
        elif tag == "img":
            self.bare.append(attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "picture":
            self._inside = False


def pictures(html: str) -> list[dict[str, Any]]:
    page = Pictures(html.partition("<main")[2].partition("</main>")[0] or html)
    assert {each["src"] for each in page.bare} <= {"qr.svg"}
    assert html.count("<picture>") == html.count("</picture>")
    return page.found


def mill(**fields: Any) -> Image:
    sizes = {"avif": [320, 640, 1600], "webp": [320, 640, 1600], "jpg": [1440]}
    return make_image(**{"width": 1600, "height": 900, "renditions": sizes} | fields)


def text_of(*images: Image, **attributes: Any) -> str:
    own = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return "".join(f'<p><img src="{image.url}"{own}></p>' for image in images)


def assert_all_sizes(shown: dict[str, Any], image: Image) -> None:
    avif, webp = shown["sources"]
    for source, kind in ((avif, "avif"), (webp, "webp")):
        assert source["type"] == f"image/{kind}"
        stem = f"/media/{image.stem}"
        widths = image.renditions[kind]
        assert source["srcset"] == ", ".join(f"{stem}-{w}.{kind} {w}w" for w in widths)
        assert "vw" in source["sizes"]
    assert avif["sizes"] == webp["sizes"]
    assert shown["img"]["src"] == image.url


def test_the_cover_of_an_article_comes_in_all_sizes_before_all_else(site):
    image = mill(caption="The mill at night")
    article = make_article(cover=image, cover_alt='A "mill" & <more>')
    page = site.get(article.get_absolute_url()).text
    (shown,) = pictures(page)
    assert_all_sizes(shown, image)
    assert image.url.endswith("-1440.jpg")
    assert shown["img"] == {
        "src": image.url,
        "width": "1600",
        "height": "900",
        "class": "cover-picture",
        "alt": 'A "mill" & <more>',
        "fetchpriority": "high",
    }
    assert 'alt="A &quot;mill&quot; &amp; &lt;more&gt;"' in page
    assert "The mill at night" in page
    assert f'property="og:image" content="http://testserver{image.url}"' in page


def test_the_feature_comes_first_and_cards_when_they_are_seen(site):
    images = [mill() for _ in range(3)]
    for image in images:
        make_article(cover=image, cover_alt="A mill <i>")
    home = pictures(site.get("/en/").text)
    assert len(home) == 3
    first, *cards = home
    assert_all_sizes(first, images[-1])
    assert first["img"]["fetchpriority"] == "high"
    assert first["img"]["class"] == "feature-picture"
    assert "loading" not in first["img"]
    for card, image in zip(cards, reversed(images[:-1]), strict=True):
        assert_all_sizes(card, image)
        assert card["img"]["class"] == "card-picture"
        assert card["img"]["alt"] == "A mill <i>"
        assert (card["img"]["loading"], card["img"]["decoding"]) == ("lazy", "async")
        assert "fetchpriority" not in card["img"]
    assert first["sources"][0]["sizes"] != cards[0]["sources"][0]["sizes"]


def test_cards_of_lists_have_all_sizes(site):
    image = mill()
    make_article(cover=image, cover_alt="A mill")
    (card,) = pictures(site.get("/en/news/").text)
    assert_all_sizes(card, image)
    assert card["img"]["loading"] == "lazy"


def test_pictures_in_a_text_have_all_sizes_and_load_when_they_are_seen(site):
    cover, one, two = mill(), mill(), mill()
    article = make_article(cover=cover, cover_alt="A mill", body=text_of(one, two, alt="A kiln"))
    shown = pictures(site.get(article.get_absolute_url()).text)
    assert [s["img"]["src"] for s in shown] == [cover.url, one.url, two.url]
    for picture, image in zip(shown[1:], (one, two), strict=True):
        assert_all_sizes(picture, image)
        assert picture["img"] == {
            "src": image.url,
            "width": "1600",
            "height": "900",
            "alt": "A kiln",
            "loading": "lazy",
            "decoding": "async",
        }


def test_the_first_picture_of_a_text_without_a_cover_comes_first(site):
    one, two = mill(), mill()
    article = make_article(body=text_of(one, two))
    first, second = pictures(site.get(article.get_absolute_url()).text)
    assert first["img"]["fetchpriority"] == "high"
    assert "loading" not in first["img"]
    assert second["img"]["loading"] == "lazy"
    assert "fetchpriority" not in second["img"]


def test_a_picture_stands_as_its_author_drew_it(site):
    image = mill()
    body = (
        f'<figure class="image align-left"><img class="align-right" src="{image.url}" alt="x"'
        ' width="400" height="9"><figcaption>The mill</figcaption></figure>'
    )
    page = site.get(make_article(body=body).get_absolute_url()).text
    (shown,) = pictures(page)
    assert (shown["img"]["width"], shown["img"]["height"]) == ("400", "225")
    assert shown["img"]["class"] == "align-right"
    assert "400px" in shown["sources"][0]["sizes"]
    figure = page.partition('<figure class="image align-left">')[2].partition("</figure>")[0]
    assert figure.startswith('<a class="enlarge" ')
    assert figure.endswith("</picture></a><figcaption>The mill</figcaption>")


@pytest.mark.parametrize(
    "alt", ["&quot; onerror=&quot;alert(1)", "&lt;/picture&gt;", "a &amp;amp; b"]
)
def test_what_is_said_of_a_picture_stays_text(site, alt):
    image = mill()
    article = make_article(body=text_of(image, alt=alt))
    page = site.get(article.get_absolute_url()).text
    (shown,) = pictures(page)
    assert set(shown["img"]) == {"src", "width", "height", "alt", "fetchpriority"}
    assert f'alt="{alt}"' in page
    assert f'alt="{alt}"' in article.body


def test_a_picture_whose_sizes_are_not_made_is_shown_from_its_file(site):
    image = mill(renditions={})
    article = make_article(cover=image, cover_alt="A mill", body=text_of(image))
    cover, inside = pictures(site.get(article.get_absolute_url()).text)
    for shown in (cover, inside):
        assert shown["sources"] == []
        assert shown["img"]["src"] == image.file.url
        assert shown["img"]["width"] == "1600"


def test_a_picture_with_one_kind_of_sizes_offers_that(site):
    image = mill(renditions={"webp": [320, 1600]})
    article = make_article(body=text_of(image))
    (shown,) = pictures(site.get(article.get_absolute_url()).text)
    assert [source["type"] for source in shown["sources"]] == ["image/webp"]


def test_a_small_picture_has_no_size_that_is_wider_than_itself(site):
    image = mill(width=99, height=33, renditions={"avif": [99], "webp": [99]})
    article = make_article(body=text_of(image))
    (shown,) = pictures(site.get(article.get_absolute_url()).text)
    assert (shown["img"]["width"], shown["img"]["height"]) == ("99", "33")
    assert "99px" in shown["sources"][0]["sizes"]


def test_a_picture_that_is_not_in_the_library_any_more_is_not_shown(site):
    """Neither by a text that was written past every door."""
    stray = '<img data-picture="99" src="/media/pictures/2026/a.jpg" alt="x">'
    article = make_article()
    with connection.cursor() as cursor:
        sql = "UPDATE news_article SET body = %s WHERE id = %s"
        cursor.execute(sql, [f"<p>Text</p><p>{stray}</p>", article.pk])
    article = Article.objects.get()
    assert body_of(article) == "<p>Text</p>"


def test_a_text_without_pictures_asks_for_none(django_assert_num_queries):
    article = make_article(body="<p>Text</p><table><tbody><tr><td>1</td></tr></tbody></table>")
    with django_assert_num_queries(0):
        assert 'class="table-frame"' in body_of(article)


def test_on_paper_links_to_mail_addresses_can_say_them():
    """Style sheets can show an attribute, but not a part of one."""
    text = make_article(
        body='<p><a href="mailto:a@example.com?subject=x&amp;body=y">us</a>'
        '<a href="mailto:b@example.com">b@example.com</a><a href="https://example.com/">c</a></p>'
    )
    assert re.findall(r'data-mail="([^"]*)"', body_of(text)) == ["a@example.com"]


def test_more_pictures_need_no_more_queries(client):
    def queries(article: Article) -> int:
        with CaptureQueriesContext(connection) as captured:
            page = client.get(article.get_absolute_url())
        assert len(pictures(page.content.decode())) == article.body.count("<img")
        return len(captured)

    one = make_article(body=text_of(mill()), language="en")
    many = make_article(body=text_of(*(mill() for _ in range(12))), language="en")
    queries(one)  # What is asked for once in a process.
    assert queries(many) == queries(one)


def test_other_languages_show_the_same_picture(site):
    image = mill()
    article = make_article(
        language="zh-hans", cover=image, cover_alt="磨机", body=text_of(image, alt="窑")
    )
    cover, inside = pictures(site.get(article.get_absolute_url()).text)
    assert (cover["img"]["alt"], inside["img"]["alt"]) == ("磨机", "窑")
    assert_all_sizes(cover, image)
    assert_all_sizes(inside, image)


# --- larger than their place


def enlarged(html: str) -> list[str]:
    """Where the pictures lead that are larger than their place."""
    return re.findall(r'<a class="enlarge" href="([^"]*)"', html)


def test_pictures_larger_than_their_place_lead_to_their_large_file(site):
    cover, inside = mill(), mill()
    article = make_article(cover=cover, cover_alt="A mill", body=text_of(inside, alt="A kiln"))
    page = site.get(article.get_absolute_url()).text
    assert enlarged(page) == [f"/media/{image.stem}-1600.webp" for image in (cover, inside)]
    assert page.count("<dialog") == page.count("js/enlarge.js") == 1


@pytest.mark.parametrize(
    ("fields", "file"),
    [
        ({"width": 4000, "renditions": {"webp": [320, 1920]}}, "-1920.webp"),
        ({"width": 1000, "height": 9000, "renditions": {"webp": [320, 640]}}, ".jpg"),
        ({"renditions": {}}, ".jpg"),
    ],
)
def test_the_large_file_fills_a_screen(site, fields, file):
    image = mill(**fields)
    article = make_article(body=text_of(image, alt="A kiln"))
    assert enlarged(body_of(article)) == [f"/media/{image.stem}{file}"]


@pytest.mark.parametrize(
    ("fields", "drawn", "leads"),
    [
        ({"width": 688, "height": 400}, {}, False),
        ({"width": 689, "height": 400}, {}, True),
        ({"width": 500, "height": 737}, {}, True),
        ({"width": 500, "height": 300}, {"width": "499"}, True),
        ({"width": 500, "height": 300}, {"width": "500"}, False),
        ({"width": 500, "height": 300}, {"width": "600"}, False),
    ],
)
def test_a_picture_that_is_all_to_be_seen_leads_nowhere(site, fields, drawn, leads):
    article = make_article(body=text_of(mill(**fields), alt="A kiln", **drawn))
    page = site.get(article.get_absolute_url()).text
    assert bool(enlarged(page)) == leads
    assert page.count("<dialog") == page.count("js/enlarge.js") == leads


def test_a_small_cover_leads_nowhere(site):
    article = make_article(cover=mill(width=960, height=540), cover_alt="A mill")
    assert not enlarged(site.get(article.get_absolute_url()).text)


def test_a_picture_that_is_a_link_stays_the_link_that_it_is():
    linked, free = mill(), mill()
    body = (
        f'<p><a href="/en/">To <img src="{linked.url}" alt="A kiln"></a></p>'
        f'<p><a href="/en/">Home</a> <img src="{free.url}" alt="A mill"></p>'
    )
    assert enlarged(body_of(make_article(body=body))) == [free.large_url]


def test_a_picture_that_is_a_link_in_one_place_enlarges_in_another():
    image = mill()
    shown = f'<img src="{image.url}" alt="A kiln">'
    for body in (
        f'<p><a href="/en/">{shown}</a></p><p>{shown}</p>',
        f'<p>{shown}</p><p><a href="/en/">To {shown}</a></p>',
    ):
        page = body_of(make_article(body=body))
        assert enlarged(page) == [image.large_url]
        assert re.search(r'<a href="/en/"[^>]*>(?:To )?<picture>', page)


def test_covers_in_lists_lead_to_their_articles(site):
    make_article(cover=mill(), cover_alt="A mill")
    for address in ("/en/", "/en/news/"):
        assert not enlarged(site.get(address).text)
