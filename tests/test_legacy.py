"""Moving in: what pages of the old site become, and what is said about those that cannot."""

from __future__ import annotations

import io
import logging
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.db.models import F
from hypothesis import example, given
from hypothesis import strategies as st

from news import legacy
from news.models import Article, BrowsingVolume, Category, Edition, Image, OldAddress, Status
from tests.helpers import SITE_ZONE, make_article, make_category, make_user, picture_bytes

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parent / "data" / "legacy"
MILL = DATA / "good" / "3224-8945-40112.html"
PLANT = DATA / "good" / "water-plant.txt"
CHINESE = DATA / "good" / "3210-7001-30007.html"
ASSETS = DATA / "assets"
TODAY = date(2026, 3, 4)

HEADER = "Browsing volume:88 Hits: Source: Date:2023-11-08"
TEXT = "The works in Skive were handed over."


def page(
    title: str = "Works Handed Over", header: str = HEADER, text: str = TEXT, end: str = ""
) -> str:
    return f"{title}\n\n{header}\n\n{text}\n\n{end}"


def html_page(inside: str, head: str = "", header: str = HEADER) -> str:
    return (
        f"<html><head>{head}</head><body><div><h1>Works Handed Over</h1>"
        f"<p>{header}</p>{inside}</div></body></html>"
    )


def parsed(source: str | bytes, html: bool = False) -> legacy.Page:
    data = source if isinstance(source, bytes) else source.encode()
    return legacy.parse_page(data, html=html, today=TODAY)


def refused(source: str | bytes, html: bool = False) -> legacy.PageError:
    with pytest.raises(legacy.PageError) as error:
        parsed(source, html)
    return error.value


def write(folder: Path, name: str, source: str = "") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source or page())
    return file


def moved_in(*arguments: Any, **options: Any) -> str:
    """What the command says when all went well."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_legacy", *map(str, arguments), stdout=out, stderr=err, **options)
    assert not err.getvalue()
    return out.getvalue()


def failed(*arguments: Any) -> tuple[str, str]:
    """What the command says, and complains of, when some files could not be imported."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("import_legacy", *map(str, arguments), stdout=out, stderr=err)
    assert error.value.returncode == 1
    return out.getvalue(), err.getvalue()


def edit(article: Article, **fields: Any) -> None:
    """As a member of staff does in admin."""
    for name, value in {"modified_by": make_user(), **fields}.items():
        setattr(article, name, value)
    article.save()


# --- Reading text --------------------------------------------------------------------------------


def test_a_page_saved_as_text_is_read():
    plant = parsed(PLANT.read_bytes())
    assert plant.title == "Haisum Hands Over Water Treatment Plant in Semarang"
    assert (plant.day, plant.source) == (date(2021, 6, 18), "Central Java Daily")
    assert plant.volume == 1204
    blocks = plant.body.split("\n")
    assert blocks[0].endswith("before the date in the contract. It supplies 180,000 people.</p>")
    assert blocks[1] == "<h2>Built on Soft Ground</h2>"
    assert blocks[4].startswith("<ol><li>Design of the plant and of 14 km of pipes</li><li>Purch")
    assert blocks[5].startswith("<blockquote><p>“We opened the tap")
    assert "<li>96 % of the workers from the region, most of them trained on the" in blocks[7]
    assert blocks[8].endswith("<tr><td>2021</td><td>41,000</td></tr></tbody></table>")
    assert blocks[9].startswith("<p>Next article: so the owner joked")
    assert len(blocks) == 10


@pytest.mark.parametrize(
    "header",
    [
        "Browsing volume:88 Hits: Source:Xin Hua Date:2023-11-08",
        "Browsing volume: 88 Hits:\nSource: Xin Hua\nDate: 2023-11-08",
        "Browsing volume:88\n\nHits: Source:\nXin Hua\n\nDate:\n2023/11/8",
        "browsing  volume：８８ hits：source：Xin Hua date：2023.11.08 09:30:00",
        "浏览量：88 次 来源：Xin Hua 日期：2023年11月8日",
        "浏览次数:88 来源:Xin Hua 发布时间:2023-11-08",
    ],
)
def test_the_header_line_is_read_however_it_was_written(header):
    one = parsed(page(header=header))
    assert (one.volume, one.source, one.day) == (88, "Xin Hua", date(2023, 11, 8))
    assert one.body == f"<p>{TEXT}</p>"


def test_the_text_may_follow_without_a_blank_line():
    assert parsed(f"Title\n{HEADER}\n{TEXT}\nIt\nwas.").body == f"<p>{TEXT} It was.</p>"
    assert parsed(f"Title\n{HEADER} {TEXT}").body == f"<p>{TEXT}</p>"
    chinese = parsed("标题\n浏览量:1 来源: 日期:2023-11-08\n日本代表团来访，\n受到欢迎。")
    assert chinese.body == "<p>日本代表团来访，受到欢迎。</p>"


def test_a_title_may_stand_on_the_header_line():
    assert parsed(f"Works Handed Over {HEADER}\n\n{TEXT}").title == "Works Handed Over"


