"""Pages saved as text: paragraphs between blank lines, and what plain text uses for the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from itertools import groupby

from .header import TITLE_LENGTH, Header, Line, find_header, find_trailer
from .page import Page, PageError
from .prose import ends_a_sentence, joined, reads_as_heading, squeeze

_BULLET = re.compile(r"(?:[-*]\s+|[•·●■◆▪]\s*)(?P<text>\S.*)")
_NUMBERED = re.compile(
    r"(?:(?P<plain>\d{1,3})\s*[.)、．）](?!\d)|[(（](?P<round>\d{1,3})[)）])\s*(?P<text>\S.*)"
)
_QUOTED = re.compile(r">\s?(?P<text>.*)")
_MARKED_HEADING = re.compile(r"#{1,4}\s+(?P<text>\S.*)")
_QUOTATION = re.compile(r"[“\"「『][^“”\"「」『』]+[”\"」』]")


@dataclass
class _Piece:
    """One paragraph, list item, quoted line or table row, with the lines it was written in."""

    kind: str
    lines: list[str]
    texts: list[str] = field(default_factory=list)  # Without marks such as "1." or ">".
    number: int = 0
    gap_before: bool = True
    gap_after: bool = True

    @property
    def text(self) -> str:
        return joined(self.texts)

    @property
    def as_written(self) -> str:
        return joined(self.lines)


def read_text(source: str, today: date) -> Page:
    """A page saved as text. Raises `PageError`."""
    lines = [Line(number, text) for number, text in enumerate(source.split("\n"), 1)]
    header = find_header(lines, today)
    title = checked_title(joined(line.text for line in lines[: header.first]), header)
    end = find_trailer(lines, header.end)
    body = body_html([header.after, *(line.text for line in lines[header.end : end])])
    if not body:
        raise PageError("no text after the header line", header.number)
    return Page(title, header.day, header.source, header.volume, body)


def checked_title(title: str, header: Header) -> str:
    title = title or header.before
    if not title:
        raise PageError("no title before the header line", header.number)
    if len(title) > TITLE_LENGTH:
        raise PageError(f"the title is longer than {TITLE_LENGTH} characters", 1)
    return title


def body_html(lines: Sequence[str]) -> str:
    """The text of a page as HTML: paragraphs, sub-headings, lists, quotations and tables."""
    pieces = list(_pieces(lines))
    blocks: list[str] = []
    position = 0
    while position < len(pieces):
        for find in (_list_at, _quoted_at, _table_at):
            if found := find(pieces, position):
                block, position = found
                break
        else:
            block = _paragraph(pieces, position)
            position += 1
        blocks.append(block)
    return "\n".join(blocks)


def _pieces(lines: Sequence[str]) -> Iterator[_Piece]:
    pending: _Piece | None = None
    gap = True
    for line in lines:
        if not line.strip():
            gap = True
            continue
        piece = _piece(line, gap)
        if pending and not gap and piece.kind == "plain" and pending.kind in _CONTINUED:
            pending.lines += piece.lines
            pending.texts += piece.texts
            continue
        if pending:
            pending.gap_after = gap
            yield pending
        pending, gap = piece, False
    if pending:
        yield pending


_CONTINUED = {"plain", "bullet", "numbered"}


def _piece(line: str, gap: bool) -> _Piece:
    text = line.strip()
    for kind, pattern in (
        ("bullet", _BULLET),
        ("numbered", _NUMBERED),
        ("quoted", _QUOTED),
        ("heading", _MARKED_HEADING),
    ):
        if found := pattern.fullmatch(text):
            number = found["plain"] or found["round"] if kind == "numbered" else 0
            return _Piece(kind, [text], [found["text"]], int(number), gap)
    if "\t" in text:
        return _Piece("row", [line], line.rstrip("\n").split("\t"), 0, gap)
    return _Piece("plain", [text], [text], 0, gap)


def _run(
    pieces: list[_Piece], start: int, belongs: Callable[[_Piece, _Piece], bool]
) -> list[_Piece]:
    """The pieces from `start` on of which each belongs to the one before it."""
    run = [pieces[start]]
    for piece in pieces[start + 1 :]:
        if piece.kind != run[-1].kind or not belongs(run[-1], piece):
            break
        run.append(piece)
    return run


def _list_at(pieces: list[_Piece], start: int) -> tuple[str, int] | None:
    """Two items or more: a single "1." or "-" is no list, and stays as it was written."""
    first = pieces[start]
    if first.kind not in ("bullet", "numbered"):
        return None
    step = int(first.kind == "numbered")
    run = _run(pieces, start, lambda before, piece: piece.number == before.number + step)
    if len(run) < 2:
        return None
    items = "".join(f"<li>{_escaped(piece.text)}</li>" for piece in run)
    if first.kind == "bullet":
        return f"<ul>{items}</ul>", start + len(run)
    begin = f' start="{first.number}"' if first.number != 1 else ""
    return f"<ol{begin}>{items}</ol>", start + len(run)


def _quoted_at(pieces: list[_Piece], start: int) -> tuple[str, int] | None:
    if pieces[start].kind != "quoted":
        return None
    run = _run(pieces, start, lambda before, piece: not piece.gap_before)
    texts = [piece.text for piece in run]
    paragraphs = [joined(group) for filled, group in groupby(texts, bool) if filled]
    html = "".join(f"<p>{_escaped(text)}</p>" for text in paragraphs)
    return f"<blockquote>{html}</blockquote>", start + len(run)


def _table_at(pieces: list[_Piece], start: int) -> tuple[str, int] | None:
    """Rows of as many cells each, told apart by tabs; one row alone is a paragraph."""
    cells = len(pieces[start].texts)
    if pieces[start].kind != "row":
        return None
    run = _run(pieces, start, lambda _, piece: not piece.gap_before and len(piece.texts) == cells)
    if len(run) < 2 or not any(piece.texts[0].strip() for piece in run):
        return None
    rows = "".join(
        "<tr>" + "".join(f"<td>{_escaped(squeeze(cell))}</td>" for cell in piece.texts) + "</tr>"
        for piece in run
    )
    return f"<table><tbody>{rows}</tbody></table>", start + len(run)


def _paragraph(pieces: list[_Piece], position: int) -> str:
    piece = pieces[position]
    if piece.kind == "heading":
        return f"<h2>{_escaped(piece.text)}</h2>"
    text = piece.as_written
    if _QUOTATION.fullmatch(text):
        return f"<blockquote><p>{_escaped(text)}</p></blockquote>"
    alone = piece.gap_before and piece.gap_after and len(piece.lines) == 1
    following = pieces[position + 1 : position + 2]
    if alone and following and reads_as_heading(text) and _opens_a_section(following[0]):
        return f"<h2>{_escaped(text)}</h2>"
    return f"<p>{_escaped(text)}</p>"


def _opens_a_section(piece: _Piece) -> bool:
    """Whether what follows a short line can be the text under a sub-heading."""
    return piece.kind in ("bullet", "numbered") or ends_a_sentence(piece.as_written)


def _escaped(text: str) -> str:
    return escape(text, quote=False)
