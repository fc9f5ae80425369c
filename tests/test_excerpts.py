"""Titles and pieces of texts with the words marked that were looked for."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.excerpts import excerpt, excerpt_of, marked
from news.models import Article
from news.query import Phrase, Query, parse

pytestmark = pytest.mark.once

FILLER = "Nothing of note was said on that day, and the reporters went home early. "
CHINESE_FILLER = "会议当天没有宣布其他事项，与会记者提前离场。"


def shown(segments) -> str:
    """The segments in one, with what is marked in brackets."""
    return "".join(f"[{text}]" if is_match else text for text, is_match in segments)


# --- What is marked ---


@pytest.mark.parametrize(
    ("query", "text", "as_shown"),
    [
        ("constructing", "The construction of a mill", "The [construction] of a mill"),
        ("mill", "Mills, a mill’s end: MILL", "[Mills], a [mill’s] end: [MILL]"),
        ("ＥＰＣ", "An EPC contract", "An [EPC] contract"),
        ("epc", "An ＥＰＣ contract", "An [ＥＰＣ] contract"),
        ("cafe", "The Café", "The [Café]"),
        ("海誠", "中国海诚", "中国[海诚]"),
        ("海诚", "中國海誠", "中國[海誠]"),
        ("海诚工程", "海诚工程公司，海诚与工程", "[海诚工程]公司，海诚与工程"),
        ("海诚 工程", "海诚工程公司，海诚与工程", "[海诚工程]公司，[海诚]与[工程]"),
        ("纸", "造纸与纸", "造[纸]与[纸]"),
        ("海诚EPC纸", "海诚EPC纸业", "[海诚EPC纸]业"),
        ('"paper machine"', "Paper machine, paper", "[Paper machine], paper"),
        ("paper machine", "Paper machine, paper", "[Paper] [machine], [paper]"),
        ('"海诚 造纸"', "海诚，造纸；海诚造纸", "[海诚，造纸]；海诚造纸"),
        ("mill -paper", "A paper mill", "A paper [mill]"),
        ("the mill", "The mill", "The [mill]"),
        ("the", "The mill", "[The] mill"),
        ("人人人", "人人人人", "[人人人人]"),
        ("EPC 工程", "承包EPC工程EPC", "承包[EPC工程EPC]"),
        ('"EPC contract"', "EPC工程contract", "EPC工程contract"),
        ("x", "", ""),
        ("", "Text", "Text"),
        ("mill", "<b>mill</b> & co", "<b>[mill]</b> & co"),
    ],
)
def test_what_was_looked_for_is_marked(query, text, as_shown):
    assert shown(marked(text, parse(query))) == as_shown


def test_the_parts_of_a_relaxed_query_are_marked():
    query = Query((Phrase(("越南",)), Phrase(("造纸",))))
    assert shown(marked("越南南部的造纸项目", query)) == "[越南]南部的[造纸]项目"


# --- Which piece is shown ---


def test_the_piece_has_most_of_the_words():
    text = f"A mill. {FILLER * 5}The mill in Vietnam makes paper. {FILLER * 5}Paper."
    piece = shown(excerpt(text, parse("paper vietnam mill"), 180))
    assert piece.startswith("The [mill] in [Vietnam] makes [paper]. Nothing")


def test_the_first_of_several_is_shown():
    text = f"{FILLER * 3}One mill. {FILLER * 5}Another mill."
    assert "One [mill]" in shown(excerpt(text, parse("mill"), 100))


def test_a_long_sentence_is_cut_at_words():
    words = " ".join(f"word{number}" for number in range(100))
    piece = shown(excerpt(words, parse("word50"), 80))
    assert piece.startswith("…")
    assert piece.endswith("…")
    assert set(piece.strip("…").split()) < {*words.split(), "[word50]"}
    assert 60 < len(piece) < 90


def test_a_chinese_piece_begins_with_its_sentence():
    text = f"{CHINESE_FILLER * 5}海诚承建的造纸项目开工。{CHINESE_FILLER * 5}"
    piece = shown(excerpt(text, parse("造纸"), 60))
    assert piece.startswith("海诚承建的[造纸]项目开工。")
    assert len(piece) < 66


def test_a_short_text_is_shown_whole():
    assert shown(excerpt("A mill\n starts\tup", parse("mill"), 180)) == "A [mill] starts up"


def test_a_piece_near_the_end_is_as_long_as_others():
    piece = shown(excerpt(FILLER * 5 + "A mill", parse("mill"), 180))
    assert piece.endswith("A [mill]")
    assert len(piece) > 80


def test_a_text_without_the_words_gives_nothing():
    assert excerpt(FILLER, parse("mill"), 180) == []
    assert excerpt("", parse("mill"), 180) == []
    assert excerpt(FILLER, parse(""), 180) == []


def test_paragraphs_are_told_apart():
    assert shown(excerpt("A mill.\nPaper", parse("mill"), 180)) == "A [mill]. Paper"
    assert shown(excerpt("造纸。\n项目\n开工", parse("造纸"), 90)) == "[造纸]。项目 开工"


# --- Of an article ---


def test_the_summary_is_quoted_before_the_text_and_the_teaser_without_either():
    article = Article(summary="A mill starts up.", body_text="The mill has paper.")
    assert shown(excerpt_of(article, parse("mill"))) == "A [mill] starts up."
    assert shown(excerpt_of(article, parse("mill paper"))) == "The [mill] has [paper]."
    assert shown(excerpt_of(article, parse("paper"))) == "The mill has [paper]."
    assert shown(excerpt_of(article, parse("title"))) == "A mill starts up."
    assert shown(excerpt_of(Article(body_text="Text."), parse("title"))) == "Text."


def test_chinese_is_quoted_in_half_as_many_characters():
    chinese = Article(body_text=CHINESE_FILLER * 9 + "造纸" + CHINESE_FILLER * 9)
    latin = Article(body_text=FILLER * 9 + "Paper. " + FILLER * 9)
    assert 60 < len(shown(excerpt_of(chinese, parse("造纸")))) < 95
    assert 120 < len(shown(excerpt_of(latin, parse("paper")))) < 185


# --- Whatever is typed, whatever was written ---

TEXTS = st.one_of(
    st.text(max_size=300),
    st.text("海诚造纸纸項目 ，。abAB-'’.\"\n", max_size=300),
    st.lists(st.sampled_from(["mill", "Mills", "海诚", "工程", "。", ". ", " ", "\n"])).map(
        "".join
    ),
)


@given(TEXTS, TEXTS)
def test_all_of_a_text_is_shown_as_it_is(text, query):
    assert "".join(piece for piece, _ in marked(text, parse(query))) == text


@given(TEXTS, TEXTS, st.integers(1, 200))
def test_an_excerpt_is_a_piece_of_the_text(text, query, length):
    query = parse(query)
    segments = excerpt(text, query, length)
    assert all(piece for piece, _ in segments)
    normal = "".join(text.split())
    joined = "".join("".join(piece.split()) for piece, _ in segments)
    candidates = [joined, joined.removeprefix("…"), joined.removesuffix("…"), joined[1:-1]]
    assert any(candidate in normal for candidate in candidates)
    assert any(is_match for _, is_match in segments) == bool(segments)


@given(TEXTS.filter(str.strip))
def test_what_a_text_says_is_found_in_it(text):
    query = parse(text)
    first = replace(query, wanted=query.wanted[:1], unwanted=())
    if first.wanted:
        assert any(is_match for _, is_match in marked(text, first))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (FILLER * 41, "paper home early"),
        (CHINESE_FILLER * 137, "记者 造纸"),
        (CHINESE_FILLER * 137, "记者 EPC"),
    ],
)
def test_a_long_text_is_soon_read(text, query):
    text, query = text[:3000], parse(query)
    excerpt(text, query, 180)  # The stems of its words are kept from now on.
    took = []
    for _ in range(20):
        start = time.perf_counter()
        excerpt(text, query, 180)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.005  # A millisecond, on a machine that does nothing else.