@pytest.mark.parametrize(
    "end",
    [
        "Related news:\nLast one:\nNext article:",
        "Related news: Last one: Next article:",
        "Related news:\n\nA\nB\n\nLast one: C\n\nNext article: D",
        "Last one:\nC\nNext article:\nD",
        "related news\nA",
        "相关新闻：\n上一篇：甲\n下一篇：没有了",
    ],
)
def test_what_leads_to_other_articles_is_no_part_of_the_text(end):
    assert parsed(page(end=end)).body == f"<p>{TEXT}</p>"


@pytest.mark.parametrize(
    "paragraph",
    [
        "He said that the related news: was good, and the next article: better.",
        "Related news was exchanged.",
        "Next article: " + "a paragraph of the contract that is longer than a title. " * 6,
    ],
)
def test_a_paragraph_with_the_same_words_stays(paragraph):
    assert parsed(page(text=f"{TEXT}\n\n{paragraph}\n\nIt ends.")).body.count("<p>") == 3


@pytest.mark.parametrize(
    "line",
    [
        "Not at all a heading.",
        "Photo: Chen Wei",
        "not capital",
        "One, Two, Three",
        "A Line That Has Very Many Words And So Is None At All",
        "42",
        "“Quoted”, he said",
    ],
)
def test_in_doubt_a_short_line_is_a_paragraph(line):
    assert "<h2>" not in parsed(page(text=f"{TEXT}\n\n{line}\n\nIt went on.")).body


@pytest.mark.parametrize("line", ["Progress on Site", "1. Progress", "工程进展", "## Progress"])
def test_a_short_line_above_a_paragraph_is_a_sub_heading(line):
    body = parsed(page(text=f"{TEXT}\n\n{line}\n\nIt went on.")).body
    assert f"<h2>{line.removeprefix('## ')}</h2>" in body


def test_a_short_line_at_the_end_is_no_sub_heading():
    assert "<h2>" not in parsed(page(text=f"{TEXT}\n\nChen Wei")).body


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
        ("•one\n\n•two", "<ul><li>one</li><li>two</li></ul>"),
        ("3) c\n4) d", '<ol start="3"><li>c</li><li>d</li></ol>'),
        ("（1）甲\n（2）乙", "<ol><li>甲</li><li>乙</li></ol>"),
        ("- alone.", "<p>- alone.</p>"),
        ("1. one.\n\n3. three.", "<p>1. one.</p>\n<p>3. three.</p>"),
        ("2023.11 was the month.\n2024.1 too.", "<p>2023.11 was the month. 2024.1 too.</p>"),
        ("> a\n> b\n>\n> c", "<blockquote><p>a b</p><p>c</p></blockquote>"),
        ("a\tb", "<p>a b</p>"),
        ("a\tb\nc", "<p>a b</p>\n<p>c</p>"),
        ("1 < 2 & <script>x</script>", "<p>1 &lt; 2 &amp; &lt;script&gt;x&lt;/script&gt;</p>"),
    ],
)
def test_lists_quotations_and_tables_in_text(text, body):
    assert parsed(page(text=text)).body == body


# --- Reading HTML --------------------------------------------------------------------------------


def test_a_page_saved_as_html_is_read():
    mill = parsed(MILL.read_bytes(), html=True)
    assert mill.title == "Paper Mill in Nghe An Starts Production"
    assert (mill.day, mill.source, mill.volume) == (date(2021, 3, 2), "", 312)
    assert mill.canonical == "http://www.haisum.example/en/s/3224-8945-40112.html"
    assert mill.pictures == ("../../upload/2021/mill.jpg", "/upload/2021/lost.jpg")
    assert mill.body.startswith(
        "<p>The first roll of <strong>kraft paper</strong> left the machine in Nghe An on "
        "March 1.</p>\n<h2>From Trial to Full Speed</h2>\n<p>The machine runs at 850 metres a "
        "minute<sup>1</sup> and"
    )
    assert "<ul><li>Width: 5.6 metres</li><li>Output: 200,000 tonnes a year</li></ul>" in mill.body
    assert "<tr><th>Month</th><th>Tonnes</th></tr><tr><td>March</td><td>4,100</td>" in mill.body
    assert "<blockquote><p>A mill is finished" in mill.body
    assert "<h2>Thanks to the Crew</h2>\n<p>Before the end came a word of thanks.</p>" in mill.body
    for foreign in ("Paper Machine Lifted In", "Contact us", "Copyright", "Search", "hits"):
        assert foreign not in mill.body


def test_an_old_chinese_page_is_read():
    """In GB 18030, laid out with a table, paragraphs made of line breaks and indents."""
    chinese = parsed(CHINESE.read_bytes(), html=True)
    assert chinese.title == "公司承建的印尼浆纸项目投产"
    assert (chinese.day, chinese.source, chinese.volume) == (date(2019, 4, 9), "工程事业部", 56)
    assert chinese.body == (
        "<p>四月八日，公司承建的印尼浆纸项目一次投料成功，各项指标达到设计要求。</p>\n"
        "<p>业主代表表示，项目建设速度和质量令人满意。</p>"
    )


