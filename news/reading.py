"""Texts as readers have them, not as markup: words, notes and blocks, for comparing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from news.tokens import RUNS

_PIECE = re.compile(rf"{RUNS.pattern}|\S")

STYLES = {
    **dict.fromkeys(("strong", "b"), gettext_lazy("bold")),
    **dict.fromkeys(("em", "i"), gettext_lazy("italic")),
    "u": gettext_lazy("underlined"),
    "s": gettext_lazy("struck out"),
    "sub": gettext_lazy("subscript"),
    "sup": gettext_lazy("superscript"),
}
# What a block can be besides a paragraph, by its elements and classes.
KINDS = {
    "h2": gettext_lazy("heading 2"),
    "h3": gettext_lazy("heading 3"),
    "h4": gettext_lazy("heading 4"),
    "li": gettext_lazy("list item"),
    "ol": gettext_lazy("numbered list"),
    "blockquote": gettext_lazy("quotation"),
    "th": gettext_lazy("heading of a table"),
    "td": gettext_lazy("table cell"),
    "caption": gettext_lazy("caption of a table"),
    "figcaption": gettext_lazy("caption of a picture"),
    "align-left": gettext_lazy("aligned left"),
    "align-center": gettext_lazy("centred"),
    "align-right": gettext_lazy("aligned right"),
    "align-justify": gettext_lazy("justified"),
}
_BLOCKS = {"p", "ul", "table", "thead", "tbody", "tfoot", "tr", "figure", *KINDS}


class Piece(NamedTuple):
    """A word, a sign or a Chinese character; or a note in brackets on what is none of them."""

    key: str  # What it is compared by.
    text: str  # As it is shown where it changed.
    kept: str  # As it is shown where it did not: most notes are not shown then.
    is_spaced: bool = True
    is_note: bool = False


class Block(NamedTuple):
    """A paragraph, heading, list item, cell or the like."""

    kinds: tuple[str, ...]  # Keys of `KINDS`; none: a plain paragraph.
    pieces: tuple[Piece, ...]

    @property
    def key(self) -> tuple:
        return self.kinds, tuple(piece.key for piece in self.pieces)

    @property
    def note(self) -> str:
        """What it is, in words."""
        kinds = [str(KINDS[kind]) for kind in self.kinds]
        return f"[{_(', ').join(kinds) or _('paragraph')}]"


def words(text: str, is_spaced: bool = False) -> Iterator[Piece]:
    """The words of a plain text, which may come after a space.

    Where no space parts words, each character is one.
    """
    at = 0
    for match in _PIECE.finditer(text):
        is_spaced, at = is_spaced or match.start() > at, match.end()
        for part in match[0] if match.lastgroup == "unspaced" else [match[0]]:
            yield Piece(part, part, part, is_spaced)
            is_spaced = False


def blocks(html: str) -> list[Block]:
    """The blocks of a rich text that has passed the door; empty ones are left out."""
    return _Reader(html).blocks


def note(text: str, kept: str = "", more: str = "") -> Piece:
    """A note; `more` tells apart what reads alike. Its key holds a space, as no word does."""
    return Piece(f"[ {text} {more}", f"[{text}]", kept, is_note=True)


class _Reader(HTMLParser):
    def __init__(self, html: str):
        super().__init__()
        self.blocks: list[Block] = []
        # Elements, outermost first, each with what a block in it is.
        self._open: list[tuple[str, tuple[str, ...]]] = []
        self._pieces: list[Piece] = []
        self._targets: list[str] = []
        self._is_spaced = False
        self.feed(html)
        self.close()
        self._end_block()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self._end_block()
            self._open.append((tag, self._kinds(tag, *found.get("class", "").split())))
        elif tag in STYLES:
            self._pieces.append(note(str(STYLES[tag])))
        elif tag == "a":
            self._targets.append(found.get("href", ""))
        elif tag == "img":
            self._pieces.append(_picture(found))
        elif tag == "br":
            self._pieces.append(note(_("line break"), kept="\n"))
        elif tag == "hr":
            self._end_block()
            line = _("line across")
            self.blocks.append(Block((), (note(line, kept=f"[{line}]"),)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_block()
            self._close(tag)
        elif tag in STYLES:
            self._pieces.append(note(_("end of %s") % STYLES[tag]))
        elif tag == "a" and self._targets:
            self._pieces.append(note(_("link to %s") % self._targets.pop()))

    def handle_data(self, data: str) -> None:
        self._pieces += words(data, self._is_spaced)
        self._is_spaced = data[-1:].isspace()

    def _close(self, tag: str) -> None:
        if any(tag == each for each, _kinds in reversed(self._open)):
            while self._open.pop()[0] != tag:
                pass

    def _end_block(self) -> None:
        if any(piece.kept.strip() for piece in self._pieces):
            self.blocks.append(Block(self._kinds(), tuple(self._pieces)))
        self._pieces = []
        self._is_spaced = False

    def _kinds(self, *more: str) -> tuple[str, ...]:
        """What is in the innermost element, or in one in that."""
        kinds = dict.fromkeys(self._open[-1][1] if self._open else ())
        if "ul" in more:  # Of lists within lists, the innermost says whether it counts.
            kinds.pop("ol", None)
        return tuple(kinds | dict.fromkeys(kind for kind in more if kind in KINDS))


def _picture(found: dict[str, str]) -> Piece:
    alt = found.get("alt", "").strip()
    name = _("picture: %s") % alt if alt else _("picture without alternative text")
    facts = [str(KINDS[each]) for each in found.get("class", "").split() if each in KINDS]
    if width := found.get("width"):
        facts.append(_("%s pixels wide") % width)
    number = found.get("data-picture") or found.get("src", "")
    return note(_(", ").join([name, *facts]), kept=f"[{name}]", more=number)
