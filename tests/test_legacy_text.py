"""Moving in: pages saved as text."""

from __future__ import annotations

from datetime import date

import pytest

from tests.legacy import HEADER, PLANT, TEXT, page, parsed


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


@pytest.mark.parametrize("volume", ["1,204", "1，204", "1 204", "1204"])
def test_a_number_may_be_parted_by_thousands(volume):
    assert parsed(page(header=HEADER.replace("88", volume))).volume == 1204


def test_a_page_need_not_keep_its_blank_lines():
    assert parsed(f"Title\n{HEADER}\n{TEXT}\nIt\nwas.").body == f"<p>{TEXT} It was.</p>"
    assert parsed(f"Title\n{HEADER} {TEXT}").body == f"<p>{TEXT}</p>"
    assert parsed(f"Works Handed Over {HEADER}\n\n{TEXT}").title == "Works Handed Over"
    chinese = parsed("标题\n浏览量:1 来源: 日期:2023-11-08\n日本代表团来访，\n受到欢迎。")
    assert chinese.body == "<p>日本代表团来访，受到欢迎。</p>"


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


@pytest.mark.parametrize("line", ["Progress on Site", "1. Progress", "工程进展"])
def test_a_short_line_above_a_paragraph_is_a_sub_heading(line):
    assert f"<h2>{line}</h2>" in parsed(page(text=f"{TEXT}\n\n{line}\n\nIt went on.")).body


@pytest.mark.parametrize(
    "line", ["No heading.", "Photo: Chen Wei", "not capital", "One, Two", "42", "“So”, he said"]
)
def test_in_doubt_a_short_line_is_a_paragraph(line):
    assert "<h2>" not in parsed(page(text=f"{TEXT}\n\n{line}\n\nIt went on.")).body


def test_names_at_the_end_are_no_sub_headings():
    assert "<h2>" not in parsed(page(text=f"{TEXT}\n\nChen Wei\n\nHaisum News")).body


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
        ("> a\n> b", "<blockquote><p>a b</p></blockquote>"),
        ("“It works.”", "<blockquote><p>“It works.”</p></blockquote>"),
        (
            "\t2\t3\n4\t5\t6",
            "<table><tbody><tr><td></td><td>2</td><td>3</td></tr>"
            "<tr><td>4</td><td>5</td><td>6</td></tr></tbody></table>",
        ),
        ("a\tb", "<p>a b</p>"),
        ("1 < 2 & <script>x</script>", "<p>1 &lt; 2 &amp; &lt;script&gt;x&lt;/script&gt;</p>"),
    ],
)
def test_lists_quotations_and_tables_in_text(text, body):
    assert parsed(page(text=text)).body == body
