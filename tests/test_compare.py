"""Two contents compared: what a member of staff reads of the differences."""

from __future__ import annotations

import random
import re
import time
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from news import sanitize, textrefs
from news.compare import Difference, differences
from news.marking import marked_rich_text, marked_text
from tests.helpers import make_article, make_category, make_image, make_tag, make_user

pytestmark = pytest.mark.once

EMPTY: dict[str, Any] = {
    **dict.fromkeys(("title", "summary", "body", "cover_alt", "source", "source_url"), ""),
    **dict.fromkeys(("cover", "category", "editor")),
    "tags": [],
    "related": [],
}


def compared(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    return differences(EMPTY | before, EMPTY | after)


def as_read(html: str) -> str:
    """The marks as signs: -gone-, +come+; a line for each block."""
    html = re.sub(r"</?del>", "-", html)
    html = re.sub(r"</?ins>", "+", html)
    return unescape(re.sub(r"<[^>]*>", "", html.replace("</p><p", "</p>\n<p"))).strip()


def plain(before: str, after: str) -> str:
    return as_read(marked_text(before, after))


def rich(before: str, after: str) -> str:
    return as_read(marked_rich_text(before, after))


# --- Words ---


@pytest.mark.once
@pytest.mark.parametrize(
    ("before", "after", "read"),
    [
        ("The old mill", "The new mill", "The -old- +new+ mill"),
        ("A mill starts", "A mill in Vietnam starts", "A mill +in Vietnam+ starts"),
        ("A mill, at last", "A mill", "A mill-, at last-"),
        ("", "A mill", "+A mill+"),
        ("A mill", "", "-A mill-"),
        ("Haisum’s 1,200 staff", "Haisum’s 1,300 staff", "Haisum’s -1,200- +1,300+ staff"),
        ("越南造纸项目投产", "越南浆纸项目投产", "越南-造-+浆+纸项目投产"),
        ("公司召开年度会议", "公司召开季度会议", "公司召开-年-+季+度会议"),
        ("海诚承建项目顺利投产", "海诚总包项目正式投产", "海诚-承建-+总包+项目-顺利-+正式+投产"),
        ("海诚EPC项目", "海诚 EPC 项目", ""),
        ("a & b <i>", "a & c <i>", "a & -b- +c+ <i>"),
    ],
)
def test_changes_are_marked_by_words_and_chinese_ones_by_characters(before, after, read):
    assert plain(before, after) == read


@pytest.mark.once
def test_what_two_changes_have_between_them_is_part_of_them_if_it_is_short():
    read = plain(
        "The company opened a mill in Vietnam on Monday",
        "The company opened a plant in Brazil on Monday",
    )
    assert read == "The company opened a -mill in Vietnam- +plant in Brazil+ on Monday"
    assert plain("年产四十万吨的浆纸", "年产五十万吨的板纸") == "年产-四-+五+十万吨的-浆-+板+纸"


@pytest.mark.once
def test_another_sentence_is_not_read_word_by_word():
    read = plain("One two three four in five", "Six seven in eight nine ten")
    assert read == "-One two three four in five- +Six seven in eight nine ten+"


# --- Rich text ---


@pytest.mark.once
@pytest.mark.parametrize(
    ("before", "after", "read"),
    [
        ("<h2>Facts of it</h2>", "<p>Facts of it</p>", "-[heading 2]- +[paragraph]+ Facts of it"),
        (
            "<p>A new mill opens</p>",
            "<p>A <strong>new mill</strong> opens</p>",
            "A +[bold]+ new mill +[end of bold]+ opens",
        ),
        ("<p>A <em>new</em> mill</p>", "<p>A <em>new</em> plant</p>", "A new -mill- +plant+"),
        (
            '<p>See <a href="https://a.example/">the report</a>.</p>',
            '<p>See <a href="https://b.example/">the report</a>.</p>',
            "See the report -[link to https://a.example/]- +[link to https://b.example/]+.",
        ),
        ("<p>A mill opens</p><p>x</p>", "<p>A mill opens</p>", "A mill opens\n-x-"),
        ("<p>One two three</p>", "<p>One<br>two three</p>", "One +[line break]+ two three"),
        ("<p>One</p>", "<p>One</p><hr>", "One\n+[line across]+"),
        ("<p>One</p>", "<p>One</p><h3>Two</h3>", "One\n+[heading 3] Two+"),
        (
            "<ul><li>One thing</li></ul>",
            "<ol><li>One thing</li></ol>",
            "-[list item]- +[numbered list, list item]+ One thing",
        ),
        (
            "<p>Said so</p>",
            "<blockquote><p>Said so</p></blockquote>",
            "-[paragraph]- +[quotation]+ Said so",
        ),
        (
            "<p>Said so</p>",
            '<p class="align-center">Said so</p>',
            "-[paragraph]- +[centred]+ Said so",
        ),
        (
            "<table><tbody><tr><td>Size</td><td>20</td></tr></tbody></table>",
            "<table><tbody><tr><td>Size</td><td>30</td></tr></tbody></table>",
            "Size\n-20- +30+",
        ),
        (
            "<table><tbody><tr><td>Size</td><td>20</td></tr></tbody></table>",
            "<table><tbody><tr><td>Size</td><td>30</td></tr></tbody></table><p>End</p>",
            "Size\n-20- +30+\n+End+",
        ),
        ("", "<p>First words</p>", "+First words+"),
        ("<p>a</p><ul></ul><p></p>", '<p>a</p><p> </p><p align="left"> </p>', ""),
    ],
)
def test_rich_text_is_compared_as_a_reader_sees_it(before, after, read):
    assert rich(before, after) == read


def img(alt: str, number: int = 3, width: int = 320) -> str:
    picture = {"alt": alt, "data-picture": number, "src": "/media/pictures/a.jpg", "width": width}
    return f"<p>{textrefs.picture(picture)}</p>"


@pytest.mark.once
@pytest.mark.parametrize(
    ("before", "after", "read"),
    [
        ("", img("A mill"), "+[picture: A mill, 320 pixels wide]+"),
        (img("A mill"), "", "-[picture: A mill, 320 pixels wide]-"),
        (img(""), "", "-[picture without alternative text, 320 pixels wide]-"),
        (
            img("A mill"),
            img("A mill by night"),
            "-[picture: A mill, 320 pixels wide]- +[picture: A mill by night, 320 pixels wide]+",
        ),
        (
            img("A mill"),
            img("A mill", width=200),
            "-[picture: A mill, 320 pixels wide]- +[picture: A mill, 200 pixels wide]+",
        ),
        (
            img("A mill"),
            img("A mill", number=4),
            "-[picture: A mill, 320 pixels wide]- +[picture: A mill, 320 pixels wide]+",
        ),
        (
            f"{img('A mill')}<p>One two</p>",
            f"{img('A mill')}<p>One</p>",
            "[picture: A mill]\nOne -two-",
        ),
    ],
)
def test_pictures_are_said_in_words(before, after, read):
    assert rich(before, after) == read


@pytest.mark.once
def test_long_stretches_that_are_the_same_are_one_line():
    paragraphs = [f"<p>Paragraph number {number} of it</p>" for number in range(12)]
    changed = [*paragraphs[:6], "<p>Paragraph number six of it</p>", *paragraphs[7:]]
    assert rich("".join(paragraphs), "".join(changed)).split("\n") == [
        "… 5 paragraphs are the same …",
        "Paragraph number 5 of it",
        "Paragraph number -6- +six+ of it",
        "Paragraph number 7 of it",
        "… 4 paragraphs are the same …",
    ]


@pytest.mark.once
def test_a_paragraph_is_compared_with_the_one_that_it_was():
    before = "<p>The mill is large and new</p><p>It stands in Vietnam by the sea</p>"
    after = "<p>Something else came first</p><p>The mill is large and old</p>"
    after += "<p>It stands in Brazil by the sea</p>"
    assert rich(before, after).split("\n") == [
        "+Something else came first+",
        "The mill is large and -new- +old+",
        "It stands in -Vietnam- +Brazil+ by the sea",
    ]


@pytest.mark.once
def test_what_only_looks_different_is_said():
    cells = "<table><tbody><tr><td{}>One</td></tr></tbody></table>"
    (found,) = compared({"body": cells.format("")}, {"body": cells.format(' colspan="2"')})
    assert as_read(found.marked) == "The words are the same. Only spaces or the layout differ."
    (found,) = compared({"title": "海诚 EPC"}, {"title": "海诚EPC"})
    assert as_read(found.marked) == "The words are the same. Only spaces or the layout differ."


@pytest.mark.once
def test_notes_are_in_the_readers_language_and_never_taken_for_words():
    assert rich("<p>A [bold] word here</p>", "<p>A <b>word</b> here</p>") == (
        "A -[bold]- +[bold]+ word +[end of bold]+ here"
    )


@pytest.mark.once
def test_nothing_in_a_text_becomes_markup():
    attack = '<script>alert(1)</script> "><img src=x onerror=alert(1)> &amp;'
    for marked in (
        marked_text("safe words", attack),
        marked_text(attack, f"{attack} more"),
        marked_rich_text("", sanitize.clean(img(attack)).html),
        marked_rich_text("", '<p><a href="https://a.example/?&quot;&gt;&lt;i&gt;">x</a></p>'),
        marked_rich_text("<p>&lt;b&gt; here</p>", "<p>&lt;b&gt; there</p>"),
    ):
        assert set(re.findall(r"</?([a-z]+)", marked)) <= {"p", "ins", "del"}


# --- What stays true of every text ---

WORDS = st.sampled_from(
    ["mill", "new", "in", "a", "2025", "海诚", "纸", "项目", ",", "。", "<b>", "&"]
)
TEXTS = st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=40)
BLOCKS = st.builds(
    "<{0}>{1}</{0}>".format,
    st.sampled_from(["p", "h2", "blockquote", "p><b", "p><em"]),
    st.lists(WORDS, min_size=1, max_size=8).map(" ".join),
)
BODIES = st.lists(BLOCKS, max_size=8).map("".join).map(lambda html: sanitize.clean(html).html)