@pytest.mark.parametrize(
    ("inside", "body"),
    [
        ("<p>a<p>b", "<p>a</p>\n<p>b</p>"),
        ("<div>a<div>b</div>c</div>", "<p>a</p>\n<p>b</p>\n<p>c</p>"),
        ("a<br>b<br><br>c", "<p>a<br>b</p>\n<p>c</p>"),
        ("<b>a<p>b</p></b>", "<p><strong>a</strong></p>\n<p><strong>b</strong></p>"),
        ("<p>a <i>b</i>c <b></b> d</p>", "<p>a <em>b</em>c d</p>"),
        ("<p>a <b> b</b></p>", "<p>a <strong>b</strong></p>"),
        ("<h1>A</h1><p>a</p><h6>B</h6><p>b</p>", "<h2>A</h2>\n<p>a</p>\n<h4>B</h4>\n<p>b</p>"),
        ("<p></p><p>&nbsp;</p><ul></ul><p>a</p>", "<p>a</p>"),
        (
            "<ol start=3><li><p>a</p><p>b</p><li>c</ol>",
            '<ol start="3"><li>a<br>b</li><li>c</li></ol>',
        ),
        ("<ul><li>a<ul><li>b</ul>c</ul>", "<ul><li>a<ul><li>b</li></ul>c</li></ul>"),
        ("<li>a</li><li>b</li>", "<p>a</p>\n<p>b</p>"),
        ("<table><tr><td>a<p>b</table>", "<p>a</p>\n<p>b</p>"),
        (
            "<table><tr><td>a<td></table>",
            "<table><tbody><tr><td>a</td><td></td></tr></tbody></table>",
        ),
        (
            "<table><tr><td>a<td><table><tr><td>b<td>c</table></table>",
            "<p>a</p>\n<table><tbody><tr><td>b</td><td>c</td></tr></tbody></table>",
        ),
        ("<p>a</p><hr><p>b</p><hr>", "<p>a</p>\n<hr>\n<p>b</p>"),
        ("<script>x()</script><style>y</style><!-- z --><p onclick=x()>a</p>", "<p>a</p>"),
        ("<p>1 &lt; 2 &amp;amp; 3</p>", "<p>1 &lt; 2 &amp;amp; 3</p>"),
    ],
)
def test_html_is_written_anew(inside, body):
    assert parsed(html_page(inside), html=True).body == body


def test_the_text_ends_with_what_holds_it():
    inside = f"<p><a>Print</a></p><div><p>{TEXT}</p><p>Then more.</p></div></div><p>Aside</p>"
    assert parsed(html_page(inside), html=True).body.endswith("<p>Then more.</p>")


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
    assert parsed(f"{before}<p>{HEADER}</p><p>{TEXT}</p>", html=True).title == title


def test_a_text_file_may_turn_out_to_be_html():
    assert parsed("\n<!doctype html>" + html_page(f"<p>{TEXT}</p>")).body == f"<p>{TEXT}</p>"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "gb18030"])
def test_encodings_are_recognised(encoding):
    source = page(title="海诚工程承建的项目投产", text="这是一段中文，说明项目的情况。")
    assert parsed(source.encode(encoding)).title == "海诚工程承建的项目投产"


def test_a_declared_encoding_is_believed_unless_the_page_is_utf_8():
    meta = '<meta charset="{}">'
    western = html_page("<p>Orléans</p>", meta.format("iso-8859-1")).encode("latin-1")
    traditional = html_page("<p>海誠工程</p>", meta.format("Big5")).encode("big5")
    converted = html_page("<p>海诚工程</p>", meta.format("gb2312")).encode()
    assert "Orléans" in parsed(western, html=True).body
    assert "海誠工程" in parsed(traditional, html=True).body
    assert "海诚工程" in parsed(converted, html=True).body


# --- What cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "reason", "line"),
    [
        ("", "empty", 1),
        (" \r\n\ufeff", "empty", 1),
        ("Title\n\nText", "no header line", 3),
        ("Title\nBrowsing volume:8 Hits: Source:\n\nText", "has no date", 2),
        (page(header="Browsing volume:8 Hits: Source: Date:"), "date is missing", 3),
        (page(header="Browsing volume:8 Hits: Date:2021-02-30"), "in no calendar", 3),
        (page(header="Browsing volume:8 Hits:\nDate:soon"), "bad date: 'soon'", 4),
        (page(header="Browsing volume:8 Hits:\nDate:1949-10-01"), "before 1990", 4),
        (page(header="Browsing volume:8 Hits:\nDate:2026-03-06"), "in the future", 4),
        (page(header="Browsing volume:-8 Hits: Date:2021-02-03"), "negative: -8", 3),
        (page(header="Browsing volume:2000000001 Hits: Date:2021-02-03"), "absurd", 3),
        (page(header=f"Browsing volume:{'9' * 5000} Date:2021-02-03"), "absurd", 3),
        (page(header="Browsing volume:many Hits: Date:2021-02-03"), "no number: 'many'", 3),
        (page(header="Browsing volume: Hits: Date:2021-02-03"), "has no number", 3),
        (f"{HEADER}\n\n{TEXT}", "no title", 1),
        (page(title="Title " * 50), "title is longer than 250", 1),
        (page(header=HEADER.replace("Source:", f"Source:{'x' * 121}")), "source is longer", 3),
        (page(text="", end="Related news:"), "no text after the header", 3),
        (page(text="a\n\x00"), "control byte 0x00", 6),
        (page(text="a\n\x1b[31m"), "control byte 0x1b", 6),
    ],
)
def test_a_broken_page_is_refused_with_its_line(source, reason, line):
    error = refused(source)
    assert reason in error.reason
    assert error.line == line


