"""What a reader may have meant: words of titles that are spelt, or sound, much alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import islice, product

from news.models import KnownWord
from news.query import readable
from news.search import in_title, search
from news.tokens import RUNS, fold_unspaced, fold_word, is_unspaced, spellings

MOST_TEXTS = 3
MOST_TRIED = 12  # Each costs a search.
MOST_WORDS = 6


def near(text: str, language: str) -> list[str]:
    """Up to `MOST_TEXTS` texts much like this one, each of which finds a public article.

    With words of titles instead of those that are nowhere; or else without one of the words.
    """
    text = readable(text)
    words = [run[0] for run in RUNS.finditer(text) if not _is_unwanted(run)]
    words = list(dict.fromkeys(words))[:MOST_WORDS]
    choices = [[w] if _finds(w, language) else _alike(w, language) or [""] for w in words]
    others = (_with(zip(words, chosen, strict=True), text) for chosen in product(*choices))
    fewer = (_with([(word, "")], text) for word in words)
    return _offered(others, text, language) or _offered(fewer, text, language)


def _offered(likely: Iterable[str], text: str, language: str) -> list[str]:
    tried = islice((like for like in dict.fromkeys(likely) if like != text), MOST_TRIED)
    return list(islice((like for like in tried if _finds(like, language)), MOST_TEXTS))


def _with(words: Iterable[tuple[str, str]], text: str) -> str:
    """The text with these words instead of those, and all else as it was typed."""
    instead = dict(words)
    text = RUNS.sub(lambda run: instead.get(run[0], run[0]), text)
    return " ".join(text.replace('""', "").split())


def _is_unwanted(run: re.Match) -> bool:
    return run.string[: run.start()].endswith("-")


def _finds(text: str, language: str) -> bool:
    found = search(text, language=language)
    return bool(found.ids) and not found.is_relaxed


def _alike(run: str, language: str) -> list[str]:
    """What public titles have that is spelt or sounds like it, the most alike first."""
    if is_unspaced(run):
        return _sounding_alike(fold_unspaced(run), language)
    word = fold_word(run)
    known = KnownWord.objects.filter(language=language, spelling__in=spellings(word))
    words = set(known.values_list("word", flat=True)) - {word}
    likely = sorted(words, key=lambda other: (-_likeness(word, other), other))
    return [other for other in likely[: 2 * MOST_TEXTS] if in_title(other, language)][:MOST_TEXTS]


def _likeness(word: str, other: str) -> float:
    return SequenceMatcher(None, word, other, autojunk=False).ratio()


def _sounding_alike(run: str, language: str) -> list[str]:
    """The run with pairs that titles have instead of those they have not: 海成工程, 海诚工程."""
    meant, at = run, 0
    while at < len(run) - 1:
        pair = run[at : at + 2]
        known = KnownWord.objects.filter(language=language, spelling__in=spellings(pair))
        words = set(known.values_list("word", flat=True))
        likely = [pair] if pair in words else sorted(w for w in words if in_title(w, language))
        if likely:
            meant = meant[:at] + likely[0] + meant[at + 2 :]
        at += 2 if likely else 1
    return [meant] if meant != run else []
