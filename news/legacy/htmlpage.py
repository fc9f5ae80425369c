"""Pages saved as HTML: read into a flat list of events, then searched for title, header and text.

nh3 repairs the markup first, as a browser would, so what is read here is well-formed and balanced.
Nothing recurses: a page may be nested as deeply as it likes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from typing import NamedTuple

import nh3

from .header import Header, Line, find_header, find_trailer
from .htmlbody import EMBEDS, INLINE, STRUCTURE, VOID, Event, body_html
from .page import Page, PageError
from .prose import squeeze
from .textpage import checked_title

# Their content is no news. `<form>` is not among them: some systems put the whole page into one.
_DROPPED = {"script", "style", "noscript", "template", "nav", "footer", "aside"}
_DROPPED |= {"select", "textarea", "button", "svg", "math"}
_BLOCKS = STRUCTURE | {"h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "dl", "dt", "dd"}
_BLOCKS |= {"div", "section", "article", "main", "header", "center", "address"}
_BLOCKS |= {"fieldset", "form", "details", "summary"}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt"},
    "link": {"rel", "href"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    **{tag: {"src"} for tag in EMBEDS},
}
# Beyond what the door lets through, so that what it takes can be counted and named.
_SCHEMES = {"http", "https", "mailto", "tel", "data", "file", "ftp", "javascript"}

# Each line end carries its number through the repair. The characters are from a private area of
# Unicode and are taken out of the page before; the space keeps the mark off an attribute's name.
_MARK = re.compile("\ue000([0-9]+)\ue001 ?")
_MARK_CHARACTERS = re.compile("[\ue000\ue001]")
_NESTING = re.compile(r"<(/?)(?:div|span|table|ul|ol|dl|blockquote|section|article|center)\b", re.I)
_MAX_DEPTH = 2000  # The repair takes seconds from some 30,000 on.
_SOME_TEXT = 40  # Characters.


class _Heading(NamedTuple):
    text: str
    at: int


@dataclass
class _Document:
    """What was read: the events of the visible page, and what its head says."""

    events: list[Event] = field(default_factory=list)
    title: str = ""
    canonical: str = ""

    def lines(self) -> list[Line]:
        """The page as a reader sees it: a line for each stretch of text that nothing breaks."""
        lines: list[Line] = []
        pieces: list[str] = []
        number = start = 0
        for index, event in enumerate([*self.events, _END]):
            if event.kind == "text":
                if not "".join(pieces).strip():
                    number, start, pieces = event.line, index, []
                pieces.append(event.text)
            elif event.tag not in INLINE and event.tag != "img":
                if text := squeeze("".join(pieces)):
                    lines.append(Line(number, text, start, index))
                pieces = []
        return lines


_END = Event("void", "br", {}, "", 0)


def read_html(source: str, today: date) -> Page:
    """A page saved as HTML. Raises `PageError`."""
    document = _read(_repaired(source))
    lines = document.lines()
    header = find_header(lines, today)
    title = checked_title(_title(document, lines, header), header)
    start = lines[header.end - 1].end
    end = _end(document.events, start, lines[header.end :])
    body, pictures = body_html(header.after, document.events[start:end])
    if not pictures and not re.search(r">[^<\s]", body):
        raise PageError("no text after the header line", header.number)
    return Page(title, header.day, header.source, header.volume, body, document.canonical, pictures)


def _repaired(source: str) -> str:
    depth = 0
    for found in _NESTING.finditer(source):
        depth += -1 if found[1] else 1
        if depth > _MAX_DEPTH:
            line = source.count("\n", 0, found.start()) + 1
            raise PageError(f"more than {_MAX_DEPTH} elements inside each other", line)
    first, *rest = _MARK_CHARACTERS.sub("", source).split("\n")
    numbered = (f"\n\ue000{number}\ue001 {line}" for number, line in enumerate(rest, 2))
    return nh3.clean(
        first + "".join(numbered),
        tags=_BLOCKS | INLINE | VOID | EMBEDS | {"title", "link"},
        attributes=_ATTRIBUTES,
        clean_content_tags=_DROPPED,
        url_schemes=_SCHEMES,
        link_rel=None,
    )


def _read(html: str) -> _Document:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.document


class _Reader(HTMLParser):
    """Reads what nh3 wrote (never a page itself) into events."""

    def __init__(self) -> None:
        super().__init__()
        self.document = _Document()
        self._line = 1
        self._unread = ""  # The element whose content is no text of the page.

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        values = {name: _MARK.sub("", value or "").strip() for name, value in attrs}
        if self._unread:
            return
        if tag == "link":
            self._link(values)
        elif tag == "title":
            self._unread = tag
        elif tag in EMBEDS:
            self._event("void", tag, values)
            self._unread = "" if tag in VOID else tag
        else:
            self._event("void" if tag in VOID else "open", tag, values)

    def handle_endtag(self, tag: str) -> None:
        if self._unread:
            self._unread = "" if tag == self._unread else self._unread
        elif tag not in VOID:
            self._event("close", tag)

    def handle_data(self, data: str) -> None:
        pieces = _MARK.split(data)  # Text and line number in turn.
        text, numbers = "".join(pieces[::2]), [int(number) for number in pieces[1::2]]
        if self._unread == "title":
            self.document.title = squeeze(self.document.title + text)
        elif text and not self._unread:
            line = self._line
            for piece, number in zip(pieces[::2], numbers, strict=False):
                if piece.strip():
                    break
                line = number
            self.document.events.append(Event("text", "", {}, text, line))
        self._line = numbers[-1] if numbers else self._line

    def _event(self, kind: str, tag: str, attributes: Mapping[str, str] | None = None) -> None:
        self.document.events.append(Event(kind, tag, attributes or {}, "", self._line))

    def _link(self, attributes: Mapping[str, str]) -> None:
        if "canonical" in attributes.get("rel", "").lower().split():
            self.document.canonical = self.document.canonical or attributes.get("href", "")


def _title(document: _Document, lines: Sequence[Line], header: Header) -> str:
    """The `<h1>` nearest above the header line, or the page's `<title>`.

    The `<h1>` may be the site's name, and the `<title>` ends in it: so what stands above the header
    line and begins the `<title>`, or else is part of it, comes before both.
    """
    heading = _heading(document.events, lines[header.first].start)
    above = [line.text for line in lines[: header.first] if line.start >= heading.at]
    named = [text for text in (heading.text, *above) if text and text in document.title]
    best = max(named, key=lambda text: (document.title.startswith(text), len(text)), default="")
    return best or heading.text or document.title or "".join(above[-1:])


def _heading(events: Sequence[Event], before: int) -> _Heading:
    """The last `<h1>` with a text before an event; an empty one if there is none."""
    heading = _Heading("", 0)
    opened = 0
    for index, event in enumerate(events[:before]):
        if event.tag == "h1" and event.kind == "open":
            opened = index
        elif event.tag == "h1":
            text = squeeze("".join(inner.text or " " for inner in events[opened:index]))
            heading = _Heading(text, opened) if text else heading
    return heading


def _end(events: Sequence[Event], start: int, lines: Sequence[Line]) -> int:
    """Where the text ends that begins at `start`: at the trailer, or with what holds the text."""
    for end in (len(events), _container_end(events, start)):
        inside = [line for line in lines if line.start < end]
        if (trailer := find_trailer(inside, 0)) < len(inside):
            return inside[trailer].start
    return end


def _container_end(events: Sequence[Event], start: int) -> int:
    """Where the innermost element ends that holds both the header line and text after it.

    A few words do not count: they are a button to print the page, or to share it.
    """
    depth = floor = seen = 0
    for index in range(start, len(events)):
        event = events[index]
        depth += (event.kind == "open") - (event.kind == "close")
        if seen >= _SOME_TEXT and depth < floor:
            return index
        seen += len(event.text.strip())
        if seen < _SOME_TEXT:
            floor = min(floor, depth)
    return len(events)
