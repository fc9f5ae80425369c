"""Addresses made from titles."""

import re

import pytest
from hypothesis import given
from hypothesis import settings as fuzzing
from hypothesis import strategies as st

from news.models.slugs import slug_for

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Mill No. 3 starts up!", "mill-no-3-starts-up"),
        ("  Spaces   and\ttabs ", "spaces-and-tabs"),
        ("Énergie à Österreich", "energie-a-osterreich"),
        ("海诚工程", "hai-cheng-gong-cheng"),
        ("海诚EPC项目2025年投产", "hai-cheng-epc-xiang-mu-2025-nian-tou-chan"),
        ("“一带一路”：新项目", "yi-dai-yi-lu-xin-xiang-mu"),
        ("绿色造纸", "lv-se-zao-zhi"),
        ("重庆", "chong-qing"),
        ("３号机", "3-hao-ji"),
        ("<script>alert(1)</script>", "scriptalert1script"),
        ("../../admin", "admin"),
    ],
)
def test_a_title_becomes_an_address(title, slug):
    assert slug_for(title) == slug


@pytest.mark.parametrize("title", ["", " ", "！！！", "——", "---", "_-_", "🎉", "\x00"])
def test_a_title_without_letters_is_called_news(title):
    assert slug_for(title) == "news"


def test_a_long_title_is_cut_between_words():
    assert slug_for("engineering company " * 20, 30) == "engineering-company"
    assert slug_for("engineering company " * 20, 31) == "engineering-company-engineering"
    assert slug_for("x" * 200) == "x" * 80


@fuzzing(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet="a-_ 海诚Ａ!", max_size=200), st.integers(4, 90))
def test_any_title_gives_a_short_plain_address(title, length):
    slug = slug_for(title, length)
    assert re.fullmatch(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?", slug)
    assert len(slug) <= length
    assert slug_for(slug, length) == slug