class Sides(HTMLParser):
    """The words before and after, as the marks say: without notes, lines about what is the same,
    and spaces."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.before = self.after = ""
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag != "br":
            self._open.append("note" if "difference-note" in str(attrs) else tag)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        words = "".join(re.sub(r"\[[^\]]*\]", "", data).split())
        if "note" not in self._open:
            self.before += "" if "ins" in self._open else words
            self.after += "" if "del" in self._open else words


def squeezed(text: str) -> str:
    return "".join(re.sub(r"\[[^\]]*\]", "", text).split())


@pytest.mark.once
@given(TEXTS, TEXTS)
def test_without_what_went_it_is_the_new_text_and_without_what_came_the_old(before, after):
    marked = marked_text(before, after)
    if not marked:
        assert "".join(before.split()) == "".join(after.split())
        return
    came = "".join(re.sub(r"<del>.*?</del>|</?ins>", "", marked, flags=re.S).split())
    went = "".join(re.sub(r"<ins>.*?</ins>|</?del>", "", marked, flags=re.S).split())
    assert unescape(came) == "".join(after.split())
    assert unescape(went) == "".join(before.split())


@pytest.mark.once
@given(BODIES, BODIES)
def test_the_same_holds_for_rich_text(before, after):
    marked = marked_rich_text(before, after)
    old, new = (squeezed(sanitize.clean(html).text) for html in (before, after))
    if not marked:
        assert old == new
    elif "difference-note" not in marked:
        sides = Sides(marked)
        assert (sides.before, sides.after) == (old, new)


# --- How long it takes ---


def long_text(seed: int, per_paragraph: int, vocabulary: list[str], space: str) -> str:
    """100 KB of words that are as often as the words of a language are."""
    chance = random.Random(seed)
    often = [1 / (rank + 4) for rank in range(len(vocabulary))]
    written, size = [], 0
    while size < 100_000:
        words = chance.choices(vocabulary, often, k=per_paragraph)
        written.append(f"<p>{space.join(words)}</p>")
        size += len(written[-1].encode())
    return "".join(written)


CHINESE = [chr(0x4E00 + number) for number in range(3000)], ""
ENGLISH = [f"word{number}" for number in range(5000)], " "


@pytest.mark.once
@pytest.mark.parametrize("vocabulary", [CHINESE, ENGLISH], ids=["Chinese", "English"])
@pytest.mark.parametrize("per_paragraph", [20, 100, 1000, 100_000])
def test_texts_of_100_kb_that_changed_completely_take_about_a_second(vocabulary, per_paragraph):
    before, after = (long_text(seed, per_paragraph, *vocabulary) for seed in (1, 2))
    started = time.process_time()
    marked = marked_rich_text(before, after)
    assert time.process_time() - started < 3  # Most take a third of a second.
    assert "<del>" in marked
    assert "<ins>" in marked


@pytest.mark.once
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>a</p>" * 12_000, ("<p>a</p>" * 3_000 + "<p>b</p>") * 4),
        ("<p>a b</p><p>c</p>" * 6_000, "<p>c</p><p>d</p><p>a b</p>" * 4_000),
        (f"<p>{'a b c d e ' * 10_000}</p>", f"<p>{'e d c b a ' * 10_000}</p>"),
        ("<blockquote>x" * 4_000, "<blockquote>y" * 4_000),
    ],
    ids=["same", "turns", "few words", "deep"],
)
def test_texts_made_to_take_long_do_not(before, after):
    started = time.process_time()
    assert marked_rich_text(before, after)
    assert time.process_time() - started < 5


# --- Fields ---


@pytest.mark.django_db
def test_only_what_differs_is_told_in_the_order_of_the_form():
    picks = [make_article(title=title).pk for title in ("First pick", "Second pick")]
    tags = [make_tag(name).pk for name in ("EPC", "Paper")]
    before = {
        "title": "Old title here",
        "summary": "Same",
        "category": make_category("Awards").pk,
        "tags": tags[:1],
        "related": picks[:1],
        "editor": make_user("li").pk,
        "source": "Daily",
    }
    after = before | {
        "title": "New title here",
        "category": make_category("Projects").pk,
        "tags": tags,
        "related": picks,
        "editor": make_user("wang", first_name="Fang", last_name="Wang").pk,
        "source_url": "https://daily.example/",
    }
    told = [
        (found.name, str(found.label), as_read(found.marked)) for found in compared(before, after)
    ]
    assert told == [
        ("title", "title", "-Old- +New+ title here"),
        ("category", "category", "-Awards- +Projects+"),
        ("tags", "tags", "EPC+Paper+"),
        ("source_url", "link to the source", "+https://daily.example/+"),
        ("editor", "editor in charge", "-li- +Fang Wang+"),
        ("related", "related news", "First pick+Second pick+"),
    ]
    assert compared(after, after) == []


@pytest.mark.django_db
def test_related_news_have_an_order_and_tags_have_none():
    one, two = make_article(title="One"), make_article(title="Two")
    (found,) = compared({"related": [one.pk, two.pk]}, {"related": [two.pk, one.pk]})
    assert as_read(found.marked) in ("-One-Two+One+", "+Two+One-Two-")
    tags = [make_tag("EPC").pk, make_tag("Paper").pk]
    assert compared({"tags": tags}, {"tags": tags[::-1]}) == []


@pytest.mark.django_db
def test_covers_are_shown():
    image = make_image(title="Mill <3", alt="A mill & a river")
    (found,) = compared({}, {"cover": image.pk})
    assert found.marked == (
        f'<ins><img class="cover-thumb" src="{image.thumbnail_url}" alt="A mill &amp; a river">'
        " Mill &lt;3</ins>"
    )


@pytest.mark.django_db
def test_what_was_deleted_since_has_its_number():
    gone = {"cover": 12, "category": 13, "tags": [14], "related": [15], "editor": 16}
    read = {found.name: as_read(found.marked) for found in compared(gone, {})}
    assert read == {
        "cover": "-No. 12, deleted-",
        "category": "-No. 13, deleted-",
        "tags": "-No. 14, deleted-",
        "editor": "-No. 16, deleted-",
        "related": "-No. 15, deleted-",
    }


@pytest.mark.django_db
def test_names_are_asked_for_once_a_kind(django_assert_num_queries):
    before = {
        "cover": make_image().pk,
        "category": make_category("Awards").pk,
        "editor": make_user().pk,
        "tags": [make_tag(f"Tag {number}").pk for number in range(6)],
        "related": [make_article().pk for _ in range(6)],
    }
    after = before | {
        "cover": make_image().pk,
        "category": make_category("Projects").pk,
        "editor": make_user().pk,
        "tags": before["tags"][2:],
        "related": before["related"][2:],
    }
    with django_assert_num_queries(5):
        assert len(compared(before, after)) == 5
    with django_assert_num_queries(0):
        compared(before, before | {"title": "Another", "body": "<p>Another</p>"})


@pytest.mark.django_db
def test_names_are_escaped():
    tag = make_tag("<script>alert(1)</script>")
    (found,) = compared({}, {"tags": [tag.pk]})
    assert "<script" not in found.marked
    assert "&lt;script&gt;" in found.marked


@pytest.mark.once
def test_labels_are_in_the_language_of_whoever_reads():
    (found,) = compared({"title": "a"}, {"title": "b"})
    with override("zh-hans"):
        assert str(found.label) == "标题"
