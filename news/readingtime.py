"""How long a text takes to be read, whatever languages it is written in."""

from __future__ import annotations

import math
import re

from news.tokens import UNSPACED

CHARACTERS_A_MINUTE = 400  # Of Chinese, whose punctuation counts as it does for editors.
WORDS_A_MINUTE = 220

_UNSPACED = re.compile(rf"[{UNSPACED}\u3000-\u303f\uff01-\uff65]+")


def minutes(text: str) -> int:
    """In whole minutes: at least one, but none for no text."""
    spaced = [text] if text.isascii() else _UNSPACED.split(text)
    characters = len(text) - sum(map(len, spaced))
    words = sum(len(part.split()) for part in spaced)
    return math.ceil(characters / CHARACTERS_A_MINUTE + words / WORDS_A_MINUTE)
