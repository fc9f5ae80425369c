"""How long texts take to be read."""

import pytest

from news import readingtime

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("", 0),
        (" \n", 0),
        ("Steam.", 1),
        ("纸。", 1),
        ("word " * 220, 1),
        ("word " * 221, 2),
        ("The client’s 200,000 tonnes, " * 220, 4),  # Four words each: no sign is one of them.
        ("纸" * 400, 1),
        ("纸" * 401, 2),
        ("造纸厂，" * 100, 1),
        ("造纸厂，" * 101, 2),
        ("纸" * 400 + " word" * 220, 2),
        ("纸EPC" * 220, 2),  # 220 characters and as many words.
        ("かな" * 400, 2),
        ("한국" * 400, 2),
        ("чтение " * 440, 2),
    ],
)
def test_words_and_characters_take_their_time(text, minutes):
    assert readingtime.minutes(text) == minutes
