"""What a reader typed, read as words, phrases and words not wanted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from news.tokens import fold_word, is_unspaced, tokenise

MAX_LENGTH = 200
MAX_PHRASES = 16
MOST_COMBINED = 6  # Of which each choice of so many can be looked for.

# Dropped from what is looked for, unless it is quoted or there is nothing else: nearly every text
# has them, so they say little, and the one that has not is missed.
_STOP_WORDS = re.findall(
    r"\w+",
    """a an and are as at be by for from has have in is it its of on or our that the their this
    to was we were what when where which who will with""",
)
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』＂", '"') | dict.fromkeys("－−–", "-"))
_PARTS = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<quoted>[^"]*)(?:"|$)|(?P<plain>[^\s"]+))')
_NEIGHBOURS = re.compile(r"(?<![-\w])([^\W\d_]+)[ -](?=([^\W\d_]+))")
_CHINESE_PUNCTUATION = re.compile("[，。、；：！？·…—～（）〔〕【】《》〈〉\x00]+")


@dataclass(frozen=True)
class Phrase:
    """Words that stand side by side; mostly it is one."""

    stems: tuple[str, ...]
    is_open: bool = False  # The last is only the beginning of one.
    is_quoted: bool = False  # The reader insists on it as it is.

    @property
    def needle(self) -> str:
        """What is in a field of `SearchEntry.ranking` when the phrase is."""
        return f" {' '.join(self.stems)}{'' if self.is_open else ' '}"


@dataclass(frozen=True)
class Query:
    """All of `wanted`, or so many, and none of `unwanted`."""

    wanted: tuple[Phrase, ...] = ()
    unwanted: tuple[Phrase, ...] = ()
    least: int = 0  # So many of those wanted will do, if it is not 0.


def wanted_parts(text: str) -> Iterator[str]:
    """The parts of a readable text that are looked for, as they were typed."""
    parts = _PARTS.finditer(text.translate(_QUOTES))
    return (text[part.start() : part.end()] for part in parts if not part["minus"])


def readable(text: str) -> str:
    """What of a reader's text is looked for and shown again."""
    return text.replace("\x00", " ").strip()[:MAX_LENGTH].strip()


def parse(text: str) -> Query:
    """The query that a text says. Any text says one, if only the empty query."""
    text = _CHINESE_PUNCTUATION.sub(" ", readable(text).translate(_QUOTES))
    wanted, unwanted, dropped = [], [], []
    for part in _PARTS.finditer(text):
        phrase = _phrase(part["quoted"] or part["plain"] or "", is_quoted=not part["plain"])
        if phrase is None:
            continue
        if part["minus"]:
            unwanted.append(phrase)
        elif " ".join(phrase.stems) in _STOP_WORDS and not phrase.is_quoted:
            dropped.append(phrase)
        else:
            wanted.append(phrase)
    # Once each: what was typed twice weighs no more.
    wanted, unwanted = list(dict.fromkeys(wanted or dropped)), list(dict.fromkeys(unwanted))
    return Query(tuple(wanted[:MAX_PHRASES]), tuple(unwanted[:MAX_PHRASES]))


def _phrase(text: str, is_quoted: bool) -> Phrase | None:
    """The tokens of a text as they stand in articles; none if there are none.

    The last character of a run is left out where the pair before it has said it already. Alone, it
    is the beginning of whatever pair it is in.
    """
    tokens = list(tokenise(text))
    if len(tokens) > 1 and tokens[-1].is_tail and tokens[-1].start < tokens[-2].end:
        del tokens[-1]
    if not tokens:
        return None
    return Phrase(tuple(token.stem for token in tokens), tokens[-1].is_tail, is_quoted)


def relaxed(text: str, in_titles: Callable[[Iterable[str]], set[str]]) -> Iterator[Query]:
    """What else a text may say, asked where it finds nothing as it was typed.

    `in_titles` says which words stand in titles that may be shown.
    """
    apart = _taken_apart(parse(text), in_titles)
    yield apart
    if not any(phrase.is_quoted for phrase in apart.wanted):
        yield parse(_put_together(readable(text), in_titles))
    some = apart.wanted[:MOST_COMBINED]
    for least in range(len(some) - 1, (len(some) - 1) // 2, -1):
        yield replace(apart, wanted=some, least=least)


def _taken_apart(query: Query, in_titles: Callable[[Iterable[str]], set[str]]) -> Query:
    """The query with its parts instead of what was typed in one piece, but was not quoted.

    Chinese is typed without spaces, and what stands apart in a text is typed in one: 海诚越南造纸.
    Where a pair of neighbours stands in no title, two words meet. A single character that is left
    over, such as 的, says too little.
    """
    known = in_titles(s for phrase in query.wanted for s in phrase.stems if is_unspaced(s))
    wanted = [part for phrase in query.wanted for part in _parts(phrase, known)]
    return replace(query, wanted=tuple(dict.fromkeys(wanted))[:MAX_PHRASES])


def _put_together(text: str, in_titles: Callable[[Iterable[str]], set[str]]) -> str:
    """The text with two words as one where titles have that: waste water, waste-water."""
    known = in_titles(fold_word(first + second) for first, second in _NEIGHBOURS.findall(text))
    return _NEIGHBOURS.sub(lambda m: m[1] if fold_word(m[1] + m[2]) in known else m[0], text)


def _parts(phrase: Phrase, known: set[str]) -> Iterator[Phrase]:
    if phrase.is_quoted or len(phrase.stems) == 1:
        yield phrase
        return
    run: list[str] = []
    for stem in phrase.stems:
        if run and not (stem in known and run[-1][-1] == stem[0]):
            yield Phrase(tuple(run))
            run = []
        if stem in known:
            run.append(stem)
        elif not is_unspaced(stem):
            yield Phrase((stem,))
    if run:
        yield Phrase(tuple(run))