@pytest.mark.parametrize(
    ("source", "reason", "line"),
    [
        ((DATA / "broken" / "latin1.txt").read_bytes(), "byte 88 (0xe9) is not UTF-8", 5),
        ("\ufeffa\nb".encode("utf-16-le") + b"\xd8", "is not UTF-16", 2),
        (b'<meta charset="utf-7">\ncaf\xe9 ', "byte 26 (0xe9) is not UTF-8", 2),
        (b'<meta charset="windows-1252">\ncaf\x81', "byte 33 (0x81) is not UTF-8", 2),
    ],
)
def test_a_wrong_encoding_is_refused_with_its_byte(source, reason, line):
    error = refused(source, html=True)
    assert reason in error.reason
    assert error.line == line


def test_lines_of_html_are_those_of_the_file():
    source = f'<h1\n\nclass="a">Title</h1>\n<!--\n\n--><script>\n\n</script>\n<p>\n{HEADER}\n<p>x'
    wrong = source.replace("2023-11-08", "2023-13-08")
    assert refused(wrong, html=True).line == source[: source.index("Browsing")].count("\n") + 1


def test_a_page_nested_beyond_reason_is_refused_at_once():
    assert "inside each other" in refused("\n" + "<div>" * 90_000, html=True).reason


def test_a_huge_file_is_refused():
    assert "larger than 10 MB" in refused(b"a" * (10 * 1024 * 1024 + 1)).reason


PIECES = st.sampled_from(
    f"{HEADER}|Title\n{HEADER}\nText\n|"
    "Title|\n|\n\n|\t| |Browsing volume:|浏览量：|8|-|,|9999999999999| Hits:|Source:|Date:|日期：|"
    "2023-11-08|2023-02-31|Text.|Related news:|Next article:|1. |- |> |“|”|<p>|</p>|<table>|<td>|"
    "<li>|<ul>|<h1>|</h1>|<b>|<br>|<img src=a>|<a href='x'>|<title>|<div|\ue0001\ue001|&|<!--|]]>|"
    "<iframe>|<hr>|</table>|</ul>|</div>|<svg>|<math>|<plaintext>|\u3000|\xa0|\x00|<![CDATA[".split(
        "|"
    )
)


@given(st.binary() | st.lists(PIECES).map(lambda parts: "".join(parts).encode()), st.booleans())
@example(b"\xef\xbb\xbf\xff", False)
@example(b"<![x[" + HEADER.encode(), True)
def test_no_bytes_break_the_reader(data, html):
    try:
        one = legacy.parse_page(data, html=html, today=TODAY)
    except legacy.PageError:
        return
    assert one.title
    assert one.body


# --- Importing -----------------------------------------------------------------------------------

OLD = "/en/s/3224-8945-40155.html"


@pytest.fixture
def table(tmp_path):
    """Writes a map of old addresses."""
    return lambda *rows: write(tmp_path, "map.csv", "\n".join(rows))


def test_a_page_becomes_a_published_article(site, table):
    said = moved_in(PLANT, "--map", table(f"{PLANT.name},{OLD}"))
    article = Article.objects.get()
    assert article.title == "Haisum Hands Over Water Treatment Plant in Semarang"
    assert (article.status, article.language) == (Status.PUBLISHED, "en")
    assert article.published_at == datetime(2021, 6, 18, tzinfo=SITE_ZONE)
    assert article.source == "Central Java Daily"
    assert article.category.slug == "news"
    assert "<h2>Built on Soft Ground</h2>" in article.body
    assert "Built on Soft Ground" in article.body_text
    assert article.modified_by is None
    volume = article.browsing_volume
    assert (volume.carried_over, volume.total) == (1204, 1204)
    answer = site.get(OLD)
    assert (answer.status, answer.headers["Location"]) == (301, article.get_absolute_url())
    assert "1 file: 1 created, 0 updated, 0 unchanged, 0 kept, 0 failed" in said


def test_its_page_shows_the_carried_over_number_and_the_views_since(site):
    moved_in(PLANT)
    address = Article.objects.get().get_absolute_url()
    first, second = site.get(address), site.get(address)
    assert "1205" in first.text.replace(",", "")
    assert "1206" in second.text.replace(",", "")


def test_a_second_run_changes_nothing():
    """Not even the edition: readers' caches stay good."""
    moved_in(DATA / "good", DATA / "columns", "--assets", ASSETS, "--base-path", "/en/s/")
    before = [*Article.objects.values(), *BrowsingVolume.objects.values(), *Image.objects.values()]
    edition = Edition.objects.get().number
    said = moved_in(DATA / "good", DATA / "columns", "--assets", ASSETS, "--base-path", "/en/s/")
    assert "5 files: 0 created, 0 updated, 5 unchanged" in said
    after = [*Article.objects.values(), *BrowsingVolume.objects.values(), *Image.objects.values()]
    assert (after, Edition.objects.get().number) == (before, edition)


