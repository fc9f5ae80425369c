"""Pages saved as text: paragraphs between blank lines, and what plain text uses for the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import groupby

from .page import HEADING, Line, Page, PageError, find_header, find_trailer, squeeze

_MARK = re.compile(
    r"(?P<ul>[-*]\s+|[•·●■◆▪]\s*)|[(（]?(?P<ol>\d{1,3})\s*[.)、．）](?!\d)\s*|(?P<quote>>)"
)
_QUOTATION = re.compile(r"[“\"「『][^“”\"「」『』]+[”\"」』]")


@dataclass
class _Piece:
    """A paragraph, list item, quoted line or table row; `text` is without marks such as "1."."""

    kind: str
    block: int  # Blank lines part the blocks.
    number: int
    text: str
    written: str


def read(source: str, today: date) -> Page:
    """A page saved as text. Raises `PageError`."""
    lines = [Line(number, text) for number, text in enumerate(source.split("\n"), 1)]
    header = find_header(lines, today)
    title = squeeze("\n".join(line.text for line in lines[: header.first])) or header.before
    texts = [line.text for line in lines[header.end : find_trailer(lines, header.end)]]
    body = _body(_pieces([header.after, *texts]))
    if not body:
        raise PageError("no text after the header line", lines[header.first].number)
    return Page(title, header.day, header.source, header.volume, body)


def _pieces(lines: Sequence[str]) -> list[_Piece]:
    pieces: list[_Piece] = []
    block = 0
    for line in lines:
        written = line.strip()
        mark = _MARK.match(written)
        kind = (mark and mark.lastgroup) or ("row" if "\t" in written else "plain")
        last = pieces[-1] if pieces and pieces[-1].block == block else None
        if not written:
            block += 1
        elif last and kind == "plain" and last.kind in ("plain", "ul", "ol"):
            last.text += f"\n{written}"
            last.written += f"\n{written}"
        else:
            text = line if kind == "row" else written[mark.end() :] if mark else written
            number = int(mark["ol"]) if mark and kind == "ol" else 0
            pieces.append(_Piece(kind, block, number, text, written))
    return pieces


def _body(pieces: list[_Piece]) -> str:
    def neighbours(index: int) -> tuple[str, int]:
        piece = pieces[index]
        # The same for numbers that follow each other; blank lines do not end a list.
        place = {"ul": 0, "ol": piece.number - index}.get(piece.kind, piece.block)
        return piece.kind, place

    blocks: list[str] = []
    for (kind, _), members in groupby(range(len(pieces)), neighbours):
        indexes = list(members)
        group = [pieces[index] for index in indexes]
        if kind == "quote" or (kind != "plain" and len(group) > 1):
            blocks.append(_together(kind, group))
        else:  # One "-" or "1." alone is no list, and stays as it was written.
            blocks += [_paragraph(pieces, index) for index in indexes]
    return "\n".join(blocks)


def _together(kind: str, group: list[_Piece]) -> str:
    if kind == "quote":
        return f"<blockquote><p>{_escaped(' '.join(p.text for p in group))}</p></blockquote>"
    if kind == "row":
        rows = ("".join(f"<td>{_escaped(cell)}</td>" for cell in p.text.split("\t")) for p in group)
        return "<table><tbody>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</tbody></table>"
    start = f' start="{group[0].number}"' if group[0].number > 1 else ""
    return f"<{kind}{start}>{''.join(f'<li>{_escaped(p.text)}</li>' for p in group)}</{kind}>"


def _paragraph(pieces: list[_Piece], index: int) -> str:
    piece, following = pieces[index], pieces[index + 1 : index + 2]
    if _QUOTATION.fullmatch(squeeze(piece.written)):
        return f"<blockquote><p>{_escaped(piece.written)}</p></blockquote>"
    # Two short lines, one below the other, are the end of a letter rather than sub-headings.
    if HEADING.fullmatch(piece.written) and any(
        p.block > piece.block and (p.kind != "plain" or not HEADING.fullmatch(p.written))
        for p in following
    ):
        return f"<h2>{_escaped(piece.written)}</h2>"
    return f"<p>{_escaped(piece.written)}</p>"


def _escaped(text: str) -> str:
    return escape(squeeze(text), quote=False)
