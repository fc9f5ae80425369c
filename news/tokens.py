"""The tokeniser: what of a text is looked for, the same for every article, query and database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from threading import Lock
from typing import NamedTuple

import snowballstemmer
from opencc import OpenCC
from pypinyin import lazy_pinyin

# Scripts that put no space between words: Han with its extensions, kana, Bopomofo, Hangul.
UNSPACED = (
    "々〇\u2f00-\u2fdf\uff66-\uff9d"
    "\u3041-\u3096\u30a1-\u30fa\u30fc\u3105-\u312f"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3"
    "\U00020000-\U000323af"
)
# What may stand between two characters without parting them: “一带一路”倡议.
_TRANSPARENT = "“”‘’《》〈〉「」『』【】\u200b-\u200d\u2060\ufeff"
_INVISIBLE = "\u00ad\u200b-\u200d\u2060\ufeff"  # Left by word processors and web pages.
_LETTER = rf"[^\W_{UNSPACED}]"
# A word, or characters that no space parts.
RUNS = re.compile(
    rf"(?P<unspaced>[{UNSPACED}]+(?:[{_TRANSPARENT}]+[{UNSPACED}]+)*)"
    # 200,000 is one number. An accent may follow its letter; "Haisum’s" is one word.
    rf"|(?P<word>(?<![\d,])\d{{1,3}}(?:,\d{{3}})+(?![\d,])"
    rf"|(?:{_LETTER}[\u0300-\u036f{_INVISIBLE}]*)+(?:['’]{_LETTER}+)*)"
)
_PARTS = re.compile(r"\d+|\D+")
_IS_UNSPACED = re.compile(rf"[{UNSPACED}]")
_NOT_UNSPACED = re.compile(rf"[^{UNSPACED}]+")
# Letters that Unicode takes for whole, where readers type something else.
_PLAIN = str.maketrans({"đ": "d", "ð": "d", "ł": "l", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe"})
_POSSESSIVE = re.compile(r"['’]s?$")
SHORTEST_MISSPELT = 3  # Letters: of shorter words, too many are alike.
_LONGEST = 60  # Longer ones are addresses and codes; PostgreSQL takes 2,046 bytes.

_stemmer = snowballstemmer.stemmer("english")
_stemmer_is_free = Lock()  # It works in attributes of its own, and the site has threads.


class Token(NamedTuple):
    """A word's stem, or two neighbouring characters, and where in the text it was read."""

    stem: str
    start: int
    end: int
    word: str  # Folded, but not stemmed.
    is_tail: bool = False  # The last character of a run, which stands for itself.


def tokenise(text: str) -> Iterator[Token]:
    """The tokens of a text in its order, each with its place in characters.

    Latin words are folded (width, case, accents), parted from numbers (ISO9001 is ISO 9001) and
    stemmed. Runs of Chinese, Japanese or Korean are folded to simplified characters and give every
    two neighbours; their last character is a token of its own, so that each character begins one
    and can be found by itself.
    """
    for match in RUNS.finditer(text):
        start = match.start()
        if match.lastgroup == "unspaced":
            yield from _pairs(match[0], start)
        else:
            for stem, word, first, last in _read(match[0]):
                yield Token(stem, start + first, start + last, word)


def _pairs(run: str, start: int) -> Iterator[Token]:
    places = [at for at, character in enumerate(run, start) if is_unspaced(character)]
    folded = fold_unspaced(_NOT_UNSPACED.sub("", run))
    for at, (first, last) in enumerate(zip(places, [*places[1:], places[-1]], strict=True)):
        pair = folded[at : at + 2]
        yield Token(pair, first, last + 1, pair, len(pair) == 1)


def is_unspaced(text: str) -> bool:
    """Whether a token is one of characters, not a word."""
    return not text.isascii() and _IS_UNSPACED.match(text) is not None


def spellings(word: str) -> set[str]:
    """What a word and its misspellings have in common.

    A pair of characters: how it sounds, without tones, for so it is typed. A word: itself, and
    itself without any one of its letters; words that share one of those have a letter too much,
    too few or another, or two letters the other way round.
    """
    if is_unspaced(word):
        return {"".join(lazy_pinyin(word))} if len(word) == 2 else set()
    if len(word) < SHORTEST_MISSPELT or not word.isalpha():
        return set()
    if len(word) == SHORTEST_MISSPELT:
        return {word}
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


@lru_cache(maxsize=50_000)
def _read(word: str) -> list[tuple[str, str, int, int]]:
    """Stem, word and place of each part of what is typed in one."""
    folded = fold_word(word)
    is_as_long = len(folded) == len(word)  # If not, nobody knows which letter became which.
    return [
        (_stem(part[0]), part[0], *(part.span() if is_as_long else (0, len(word))))
        for part in _PARTS.finditer(folded)
    ]


def fold_word(word: str) -> str:
    """The word without what readers do not type: width, case, accents, apostrophes.

    Empty if nothing is left of it.
    """
    decomposed = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", word)).casefold()
    # Once more: a capital with a dot is one only after folding.
    folded = unicodedata.normalize("NFKD", decomposed).translate(_PLAIN)
    return "".join(c for c in folded if c.isalnum())[:_LONGEST]


def fold_unspaced(run: str) -> str:
    """The run in simplified characters, one for each."""
    return run.translate(_simplified())


def spellings_of_name(text: str) -> set[str]:
    """How a name may be written in lower case, if it is what was typed: width, space and quotation
    marks say nothing, and neither does the kind of Chinese characters."""
    name = " ".join(unicodedata.normalize("NFKC", text).strip('"“”「」 ').lower().split())
    return {name, fold_unspaced(name)}


def _stem(word: str) -> str:
    if not (word.isascii() and word.isalpha()):
        return word
    with _stemmer_is_free:
        return _stemmer.stemWord(word)


@cache
def _simplified() -> dict[int, str]:
    """Each traditional or compatibility character with its simplified one, as OpenCC has them."""
    han = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF)]
    spans = [*han, (0x2F00, 0x2FDF), (0xFF66, 0xFF9D)]  # Radicals out of PDFs, half-width kana.
    characters = [chr(point) for first, last in spans for point in range(first, last + 1)]
    unified = [unicodedata.normalize("NFKC", character) for character in characters]
    # One line each: taken together, words would be converted, and their lengths may differ.
    simplified = OpenCC("t2s").convert("\n".join(unified)).split("\n")
    return {
        ord(character): folded
        for character, folded in zip(characters, simplified, strict=True)
        if folded != character and len(folded) == 1
    }