def test_a_changed_page_updates_its_article_and_keeps_the_views(tmp_path):
    file = write(tmp_path, "3224-8945-7.txt")
    moved_in(file, "--base-path", "/en/s")
    article = Article.objects.get()
    BrowsingVolume.objects.filter(pk=article.pk).update(total=F("total") + 3)
    write(tmp_path, file.name, page("Another Title", HEADER.replace("88", "100"), "Another text."))
    assert "1 updated" in moved_in(file, "--base-path", "/en/s/")
    article = Article.objects.get()
    assert (article.title, article.body) == ("Another Title", "<p>Another text.</p>")
    assert (article.browsing_volume.carried_over, article.browsing_volume.total) == (100, 103)
    assert article.slug == "works-handed-over"


def test_without_an_old_address_a_page_is_known_by_title_and_date(tmp_path):
    file = write(tmp_path, "a.txt")
    assert "1 without an old address" in moved_in(file)
    write(tmp_path, "a.txt", page(text="Another text."))
    assert "1 updated" in moved_in(file)
    assert Article.objects.get().body == "<p>Another text.</p>"
    write(tmp_path, "a.txt", page(header=HEADER.replace("11-08", "11-09")))
    assert "1 created" in moved_in(file)


def test_an_address_is_added_to_what_is_here_already(tmp_path, table):
    file = write(tmp_path, "a.txt")
    moved_in(file)
    assert "1 updated" in moved_in(file, "--map", table(f"a.txt,https://old.example{OLD}"))
    assert OldAddress.objects.get().path == OLD
    assert Article.objects.count() == 1


def test_articles_of_one_date_keep_the_order_of_their_old_numbers(tmp_path):
    for number in (30, 4, 200):
        write(tmp_path, f"3224-8945-{number}.txt", page(f"Number {number}"))
    write(tmp_path, "early.txt", page("Early", HEADER.replace("2023", "2022")))
    moved_in(tmp_path)
    titles = Article.objects.order_by("pk").values_list("title", flat=True)
    assert list(titles) == ["Early", "Number 4", "Number 30", "Number 200"]


def test_language_and_category_are_chosen():
    make_category("Projects", "zh-hans", slug="projects")
    moved_in(CHINESE, "--language", "zh-hans", "--category", "projects")
    article = Article.objects.get()
    assert (article.language, article.category.slug) == ("zh-hans", "projects")
    assert article.source == "工程事业部"
    assert article.slug == "gong-si-cheng-jian-de-yin-ni-jiang-zhi-xiang-mu-tou-chan"


def test_the_column_in_the_old_address_chooses_the_category(tmp_path, table):
    make_category("Projects", slug="projects")
    make_category("Company", slug="company")
    write(tmp_path, "3224-8945-1.txt", page("One"))
    write(tmp_path, "two.txt", page("Two"))
    write(tmp_path, "three.txt", page("Three"))
    moved_in(
        tmp_path,
        *("--column-map", "8945=projects,8818=company", "--category", "company"),
        *("--map", table("two.txt,/en/s/3224-8945-2.html")),
    )
    filed = dict(Article.objects.values_list("title", "category__slug"))
    assert filed == {"One": "projects", "Two": "projects", "Three": "company"}


def test_the_default_category_is_not_given_back_to_articles_that_staff_moved(tmp_path):
    file = write(tmp_path, "a.txt")
    moved_in(file)
    Category.objects.update(slug="reports")
    assert "1 unchanged" in moved_in(file)
    assert Category.objects.get().slug == "reports"


@pytest.mark.parametrize("option", ["--category=sport", "--column-map=8945=sport"])
def test_an_unknown_category_is_answered_with_those_there_are(option):
    make_category("Projects", slug="projects")
    with pytest.raises(CommandError, match="no category sport in language en; there are: projects"):
        moved_in(PLANT, option)
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    "option",
    [
        "--column-map=8945",
        "--column-map=8945=",
        "--column-map=x=projects",
        "--column-map=1=projects,1=company",
        "--base-path=en/s",
        "--base-path=ftp://x/en/",
        "--assets=/no/such/folder",
        "--language=fr",
        "--map=/no/such/file.csv",
    ],
)
def test_a_wrong_option_stops_the_run_before_it_begins(option):
    with pytest.raises(CommandError):
        moved_in(PLANT, option)
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a.txt", "line 2: two columns are needed"),
        ("a.txt,/en/s/1.html,more", "line 2: two columns are needed"),
        (",/en/s/1.html", "line 2: two columns are needed"),
        ("a.txt,en/s/1.html", "line 2: 'en/s/1.html' is no address of the old site"),
        ("a.txt,http://[/1.html", "line 2: .* is no address"),
        ("a.txt,/" + "x" * 600, "line 2: .* too long"),
        ("b.txt,/en/s/0.html", "line 2: /en/s/0.html is already the address of a.txt"),
        ('a.txt,"/en', "line 2: unexpected end"),
    ],
)
def test_a_wrong_row_of_the_map_is_named(table, row, reason):
    with pytest.raises(CommandError, match=reason):
        moved_in(PLANT, "--map", table("a.txt,/en/s/0.html", row))


