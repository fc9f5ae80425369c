"""What the tokeniser makes of a text."""

import sqlite3
import sys
import unicodedata
from contextlib import closing
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news.tokens import fold_unspaced, is_unspaced, spellings, tokenise


def stems(text: str) -> list[str]:
    return [token.stem for token in tokenise(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Constructing construction", ["construct", "construct"]),
        ("engineers’ engineering", ["engin", "engin"]),
        ("Haisum's HAISUM’S haisum", ["haisum"] * 3),
        ("don't O’Neill", ["dont", "oneil"]),
        ("ＥＰＣ EPC EPCs epc", ["epc"] * 4),
        ("café CAFE\u0301 Müller Straße", ["cafe", "cafe", "muller", "strass"]),
        ("ISO9001:2015 t/a", ["iso", "9001", "2015", "t", "a"]),
        ("200,000 t, 1,234,567.", ["200000", "t", "1234567"]),
        ("2023,11 1,23 12,3456 1,234,5", ["2023", "11", "1", "23", "12", "3456", "1", "234", "5"]),
        ("CO₂ m³ ½ ﬁne", ["co", "2", "m", "3", "12", "fine"]),
        ("state-of-the-art", ["state", "of", "the", "art"]),
        ("Đà Nẵng Łódź Ørsted", ["da", "nang", "lodz", "orst"]),
        ("soft\u00adware nest\u200bling", ["softwar", "nestl"]),
        ("Завод ЗАВОД", ["завод", "завод"]),
        ("_under_score_", ["under", "score"]),
        ("🎉 ... \x00 ’ '", []),
    ],
)
def test_words_are_folded_and_stemmed(text, expected):
    assert stems(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("海诚", ["海诚", "诚"]),
        ("海誠工程", ["海诚", "诚工", "工程", "程"]),
        ("海", ["海"]),
        ("EPC项目。", ["epc", "项目", "目"]),
        ("3号机", ["3", "号机", "机"]),
        ("ノート 공장", ["ノー", "ート", "ト", "공장", "장"]),
        ("“一带一路”倡议", ["一带", "带一", "一路", "路倡", "倡议", "议"]),
        ("⼯程ﾊﾝ", ["工程", "程ハ", "ハン", "ン"]),
        ("豈", ["岂"]),  # A compatibility character.
    ],
)
def test_characters_are_simplified_and_paired(text, expected):
    assert stems(text) == expected


@given(st.text(max_size=200))
def test_tokens_stand_where_they_say(text):
    last = 0
    for token in tokenise(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.start >= last
        assert token.stem in stems(text[token.start : token.end])
        assert token.stem
        assert is_unspaced(token.stem) or token.stem.isalnum()
        last = token.start


@given(st.text(alphabet=st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF), max_size=50))
def test_each_character_has_one_simplified_one(run):
    assert len(fold_unspaced(run)) == len(run)
    assert fold_unspaced(fold_unspaced(run)) == fold_unspaced(run)


def test_the_full_text_table_splits_no_token():
    """Its own tables of characters are of another Unicode than Python's."""
    letters = (chr(point) for point in range(sys.maxunicode + 1))
    words = {f"x{c}y" for c in letters if unicodedata.category(c) not in ("Cs", "Cn")}
    tokens = sorted({token.stem for word in words for token in tokenise(word)})
    assert len(tokens) > 100_000
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(import_module("news.migrations.0002_search").SQLITE)
        database.executemany(
            "INSERT INTO news_searchtext (rowid, title) VALUES (?, ?)", enumerate(tokens)
        )
        database.execute(
            "CREATE VIRTUAL TABLE temp.said USING fts5vocab(main, news_searchtext, row)"
        )
        assert {term for (term,) in database.execute("SELECT term FROM temp.said")} == set(tokens)


def test_a_misspelling_shares_a_spelling():
    for other in ("contruction", "constrution", "constructiom", "cosntruction", "consttruction"):
        assert spellings("construction") & spellings(other)
    assert not spellings("construction") & spellings("instruction")
    assert spellings("海诚") == spellings("海成") == {"haicheng"}
    assert spellings("海") == spellings("we") == spellings("200000") == set()
    assert spellings("mil") < spellings("mill")
