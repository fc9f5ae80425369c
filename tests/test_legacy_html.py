"""Moving in: pages saved as HTML, and the encodings of all pages."""

from __future__ import annotations

from datetime import date

import pytest

from news import sanitize
from tests.legacy import CHINESE, HEADER, MILL, TEXT, body_of, html_page, page, parsed


def test_a_page_saved_as_html_is_read():
    mill = parsed(MILL.read_bytes(), is_html=True)
    assert mill.title == "Paper Mill in Nghe An Starts Production"
    assert (mill.day, mill.source, mill.volume) == (date(2021, 3, 2), "", 312)
    assert mill.canonical == "http://www.haisum.example/en/s/3224-8945-40112.html"
    body = sanitize.clean(mill.body).html
    assert body.startswith(
        "<p>The first roll of <strong>kraft paper</strong> left the machine in Nghe An on "
        "March 1.</p>\n<h2>From Trial to Full Speed</h2>\n<p>The machine runs at 850 metres a "
        "minute<sup>1</sup> and"
    )
    assert "<ul><li>Width: 5.6 metres</li><li>Output: 200,000 tonnes a year</li></ul>" in body
    assert "<tr><th>Month</th><th>Tonnes</th></tr><tr><td><p>March</p></td><td>4,100</td>" in body
    assert "<blockquote><p>A mill is finished" in body
    assert "<h2>Thanks to the Crew</h2>\n<p>Before the end came a word of thanks.</p>" in body
    for foreign in ("Paper Machine Lifted In", "Contact us", "Copyright", "Search", "hits"):
        assert foreign not in mill.body


def test_an_old_chinese_page_is_read():
    """In GB 18030, laid out with a table, paragraphs made of line breaks and indents."""
    chinese = parsed(CHINESE.read_bytes(), is_html=True)
    assert chinese.title == "公司承建的印尼浆纸项目投产"
    assert (chinese.day, chinese.source, chinese.volume) == (date(2019, 4, 9), "工程事业部", 56)
    assert chinese.body == (
        "<p>四月八日，公司承建的印尼浆纸项目一次投料成功，各项指标达到设计要求。</p>"
        "<p>业主代表表示，项目建设速度和质量令人满意。</p>"
    )


@pytest.mark.parametrize(
    ("inside", "body"),
    [
        ("<p>a<p>b", "<p>a</p>\n<p>b</p>"),
        ("<div>a<div>b</div>c</div>", "<p>a</p>\n<p>b</p>\n<p>c</p>"),
        ("a<br>b<br> <br>c", "<p>a<br>b</p><p>c</p>"),
        ("<p><font><b>a<br><br>b</b></font></p>", "<p><strong>a</strong></p><p><strong>b"),
        ("<p>a <i>b</i>c <o:p>d</o:p></p>", "<p>a <em>b</em>c d</p>"),
        ("<h1>A</h1><p>a</p><h6>B</h6><p>b</p>", "<h2>A</h2>\n<p>a</p>\n<h4>B</h4>\n<p>b</p>"),
        ("<p></p><p>&nbsp;</p><ul></ul><p>a</p>", "<p>a</p>"),
        ('<ol start="3"><li>a<li>b</ol>', '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("<ul><li>a<ul><li>b</ul>c</ul>", "<ul><li>a<ul><li>b</li></ul>c</li></ul>"),
        ("<li>a</li><li>b</li>", "<p>a</p>\n<p>b</p>"),
        ("<table><tr><td>a<p>b</table>", "<p>a</p>\n<p>b</p>"),
        ("<table><tr><td>a<td></table>", "<table><tbody><tr><td>a</td><td></td></tr></tbody>"),
        (
            "<table><tr><td>a<td><table><tr><td>b<td>c</table></table>",
            "<p>a</p>\n<table><tbody><tr><td>b</td><td>c</td></tr></tbody></table>",
        ),
        ("<script>x()</script><style>y</style><!-- z --><p onclick=x()>a</p>", "<p>a</p>"),
        ("<p>1 &lt; 2 &amp;amp; 3</p>", "<p>1 &lt; 2 &amp;amp; 3</p>"),
    ],
)
def test_html_is_written_anew(inside, body):
    assert body_of(inside).startswith(body)


def test_without_a_trailer_the_text_ends_with_what_holds_it():
    inside = f"<p><a>Print</a></p><div><p>{TEXT}</p><p>Then more.</p></div></div><p>Aside</p>"
    assert body_of(inside).endswith("<p>Then more.</p>")


@pytest.mark.parametrize(
    ("before", "title"),
    [
        ("<h1>Handed Over</h1>", "Handed Over"),
        ("<title>Handed Over - Haisum</title><h1>Haisum</h1><p>Handed Over</p>", "Handed Over"),
        ("<title>Handed Over - Haisum</title><h1>Handed<br>Over</h1>", "Handed Over"),
        ("<title>Handed Over</title><p>You are here:</p>", "Handed Over"),
        ("<p>You are here:</p><p>Handed Over</p>", "Handed Over"),
    ],
)
def test_the_title_is_found(before, title):
    assert parsed(f"{before}<p>{HEADER}</p><p>{TEXT}</p>", is_html=True).title == title


def test_a_text_file_may_turn_out_to_be_html():
    assert parsed("\n<!doctype html>" + html_page(f"<p>{TEXT}</p>")).body == f"<p>{TEXT}</p>"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encodings_are_recognised(encoding):
    source = page(title="海诚工程承建的项目投产", text="这是一段中文，说明项目的情况。")
    assert parsed(source.encode(encoding)).title == "海诚工程承建的项目投产"


def test_a_declared_encoding_is_believed_unless_the_page_is_utf_8():
    meta = '<meta charset="{}">'
    western = html_page("<p>Orléans</p>", meta.format("iso-8859-1")).encode("latin-1")
    traditional = html_page("<p>海誠工程</p>", meta.format("Big5")).encode("big5")
    converted = html_page("<p>海诚工程</p>", meta.format("gb2312")).encode()
    assert "Orléans" in parsed(western, is_html=True).body
    assert "海誠工程" in parsed(traditional, is_html=True).body
    assert "海诚工程" in parsed(converted, is_html=True).body