def test_a_map_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "map.csv").write_bytes(b"caf\xe9.txt,/en/")
    with pytest.raises(CommandError, match="cannot be read"):
        moved_in(PLANT, "--map", tmp_path / "map.csv")


def test_a_map_may_name_folders_several_addresses_and_files_that_are_not_there(tmp_path, table):
    write(tmp_path, "2022/index.txt", page("One"))
    write(tmp_path, "2023/index.txt", page("Two"))
    said = moved_in(
        tmp_path,
        "--map",
        table(
            "\ufefffile,address",
            "2022/index.txt,/a.html",
            "2023/index.txt,/show.aspx?id=%E6%B5%B7",
            "2023/index.txt,/%E6%B5%B7.html",
            "lost.txt,/lost.html",
        ),
    )
    assert "the map names lost.txt, which was not given" in said
    rows = OldAddress.objects.values_list("path", "article__title")
    assert set(rows) == {
        ("/a.html", "One"),
        ("/海.html", "Two"),
        ("/show.aspx?id=%E6%B5%B7", "Two"),
    }


# --- One article in several columns --------------------------------------------------------------


def test_an_article_that_stood_in_two_columns_is_one(site):
    said = moved_in(DATA / "columns", "--base-path", "/en/s/")
    assert "2 files: 1 created, 1 updated" in said
    article = Article.objects.get()
    for column in (8945, 8818):
        answer = site.get(f"/en/s/3224-{column}-40200.html")
        assert (answer.status, answer.headers["Location"]) == (301, article.get_absolute_url())
    assert (article.browsing_volume.carried_over, article.browsing_volume.total) == (75, 75)


def test_columns_imported_one_after_the_other_do_not_take_turns(tmp_path):
    make_category("Projects", slug="projects")
    make_category("Company", slug="company")
    first = write(tmp_path, "3224-8945-7.txt", page(text="The first text."))
    second = write(
        tmp_path, "3224-8818-7.txt", page(text="Another.", header=HEADER.replace("88", "99"))
    )
    options = "--base-path=/en/s/", "--column-map=8945=projects,8818=company"
    assert "1 created" in moved_in(first, *options)
    said = moved_in(second, *options)
    assert "1 updated" in said
    assert "again; the text of the first file counts" in said
    for file in (first, second, first):
        assert "1 unchanged" in moved_in(file, *options)
    article = Article.objects.get()
    assert (article.body, article.category.slug) == ("<p>The first text.</p>", "projects")
    assert article.browsing_volume.carried_over == 99
    assert article.old_addresses.count() == 2


def test_the_same_title_and_date_with_another_number_is_another_article(tmp_path):
    for number in (7, 8):
        write(tmp_path, f"3224-8945-{number}.txt", page("Notice", text=f"Number {number}."))
    for options in ([], [], ["--base-path", "/en/s/"], ["--base-path", "/en/s/"]):
        moved_in(tmp_path, *options)
        assert Article.objects.count() == 2
    for number in (7, 8):
        old = OldAddress.objects.get(path=f"/en/s/3224-8945-{number}.html")
        assert old.article.body == f"<p>Number {number}.</p>"


def test_two_files_cannot_share_an_address_and_be_two_articles(tmp_path):
    canonical = '<link rel="canonical" href="/en/s/one.html">'
    write(tmp_path, "a.html", html_page(f"<p>{TEXT}</p>", canonical))
    write(tmp_path, "b.html", html_page(f"<p>{TEXT}</p>", canonical).replace("Over</h1>", "</h1>"))
    out, err = failed(tmp_path)
    assert "b.html: its old address /en/s/one.html is also that of a.html" in err
    assert "1 created" in out


def test_an_address_that_is_taken_is_not_taken_away(tmp_path, table):
    file = write(tmp_path, "a.txt")
    OldAddress.objects.create(path="/about.html", target="/en/")
    _, err = failed(file, "--map", table("a.txt,/about.html"))
    assert "/about.html already leads to /en/" in err
    chinese = make_article(language="zh-hans")
    OldAddress.objects.create(path="/zh.html", article=chinese)
    _, err = failed(file, "--map", table("a.txt,/zh.html"))
    assert "/zh.html belongs to the other language" in err
    OldAddress.objects.create(path="/1.html", article=make_article())
    OldAddress.objects.create(path="/2.html", article=make_article())
    _, err = failed(file, "--map", table("a.txt,/1.html", "a.txt,/2.html"))
    assert "its old addresses belong to two articles" in err


def test_a_home_page_named_as_canonical_is_no_address(tmp_path):
    canonical = '<link rel="canonical" href="http://old.example/">'
    moved_in(write(tmp_path, "a.html", html_page(f"<p>{TEXT}</p>", canonical)))
    assert not OldAddress.objects.exists()


# --- What staff did since ------------------------------------------------------------------------


