"""QR codes, and the address at which an article's stands."""

import re
from xml.etree import ElementTree

import pytest
import segno

from news import qrcode
from tests.helpers import make_article

SVG = "{http://www.w3.org/2000/svg}"
ADDRESS = "http://testserver/zh-hans/news/7/zao-zhi-chang/"


def drawn(svg: bytes) -> list[list[int]]:
    """The modules that an SVG of ours draws, row by row, without the quiet zone."""
    code = ElementTree.fromstring(svg)
    size = int(code.attrib["viewBox"].split()[-1]) - 8
    rows = [[0] * size for _ in range(size)]
    x = y = 0.0
    line = code.findall(f"{SVG}path")[1].attrib["d"]
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", line):
        first, *rest = map(float, numbers.split())
        if command == "h":
            for column in range(int(x), int(x + first)):
                rows[int(y) - 4][column - 4] = 1
            x += first
        elif command == "M":
            x, y = first, rest[0]
        else:
            x, y = x + first, y + rest[0]
    return rows


@pytest.mark.once
def test_a_code_says_its_address_in_black_on_white():
    svg = qrcode.svg(ADDRESS)
    assert drawn(svg) == [list(row) for row in segno.make_qr(ADDRESS, error="m").matrix]
    assert b'fill="#fff"' in svg
    assert b'stroke="#000"' in svg


@pytest.mark.django_db
def test_an_articles_code_leads_to_it_by_a_short_address(site):
    article = make_article(language="zh-hans", title="造纸厂")
    answer = site.get(f"{article.get_absolute_url()}qr.svg?from=singlemessage")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "image/svg+xml"
    short = f"/zh-hans/news/{article.pk}/"
    assert answer.body == qrcode.svg(f"http://testserver{short}")
    assert site.get(short).headers["Location"] == article.get_absolute_url()
    assert site.get(article.get_qr_url(), if_none_match=answer.headers["ETag"]).status == 304


@pytest.mark.django_db
def test_a_code_at_another_address_leads_to_its_own(site):
    article = make_article()
    for address in (f"/en/news/{article.pk}/other/qr.svg", f"/zh-hans/news/{article.pk}/x/qr.svg"):
        moved = site.get(address)
        assert moved.status == 301
        assert moved.headers["Location"].endswith(article.get_qr_url())
    assert site.get("/en/news/999999/x/qr.svg").status == 404


@pytest.mark.django_db
def test_a_code_is_no_view_of_its_article(site):
    article = make_article()
    site.get(article.get_qr_url())
    assert '<span class="facts-number">1</span>' in site.get(article.get_absolute_url()).text
