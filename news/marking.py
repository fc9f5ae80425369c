"""What became of a text, in one reading of it: what went is marked with `<del>`, what came with
`<ins>`, by words and not by markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

from news.reading import Block, Piece, blocks, words
from news.tokens import is_unspaced

# Blocks with less than this in common are not taken for one that was changed; and where it is known
# that one text took the other's place, less than that is not worth reading word by word.
_ALIKE, _WORTH_IT = 0.5, 0.3
# How many pairs of equal things are looked at to align two lists, and how many words to align
# blocks. With these, 100 KB of text that changed completely take about half a second.
_MOST_PAIRS, _MOST_WORDS = 30_000, 600_000
_PER_PAIR = 20  # What two blocks cost besides their words.
# Characters between two changes that are easier read as part of them.
_CRUMB = 3

_LINE_BREAK = mark_safe("<br>")

Pair = tuple[Block | None, Block | None]


class _Run(NamedTuple):
    """Pieces that are the same in both texts, or those of one that became those of the other."""

    is_kept: bool
    old: list[Piece]
    new: list[Piece]


class _Line(NamedTuple):
    """A block in which changes are marked."""

    is_kept: bool
    html: SafeString


def marked_text(old: str, new: str) -> SafeString:
    """Two plain texts; empty if they differ in their spaces alone."""
    before, after = list(words(old)), list(words(new))
    return _marked(before, after) if _keys(before) != _keys(after) else SafeString()


def marked_rich_text(old: str, new: str) -> SafeString:
    """Two texts that have passed the door; empty if a reader would find the same in both."""
    lines = list(_lines(blocks(old), blocks(new)))
    changed = any(not line.is_kept for line in lines)
    return joined("", _abridged(lines)) if changed else SafeString()


def mark(tag: str, text: str) -> SafeString:
    """A text as what went, `del`, or what came, `ins`; without a tag, or if it is empty, itself."""
    return format_html("<{0}>{1}</{0}>", tag, text) if tag and text else format_html("{}", text)


def joined(separator: str, texts: Iterable[str]) -> SafeString:
    return format_html_join(separator, "{}", ((text,) for text in texts if text))


def matches(
    old: Sequence[Hashable], new: Sequence[Hashable]
) -> Iterator[tuple[bool, slice, slice]]:
    """Which stretches of two lists are the same, and which became which, in the order of both."""
    shortest = min(len(old), len(new))
    start = next((n for n in range(shortest) if old[n] != new[n]), shortest)
    shortest -= start
    end = next((n for n in range(shortest) if old[-1 - n] != new[-1 - n]), shortest)
    if start:
        yield True, slice(start), slice(start)
    middle = old[start : len(old) - end], new[start : len(new) - end]
    for is_kept, (a, b), (c, d) in _aligned(*middle):
        yield is_kept, slice(start + a, start + b), slice(start + c, start + d)
    if end:
        yield True, slice(len(old) - end, len(old)), slice(len(new) - end, len(new))


def _aligned(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[tuple]:
    if not old and not new:
        return
    for has_junk in (False, True):
        if _pairs_of_equals(old, new, has_junk) <= _MOST_PAIRS:
            for kind, a, b, c, d in SequenceMatcher(None, old, new, has_junk).get_opcodes():
                yield kind == "equal", (a, b), (c, d)
            return
    yield False, (0, len(old)), (0, len(new))


def _pairs_of_equals(old: Sequence[Hashable], new: Sequence[Hashable], has_junk: bool) -> int:
    """What difflib will look at, and again part of it for each stretch that it finds."""
    counts = Counter(new)
    if has_junk:  # In long lists it then leaves out what makes up more than a hundredth.
        often = 1 + len(new) // 100 if len(new) >= 200 else len(new)
        counts = Counter({each: count for each, count in counts.items() if count <= often})
    return sum(counts[each] for each in old)


# --- Words ---


def _keys(pieces: Iterable[Piece]) -> list[str]:
    return [piece.key for piece in pieces]


def _marked(old: list[Piece], new: list[Piece]) -> SafeString:
    texts: list[str] = []
    last: Piece | None = None  # That is shown already.
    for run in _runs(old, new):
        marks = (("", run.new),) if run.is_kept else (("del", run.old), ("ins", run.new))
        for tag, pieces in marks:
            shown = [piece for piece in pieces if piece.kept] if run.is_kept else pieces
            if shown:
                is_instead = tag == "ins" and bool(run.old) and not is_unspaced(shown[0].text)
                space = " " if last and (is_instead or _parts(last, shown[0])) else ""
                texts += [space, mark(tag, _shown(shown, run.is_kept))]
                last = shown[-1]
    return joined("", texts)


def _parts(last: Piece, following: Piece) -> bool:
    """Whether a space is between them."""
    return following.is_spaced or (last.is_note and following.text[0].isalnum())


def _shown(pieces: Iterable[Piece], is_kept: bool = False) -> SafeString:
    text, last = "", None
    for piece in pieces:
        shown = piece.kept if is_kept else piece.text
        if shown:
            text += f" {shown}" if last and _parts(last, piece) else shown
            last = piece
    return joined(_LINE_BREAK, text.split("\n")) if "\n" in text else escape(text)


def _runs(old: list[Piece], new: list[Piece]) -> list[_Run]:
    if _share(_words(old), _words(new)) < _WORTH_IT:
        return [_Run(False, old, new)]
    found = [_Run(is_kept, old[a], new[b]) for is_kept, a, b in matches(_keys(old), _keys(new))]
    runs: list[_Run] = []
    for number, run in enumerate(found):
        is_crumb = 0 < number < len(found) - 1 and _is_crumb(run, found[number + 1], runs[-1])
        if runs and not runs[-1].is_kept and (is_crumb or not run.is_kept):
            runs[-1].old.extend(run.old)
            runs[-1].new.extend(run.new)
        else:
            runs.append(run)
    return runs


def _is_crumb(run: _Run, *beside: _Run) -> bool:
    """Whether what two changes have between them is too little to be read for itself."""
    if any(piece.is_note for piece in run.new):
        return False
    size = _size(run.new)
    return size <= _CRUMB and all(size < max(_size(b.old), _size(b.new)) for b in beside)


def _size(pieces: Iterable[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces if not piece.is_note)


def _words(pieces: Iterable[Piece]) -> Counter[str]:
    """How often it has each word, and each note that is always shown, such as a picture."""
    return Counter(piece.key for piece in pieces if piece.kept)


def _share(old: Counter[str], new: Counter[str]) -> float:
    """0: they have no word in common; 1: they have the same words."""
    return 2 * (old & new).total() / (old.total() + new.total() or 1)


# --- Blocks ---


def _lines(old: list[Block], new: list[Block]) -> Iterator[_Line]:
    for is_kept, a, b in matches([block.key for block in old], [block.key for block in new]):
        if is_kept:
            yield from (_Line(True, _block(each, _shown(each.pieces, True))) for each in new[b])
        else:
            yield from (_Line(False, _changed(*pair)) for pair in _pairs(old[a], new[b]))


def _changed(old: Block | None, new: Block | None) -> SafeString:
    if old and new:
        kinds = (mark("del", old.note), mark("ins", new.note)) if old.kinds != new.kinds else ()
        return _block(new, joined(" ", (*kinds, _marked(list(old.pieces), list(new.pieces)))))
    block, tag = (old, "del") if old else (new, "ins")
    assert block is not None
    note = block.note if block.kinds else ""
    return _block(block, mark(tag, joined(" ", (note, _shown(block.pieces)))))


def _block(block: Block, html: SafeString) -> SafeString:
    kinds = "".join(f" is-{kind}" for kind in block.kinds)
    return format_html('<p class="difference-block{}">{}</p>', kinds, html)


def _abridged(lines: list[_Line]) -> Iterator[SafeString]:
    """Of blocks that are the same, only those beside changes."""
    stretches = [(kept, list(group)) for kept, group in groupby(lines, lambda line: line.is_kept)]
    for number, (is_kept, stretch) in enumerate(stretches):
        first = 1 if number > 0 else 0
        last = len(stretch) - (1 if number < len(stretches) - 1 else 0)
        hidden = last - first
        if not is_kept or hidden < 2:
            yield from (line.html for line in stretch)
            continue
        text = ngettext("%(n)d paragraph is the same", "%(n)d paragraphs are the same", hidden)
        yield from (line.html for line in stretch[:first])
        yield format_html('<p class="difference-note">… {} …</p>', text % {"n": hidden})
        yield from (line.html for line in stretch[last:])


def _pairs(old: list[Block], new: list[Block]) -> Iterator[Pair]:
    """Each block with what became of it, in the order of both; None where it came or went."""
    if len(old) == len(new) == 1 and old[0].kinds == new[0].kinds:
        return iter([(old[0], new[0])])
    before, after = ([_words(block.pieces) for block in each] for each in (old, new))
    looked_at = sum(map(len, before)) * len(new) + sum(map(len, after)) * len(old)
    if looked_at + _PER_PAIR * len(old) * len(new) > _MOST_WORDS:
        return _pairs_by_place(old, new, before, after)
    alike = [
        [
            max(_share(a, b), _ALIKE if _is_cell(one, other) else 0)
            for other, b in zip(new, after, strict=True)
        ]
        for one, a in zip(old, before, strict=True)
    ]
    return _pairs_by_likeness(old, new, alike)


def _is_cell(old: Block, new: Block) -> bool:
    """Whether both are cells of a table, which keep their place whatever is written into them."""
    return old.kinds == new.kinds and not {"td", "th"}.isdisjoint(old.kinds)


def _pairs_by_place(
    old: list[Block], new: list[Block], before: list[Counter[str]], after: list[Counter[str]]
) -> Iterator[Pair]:
    """For very many, as if none had come or gone between others."""
    for one, other, *counts in zip(old, new, before, after, strict=False):
        if _share(*counts) >= _ALIKE:
            yield one, other
        else:
            yield one, None
            yield None, other
    yield from _alone(old[len(new) :], new[len(old) :])


def _alone(gone: list[Block], come: list[Block]) -> Iterator[Pair]:
    yield from ((block, None) for block in gone)
    yield from ((None, block) for block in come)


def _pairs_by_likeness(
    old: list[Block], new: list[Block], alike: list[list[float]]
) -> Iterator[Pair]:
    # best[i][j]: how much old[i:] and new[j:] have in common, paired as well as can be.
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            paired = alike[i][j] + best[i + 1][j + 1] if alike[i][j] >= _ALIKE else 0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(old) and j < len(new):
        if best[i][j] == best[i + 1][j]:
            yield old[i], None
            i += 1
        elif best[i][j] == best[i][j + 1]:
            yield None, new[j]
            j += 1
        else:
            yield old[i], new[j]
            i, j = i + 1, j + 1
    yield from _alone(old[i:], new[j:])