def test_an_article_that_staff_edited_is_kept(tmp_path):
    file = write(tmp_path, "3224-8945-7.txt")
    moved_in(file, "--base-path=/en/s/")
    edit(Article.objects.get(), title="A Better Title", body="<p>Better.</p>")
    before = Article.objects.values().get()
    write(tmp_path, file.name, page(header=HEADER.replace("88", "100"), text="Changed again."))
    said = moved_in(file, "--base-path=/en/s/")
    assert "0 updated, 0 unchanged, 1 kept" in said
    assert "was edited since; its text is kept" in said
    assert Article.objects.values().get() == before
    # Its number is no work of theirs, and goes on being carried over.
    assert BrowsingVolume.objects.get().carried_over == 100


def test_overwrite_gives_the_old_text_back(tmp_path):
    file = write(tmp_path, "3224-8945-7.txt")
    moved_in(file, "--base-path=/en/s/")
    edit(Article.objects.get(), title="A Better Title", body="<p>Better.</p>")
    assert "1 updated" in moved_in(file, "--base-path=/en/s/", "--overwrite")
    article = Article.objects.get()
    assert (article.title, article.body) == ("Works Handed Over", f"<p>{TEXT}</p>")
    assert article.modified_by is None
    assert "1 unchanged" in moved_in(file, "--base-path=/en/s/")


def test_an_edit_that_left_the_page_as_it_was_is_no_difference(tmp_path):
    file = write(tmp_path, "a.txt")
    moved_in(file)
    edit(Article.objects.get(), summary="In short.")
    assert "1 unchanged" in moved_in(file)


@pytest.mark.parametrize(
    "decision",
    [{"status": Status.WITHDRAWN}, {"binned_at": datetime(2026, 1, 1, tzinfo=SITE_ZONE)}],
)
def test_what_staff_took_away_does_not_come_back(tmp_path, decision):
    file = write(tmp_path, "a.txt")
    moved_in(file)
    Article.objects.update(**decision)
    write(tmp_path, "a.txt", page(text="Changed."))
    assert "1 kept" in moved_in(file)
    assert "1 updated" in moved_in(file, "--overwrite")
    assert not Article.objects.public().exists()
    assert Article.objects.get().body == "<p>Changed.</p>"


# --- Broken files --------------------------------------------------------------------------------


def test_broken_files_are_named_and_the_others_imported(tmp_path):
    folder = shutil.copytree(DATA / "broken", tmp_path / "pages")
    shutil.copy(PLANT, folder)
    out, err = failed(folder)
    assert "8 files: 1 created, 0 updated, 0 unchanged, 0 kept, 7 failed" in out
    for name, reason in {
        "absurd.txt": "line 3: the browsing volume is absurd: 88888888888",
        "bad-date.txt": "line 5: bad date: '2021-02-30' is in no calendar",
        "binary.html": "line 3: this is no text: it has the control byte 0x00",
        "empty.html": "line 1: the file is empty",
        "latin1.txt": "line 5: wrong encoding: byte 88 (0xe9) is not UTF-8",
        "negative.txt": "line 3: the browsing volume is negative: -3",
        "no-header.txt": "line 3: no header line",
    }.items():
        assert f"{folder / name}: {reason}" in err
    assert Article.objects.get().source == "Central Java Daily"


@pytest.mark.django_db(transaction=True)
def test_nothing_is_half_imported(tmp_path, monkeypatch):
    """The last step of a page fails: no article, address, category or picture of it stays."""

    def fail(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(BrowsingVolume.objects, "get_or_create", fail)
    stored = set(stored_files())
    _, err = failed(MILL, "--assets", ASSETS)
    assert f"{MILL}: the disk is full" in err
    for model in (Article, OldAddress, Category, Image):
        assert not model.objects.exists()
    assert set(stored_files()) == stored


def stored_files() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_path_that_is_not_there_stops_the_run(tmp_path):
    with pytest.raises(CommandError, match=r"Nothing was imported: .*missing\\n: No such file"):
        moved_in(PLANT, tmp_path / "missing\n")
    assert not Article.objects.exists()


def test_folders_give_text_and_html_and_nothing_else(tmp_path):
    for name in ("a.txt", "b.HTM", "deep/er/c.html", "odd\nname.txt"):
        write(tmp_path, name, page(name) if name.endswith("txt") else html_page(name))
    for name in (".hidden.txt", ".git/d.txt", "e.pdf", "b_files/f.html"):
        write(tmp_path, name, "no page")
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "again.txt").symlink_to(tmp_path / "a.txt")
    said = moved_in(tmp_path, tmp_path / "a.txt", "-v2")
    assert "4 files" in said
    assert "odd\\nname.txt" in said


def test_a_file_that_is_named_is_tried_whatever_its_name(tmp_path):
    assert "1 created" in moved_in(write(tmp_path, ".page"))
    (tmp_path / "loop.txt").symlink_to(tmp_path / "gone.txt")
    _, err = failed(tmp_path)
    assert "loop.txt: the file cannot be read" in err


# --- Pictures ------------------------------------------------------------------------------------


