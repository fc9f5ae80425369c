"""Running text: squeezed, joined over line ends, and told apart from sub-headings."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CJK = "\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef"
_BETWEEN_CJK = re.compile(rf"(?<=[{_CJK}])[ \t]*\n\s*(?=[{_CJK}])")
_HAS_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_SENTENCE_END = re.compile(r"[.!?。！？…:：;；][”\"’'」』)）]*$")
_NO_HEADING = re.compile(r"[.,;:!?](?:\s|$)|[,。，、；：！？…“”\"「」『』|]|[-–—)）]$")

_OWN_NUMBER = re.compile(r"^\d{1,3}[.、．)）]\s*")

_HEADING_LENGTH = 60
_HEADING_WORDS = 10
_HEADING_LENGTH_CJK = 25


def squeeze(text: str) -> str:
    """One line, single spaces; Chinese has none where a line of it ended."""
    return re.sub(r"\s+", " ", _BETWEEN_CJK.sub("", text)).strip()


def joined(lines: Iterable[str]) -> str:
    """Lines of one paragraph as one line."""
    return squeeze("\n".join(line.strip() for line in lines))


def reads_as_heading(text: str) -> bool:
    """Whether a line that stands alone is a sub-heading rather than a short paragraph.

    It is short, begins with a capital, a digit or a Chinese character, and has no punctuation that
    ends or divides a sentence. In doubt it is a paragraph: nothing is lost by that.
    """
    if not text or _NO_HEADING.search(_OWN_NUMBER.sub("", text)):
        return False
    if _HAS_CJK.search(text):
        return 2 <= len(text) <= _HEADING_LENGTH_CJK
    capital = text[0].isupper() or text[0].isdigit()
    words = text.split()
    has_word = any(len(word) > 1 and word[0].isalpha() for word in words)
    return capital and has_word and len(words) <= _HEADING_WORDS and len(text) <= _HEADING_LENGTH


def ends_a_sentence(text: str) -> bool:
    return bool(_SENTENCE_END.search(text))
