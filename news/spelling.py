"""What a reader may have meant: words of titles that are spelt, or sound, much alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import islice, pairwise, product

from news import edition
from news.models import KnownWord, SearchEntry
from news.query import readable, wanted_parts
from news.search import MOST_ASKED, finds, in_titles, standing
from news.tokens import RUNS, fold_unspaced, fold_word, is_unspaced, spellings

MOST_TEXTS = 3
MOST_TRIED = 9
LONGEST_RUN = 12  # Characters: longer ones are sentences, not misspelt words.
MOST_WORDS = 6


def near(text: str, language: str) -> list[str]:
    """Up to `MOST_TEXTS` texts much like this one, each of which finds a public article.

    With words of titles instead of those that are nowhere; or else without one of the words.
    """
    text = " ".join(readable(text).split())
    typed = [run[0] for part in wanted_parts(text) for run in RUNS.finditer(part)]
    words = list(dict.fromkeys(typed))[:MOST_WORDS]
    nowhere = [word for word in words if not finds(word, language)]
    alike = _alike(nowhere, language)
    choices = [alike.get(word) or [""] if word in nowhere else [word] for word in words]
    others = (_with(zip(words, chosen, strict=True), text) for chosen in product(*choices))
    fewer = (_with([(word, "")], text) for word in words)
    return _offered(others, text, language) or _offered(fewer, text, language)


def forget_unused() -> None:
    """Words that stand in no title any longer, of whatever article."""
    words = sorted(set(KnownWord.objects.values_list("word", flat=True)))
    for start in range(0, len(words), MOST_ASKED):
        batch = words[start : start + MOST_ASKED]
        with edition.change(concerns_public=lambda: False):  # Nobody writes a title meanwhile.
            unused = set(batch) - standing(batch, SearchEntry.objects.all())
            KnownWord.objects.filter(word__in=unused).delete()


def _offered(likely: Iterable[str], text: str, language: str) -> list[str]:
    tried = islice((like for like in dict.fromkeys(likely) if like and like != text), MOST_TRIED)
    return list(islice((like for like in tried if finds(like, language)), MOST_TEXTS))


def _with(words: Iterable[tuple[str, str]], text: str) -> str:
    """The text with these words instead of those, and all else as it was typed."""
    instead = dict(words)
    text = RUNS.sub(lambda run: instead.get(run[0], run[0]), text)
    return " ".join(text.replace('""', "").split())


def _alike(nowhere: list[str], language: str) -> dict[str, list[str]]:
    """For each of these, what public titles have that is spelt or sounds much like it.

    Two questions for all of them: which words titles have, and which of those may be seen.
    """
    parts = {word: _parts(word) for word in nowhere}
    known = _known({part for found in parts.values() for part in found}, language)
    likely = {part: _most_like(part, others) for part, others in known.items()}
    shown = in_titles((other for others in likely.values() for other in others), language)
    alike = {part: [other for other in others if other in shown] for part, others in likely.items()}
    return {
        word: _sounding_alike(fold_unspaced(word), alike)
        if is_unspaced(word)
        else alike.get(fold_word(word), [])
        for word in nowhere
    }


def _parts(word: str) -> list[str]:
    if not is_unspaced(word):
        return [fold_word(word)]
    run = fold_unspaced(word)[:LONGEST_RUN]
    return [first + second for first, second in pairwise(run)]


def _known(parts: set[str], language: str) -> dict[str, set[str]]:
    """Words of titles that have a spelling in common with these."""
    wanted = {part: spellings(part) for part in parts}
    every = {spelling for found in wanted.values() for spelling in found}
    known = KnownWord.objects.filter(language=language, spelling__in=every)
    by_spelling = defaultdict(set)
    for spelling, word in known.values_list("spelling", "word"):
        by_spelling[spelling].add(word)
    return {
        part: {word for spelling in found for word in by_spelling[spelling]}
        for part, found in wanted.items()
    }


def _most_like(part: str, others: set[str]) -> list[str]:
    def unlikeness(other: str) -> tuple[float, str]:
        return -SequenceMatcher(None, part, other, autojunk=False).ratio(), other

    return sorted(others, key=unlikeness)[:MOST_TEXTS]


def _sounding_alike(run: str, alike: dict[str, list[str]]) -> list[str]:
    """The run with pairs that titles have instead of those they have not: 海成工程, 海诚工程."""
    meant, at = run, 0
    while at < len(run) - 1:
        pair = run[at : at + 2]
        if likely := alike.get(pair):
            meant = meant[:at] + (pair if pair in likely else likely[0]) + meant[at + 2 :]
        at += 2 if likely else 1
    return [meant] if meant != run else []