def test_pictures_of_a_page_enter_the_library(site):
    said = moved_in(MILL, "--assets", ASSETS)
    article, image = Article.objects.get(), Image.objects.get()
    assert image.title.startswith("upload/2021/mill.jpg [")
    assert (image.alt, image.width, image.height) == ("The machine hall", 64, 36)
    expected = f'<img src="{image.file.url}" alt="The machine hall" width="64" height="36">'
    assert f"<p>{expected}</p>" in article.body
    assert article.body.count("<img") == 1
    assert "picture missing: /upload/2021/lost.jpg" in said
    assert "left out: 1 embedded video or frame" in said
    assert "<p></p>" not in article.body


def test_links_of_a_page_are_made_whole():
    moved_in(MILL)
    assert 'href="/en/s/3224-8945-39001.html"' in Article.objects.get().body
    assert "javascript" not in Article.objects.get().body


def test_a_picture_that_comes_later_is_added(tmp_path):
    assets = shutil.copytree(ASSETS, tmp_path / "assets")
    moved_in(MILL, "--assets", assets)
    (assets / "upload/2021/lost.jpg").write_bytes(picture_bytes("PNG", (40, 30)))
    assert "1 updated" in moved_in(MILL, "--assets", assets)
    assert Article.objects.get().body.count("<img") == 2
    assert Image.objects.count() == 2


def test_pictures_stay_when_their_folder_is_not_given_again():
    moved_in(MILL, "--assets", ASSETS)
    assert "1 unchanged" in moved_in(MILL)
    assert Article.objects.get().body.count("<img") == 1


def test_one_picture_under_several_names_is_one_in_the_library(tmp_path):
    inside = '<p>a<img src="a.png"><img src="b/a.png?v=2"><img src="http://x/c/a%20b.png"></p>'
    for name in ("a.png", "b/a.png", "a b.png"):
        write(tmp_path, f"assets/{name}").write_bytes(picture_bytes("PNG"))
    moved_in(write(tmp_path, "a.html", html_page(inside)), "--assets", tmp_path / "assets")
    moved_in(write(tmp_path, "b.html", html_page(inside)), "--assets", tmp_path / "assets")
    assert Image.objects.count() == 1
    assert Article.objects.get().body.count("<img") == 3


def test_two_sites_may_use_one_path_for_two_pictures(tmp_path):
    for site, colour in (("en", "JPEG"), ("zh", "PNG")):
        write(tmp_path, f"{site}/up/a.jpg").write_bytes(picture_bytes(colour))
        file = write(tmp_path, f"{site}/a.html", html_page(f'<p>{site}<img src="/up/a.jpg"></p>'))
        moved_in(file.rename(file.with_name(f"3224-1-{len(colour)}.html")), "--assets", file.parent)
    assert Image.objects.count() == 2


@pytest.mark.parametrize(
    ("src", "said"),
    [
        ("broken.jpg", "picture left out: broken.jpg: This file is not a picture"),
        ("../outside.png", "picture missing: ../outside.png"),
        ("/etc/passwd", "picture missing: /etc/passwd"),
        ("link.png", "picture missing: link.png"),
        ("data:image/png;base64,iVBORw0KGgo=", "picture missing: data:image/png"),
        ("http://[/a.png", "1 created"),
        ("x" * 300 + ".png", "picture missing: xxx"),
        ("", "1 created"),
    ],
)
def test_a_picture_that_cannot_be_had_is_left_out(tmp_path, src, said):
    write(tmp_path, "outside.png").write_bytes(picture_bytes("PNG"))
    write(tmp_path, "assets/broken.jpg", "no picture")
    (tmp_path / "assets" / "link.png").symlink_to(tmp_path / "outside.png")
    file = write(tmp_path, "a.html", html_page(f'<p>{TEXT}<img src="{src}"></p>'))
    assert said in moved_in(file, "--assets", tmp_path / "assets")
    assert Article.objects.get().body == f"<p>{TEXT}</p>"
    assert not Image.objects.exists()


def test_a_picture_too_large_is_left_out(settings):
    settings.PICTURE_MAX_BYTES = 10
    assert "picture left out: ../../upload/2021/mill.jpg" in moved_in(MILL, "--assets", ASSETS)


# --- The run -------------------------------------------------------------------------------------


def test_a_dry_run_says_all_and_writes_nothing():
    folders = DATA / "good", DATA / "columns"
    options = "--assets", ASSETS, "--base-path", "/en/s/"
    said = moved_in(*folders, *options, "--dry-run")
    for model in (Article, OldAddress, Category, Image, BrowsingVolume):
        assert not model.objects.exists()
    assert f"created: {MILL}" in said
    assert "Dry run, nothing was written. 5 files: 4 created, 1 updated, 0 unchanged" in said
    assert "4 created, 1 updated, 0 unchanged" in moved_in(*folders, *options)
    assert "0 created, 0 updated, 5 unchanged" in moved_in(*folders, *options, "--dry-run")


def test_a_run_is_logged(caplog):
    with caplog.at_level(logging.INFO, "news.legacy"):
        moved_in(PLANT)
    assert "1 file: 1 created" in caplog.text


def test_no_progress_is_drawn_where_nobody_watches(capfd):
    moved_in(PLANT)
    assert not capfd.readouterr().err
