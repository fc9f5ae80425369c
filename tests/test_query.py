"""How what a reader typed is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.query import MAX_LENGTH, MAX_PHRASES, parse, readable


def wanted(text: str) -> list[str]:
    return [" ".join(phrase.stems) for phrase in parse(text).wanted]


def unwanted(text: str) -> list[str]:
    return [" ".join(phrase.stems) for phrase in parse(text).unwanted]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("paper mills", ["paper", "mill"]),
        ('"paper mills" Vietnam', ["paper mill", "vietnam"]),
        ("“paper mills” 「造纸 项目」", ["paper mill", "造纸 纸 项目"]),
        ('"paper mills', ["paper mill"]),
        ("waste-water t/a", ["wast water", "t a"]),
        ("海诚工程", ["海诚 诚工 工程"]),
        ("海诚，工程。", ["海诚", "工程"]),
        ("造纸\u3000环保", ["造纸", "环保"]),
        ("EPC项目 项目EPC", ["epc 项目", "项目 目 epc"]),
        ("海", ["海"]),
        ("paper\x00mill", ["paper", "mill"]),
        ("mill Mills MILL", ["mill"]),
    ],
)
def test_words_and_phrases(text, phrases):
    assert wanted(text) == phrases


@pytest.mark.parametrize(
    ("text", "phrases", "without"),
    [
        ("mill -Vietnam", ["mill"], ["vietnam"]),
        ('mill -"paper machine"', ["mill"], ["paper machin"]),
        ("造纸 －越南", ["造纸"], ["越南"]),
        ("-mill", [], ["mill"]),
        ("mill - Vietnam", ["mill", "vietnam"], []),
        ("start-up", ["start up"], []),
    ],
)
def test_a_minus_before_a_word_leaves_it_out(text, phrases, without):
    assert wanted(text) == phrases
    assert unwanted(text) == without


def test_words_that_say_little_are_not_asked_for():
    assert wanted("the bridge in the north") == ["bridg", "north"]
    assert wanted("The Who") == ["the", "who"]
    assert wanted('"the north"') == ["the north"]


def test_a_single_character_is_the_beginning_of_a_pair():
    (phrase,) = parse("海").wanted
    assert phrase.is_open
    assert phrase.needle == " 海"
    (phrase,) = parse("海诚").wanted
    assert not phrase.is_open


@pytest.mark.parametrize(
    "text", ["", " ", "\u3000", "\x00", '"', '""', "-", '-""', "🎉", "%", "()"]
)
def test_nothing_to_look_for(text):
    assert not parse(text).wanted


def test_so_much_is_read_and_no_more():
    assert readable("x" * 10_000) == "x" * MAX_LENGTH
    assert readable("\x00 mill \x00") == "mill"
    letters = " ".join(f"{a}{b}" for a in "bcdfghk" for b in "bcdfghk")
    assert len(parse(letters).wanted) == MAX_PHRASES


@given(st.text(max_size=300) | st.text(alphabet='"-“” ab海诚，', max_size=40))
def test_every_text_is_a_query(text):
    for phrase in (*parse(text).wanted, *parse(text).unwanted):
        assert phrase.stems
