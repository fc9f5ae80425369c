"""Titles and pieces of texts with the words marked that were looked for.

What is marked is what search found: the tokeniser that reads articles reads these texts too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from news.models import Article
from news.query import Phrase, Query
from news.tokens import Token, fold_unspaced, is_unspaced, tokenise

LENGTH, LENGTH_UNSPACED = 180, 90
MOST_READ = 10_000  # Characters of a text: what comes later is found, but not quoted.

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*\s+|[。！？；…]+[”’」』）]*\s*")
_CHINESE = re.compile("[\u4e00-\u9fff]+")
_SPACE_AFTER_WIDE = re.compile(r"(?<=[。！？；：，]) ")  # The sign has one of its own.
_PAUSE = re.compile(r"\s+|[，、：；—]+")


class Segment(NamedTuple):
    """A piece of a text that is marked as a whole, or not at all."""

    text: str
    is_match: bool


class _Place(NamedTuple):
    """Where a phrase stands: the numbers of its characters, and which of the phrases it is."""

    start: int
    end: int
    phrase: int


def marked(text: str, query: Query) -> list[Segment]:
    """All of a text, with what was looked for."""
    return _segments(text, 0, len(text), _places(text, query.wanted))


def excerpt(text: str, query: Query, length: int) -> list[Segment]:
    """The piece of a text that has most of what was looked for; empty if it has none of it."""
    return _best(text, query, length)[1]


def excerpt_of(article: Article, query: Query) -> list[Segment]:
    """Of the summary if the words are there, of the text if more of them are; else the teaser."""
    found, shown = 0, [Segment(article.teaser, False)]
    for text in (article.summary, article.body_text):
        number, segments = _best(text, query, _length_for(text))
        if number > found:
            found, shown = number, segments
        if found == len(query.wanted):
            break
    return shown


def _length_for(text: str) -> int:
    beginning = text[:100]
    unspaced = sum(map(is_unspaced, beginning))
    return LENGTH_UNSPACED if 2 * unspaced > len(beginning) else LENGTH


def _best(text: str, query: Query, length: int) -> tuple[int, list[Segment]]:
    """How many of the phrases the best piece has, and the piece."""
    text = _SPACE_AFTER_WIDE.sub("", " ".join(text[:MOST_READ].split()))
    places = _places(text, query.wanted)
    if not places:
        return 0, []
    chosen = _most_different(places, length)
    start, end = _cut(text, chosen[0].start, max(place.end for place in chosen), length)
    segments = _segments(text, start, end, places)
    if start and not _ends_sentence(text[:start]):
        segments.insert(0, Segment("…", False))
    if end < len(text) and not _ends_sentence(text[:end] + " "):
        segments.append(Segment("…", False))
    return len({place.phrase for place in chosen}), segments


# --- Where phrases stand ---


def _places(text: str, phrases: Sequence[Phrase]) -> list[_Place]:
    """Every place of every phrase, in the order of the text."""
    runs = {number: run for number, phrase in enumerate(phrases) if (run := _run(phrase))}
    places = list(_places_of_runs(text, runs)) if runs else []
    others = {number: p for number, p in enumerate(phrases) if number not in runs}
    if others:
        if not any(len(p.stems) > 1 or is_unspaced(p.stems[0]) for p in others.values()):
            text = _CHINESE.sub(_blank, text)  # It has no single word, but very many tokens.
        places += _places_of_tokens(list(tokenise(text)), others)
    return sorted(places)


def _blank(match: re.Match) -> str:
    return " " * len(match[0])


def _run(phrase: Phrase) -> str:
    """The characters of a phrase that is one run of them; empty if it is not.

    Such a phrase is where its characters are. To look for these takes a tenth of the time that the
    tokens of a Chinese text take.
    """
    first, *others = phrase.stems
    is_run = is_unspaced(first) and (len(first) == 2 or phrase.is_open)
    is_run &= all(len(b) == 2 and a[-1] == b[0] for a, b in pairwise(phrase.stems))
    return first + "".join(stem[-1] for stem in others) if is_run else ""


def _places_of_runs(text: str, runs: dict[int, str]) -> Iterator[_Place]:
    folded = fold_unspaced(text)
    for number, run in runs.items():
        start = folded.find(run)
        while start >= 0:
            yield _Place(start, start + len(run), number)
            start = folded.find(run, start + 1)


def _places_of_tokens(tokens: list[Token], phrases: dict[int, Phrase]) -> Iterator[_Place]:
    by_first = defaultdict(list)
    for number, phrase in phrases.items():
        by_first[phrase.stems[0]].append((number, phrase))
    for at, token in enumerate(tokens):
        for number, phrase in by_first.get(token.stem, ()):
            stretch = tokens[at : at + len(phrase.stems)]
            if _is(phrase, stretch):
                # Of a pair that only begins with an open phrase's last character, just that one.
                last = stretch[-1]
                end = last.start + len(phrase.stems[-1]) if phrase.is_open else last.end
                yield _Place(token.start, end, number)


def _is(phrase: Phrase, tokens: list[Token]) -> bool:
    *closed, last = (token.stem for token in tokens)
    if len(tokens) < len(phrase.stems) or tuple(closed) != phrase.stems[:-1]:
        return False
    return last.startswith(phrase.stems[-1]) if phrase.is_open else last == phrase.stems[-1]


# --- Which piece of a text ---


def _most_different(places: list[_Place], length: int) -> list[_Place]:
    """The first places, no further apart than a length, that are of most different phrases."""
    best, most, inside = places[:1], 1, defaultdict[int, int](int)
    first = 0
    for last, place in enumerate(places):
        inside[place.phrase] += 1
        while first < last and place.end - places[first].start > length:
            left = places[first].phrase
            inside[left] -= 1
            if not inside[left]:
                del inside[left]
            first += 1
        if len(inside) > most:
            best, most = places[first : last + 1], len(inside)
    return best


def _cut(text: str, start: int, end: int, length: int) -> tuple[int, int]:
    """Where the piece begins and ends, so that it is about so long and no word is cut."""
    left, after = max(0, length - (end - start)), len(text) - start
    # Near the end of the text, all that there is room for is before the words.
    room = max(left // 2, min(left, length - after))
    begin = _beginning(text, start, room, length // 2)
    stop = max(end, begin + length)
    return begin, len(text) if stop >= len(text) else _end(text, end, stop)


def _beginning(text: str, start: int, room: int, least: int) -> int:
    """Where the words' sentence begins, or one before if too little follows; else some word."""
    earliest = max(0, start - room)
    before = text[earliest:start]
    sentences = [earliest + match.end() for match in _SENTENCE_END.finditer(before)]
    if not earliest:
        sentences.insert(0, 0)
    if sentences:
        enough = (begin for begin in reversed(sentences) if len(text) - begin >= least)
        return next(enough, sentences[0])
    # At a word of the text, or where there are no spaces, at a pause of the sentence.
    if pause := _PAUSE.search(before):
        return earliest + pause.end()
    return start if _is_within_word(text, earliest) else earliest


def _end(text: str, end: int, stop: int) -> int:
    """The last place where a word ends: after a place's end, and not after the stop."""
    while stop > end and _is_within_word(text, stop):
        stop -= 1
    return end + len(text[end:stop].rstrip())


def _is_within_word(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    return not (before.isspace() or after.isspace() or is_unspaced(before) or is_unspaced(after))


def _ends_sentence(text: str) -> bool:
    matches = [*_SENTENCE_END.finditer(text, max(0, len(text) - 8))]
    return bool(matches) and matches[-1].end() == len(text)


# --- Pieces ---


def _segments(text: str, start: int, end: int, places: list[_Place]) -> list[Segment]:
    """A piece of the text in segments; places that overlap or touch become one."""
    segments, at = [], start
    for first, last in _united(places):
        first, last = max(first, start), min(last, end)
        if first >= last:
            continue
        if first > at:
            segments.append(Segment(text[at:first], False))
        segments.append(Segment(text[first:last], True))
        at = last
    if at < end:
        segments.append(Segment(text[at:end], False))
    return segments


def _united(places: list[_Place]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for start, end, _phrase in places:
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return spans
