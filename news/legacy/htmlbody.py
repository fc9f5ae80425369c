"""Writes the text of an HTML page anew: paragraphs, sub-headings, lists, tables, and no more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from .prose import reads_as_heading, squeeze


class Event(NamedTuple):
    """One step through a page: an element opens or closes (`open`, `close`), stands for itself
    (`void`), or text follows (`text`). `line` counts the lines of the file."""

    kind: str
    tag: str
    attributes: Mapping[str, str]
    text: str
    line: int


EMBEDS = {"iframe", "video", "audio", "object", "embed"}
INLINE = {"a", "b", "strong", "i", "em", "u", "s", "strike", "del", "sub", "sup"}
VOID = {"br", "hr", "img", "link", "embed"}

_RENAMED = {"b": "strong", "i": "em", "strike": "s", "del": "s"}
_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
_TABLE_PARTS = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
STRUCTURE = {"ul", "ol", "li", "blockquote", "figure", "figcaption"} | _TABLE_PARTS
# Here text stands without a paragraph of its own, and a new block is a new line.
_TIGHT = {"li", "td", "th", "caption", "figure", "figcaption"}
_ATTRIBUTES = {
    "a": ("href", "title"),
    "ol": ("start",),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan", "scope"),
}
_INDENT = re.compile("\\s*(?:\u3000|\xa0\xa0)")
_BOLD_PARAGRAPH = re.compile(r"<p><strong>([^<]{2,80})</strong></p>(?=\n<(?:p|ul|ol)>)")


def body_html(first: str, events: Sequence[Event]) -> tuple[str, tuple[str, ...]]:
    """The text of a page as HTML, and the addresses of its pictures.

    `first` is plain text that comes before the events; events may close what they never opened.
    """
    writer = _Writer(_layout(events) | _stray_items(events))
    if first:
        writer.text(first)
        writer.boundary()
    for index, event in enumerate(events):
        writer.take(index, event)
    html = _BOLD_PARAGRAPH.sub(_as_heading, writer.finish())
    return html, tuple(dict.fromkeys(writer.pictures))


def _as_heading(bold: re.Match[str]) -> str:
    """A short bold paragraph alone was how many pages wrote a sub-heading."""
    return f"<h2>{bold[1]}</h2>" if reads_as_heading(bold[1]) else bold[0]


def _layout(events: Sequence[Event]) -> set[int]:
    """The events of tables that hold no data but place things on the page.

    They have a single cell, or another table inside them, or do not begin and end in the text.
    """
    layout: set[int] = set()
    stack: list[_Table] = []
    for index, event in enumerate(events):
        if event.tag not in _TABLE_PARTS:
            continue
        if event.tag == "table" and event.kind == "open":
            if stack:
                stack[-1].is_layout = True
            stack.append(_Table())
        if not stack:
            layout.add(index)
            continue
        stack[-1].events.append(index)
        stack[-1].cells += event.kind == "open" and event.tag in ("td", "th")
        if event.tag == "table" and event.kind == "close":
            table = stack.pop()
            if table.is_layout or table.cells < 2:
                layout.update(table.events)
    for table in stack:
        layout.update(table.events)
    return layout


def _stray_items(events: Sequence[Event]) -> set[int]:
    """The events of list items that no list is around: they are paragraphs."""
    stray: set[int] = set()
    stack: list[tuple[str, bool]] = []
    for index, event in enumerate(events):
        if event.tag not in STRUCTURE:
            continue
        if event.kind == "open":
            is_stray = event.tag == "li" and (not stack or stack[-1][0] not in ("ul", "ol"))
            stack.append((event.tag, is_stray))
        else:
            is_stray = stack.pop()[1] if stack else False
        if is_stray:
            stray.add(index)
    return stray


class _Table:
    def __init__(self) -> None:
        self.events: list[int] = []
        self.cells = 0
        self.is_layout = False


class _Structure:
    """An open list, table or quotation; written once something is in it."""

    def __init__(self, tag: str, start: str):
        self.tag = tag
        self.start = start
        self.written = False


class _Writer:
    """Writes events as HTML in which all text of the top level stands in paragraphs."""

    def __init__(self, layout: set[int]):
        self.pictures: list[str] = []
        self._layout = layout
        self._out: list[str] = []
        self._open: list[_Structure] = []
        self._inline: list[_Structure] = []
        self._wrapper = "p"
        self._wrapped = False
        self._fresh = True  # Nothing stands in this paragraph, cell or item yet.
        self._space = False
        self._breaks = 0
        self._rule = False

    def take(self, index: int, event: Event) -> None:
        if event.kind == "text":
            self.text(event.text)
        elif event.kind == "void":
            self._void(event)
        elif event.tag in INLINE:
            self._take_inline(event)
        elif event.tag in STRUCTURE and index not in self._layout:
            self._take_structure(event)
        else:
            self.boundary()
            if event.tag in _HEADINGS:
                self._wrapper = _HEADINGS[event.tag] if event.kind == "open" else "p"

    def text(self, text: str) -> None:
        content = squeeze(text)
        if not content:
            self._space = self._space or bool(text)
            return
        if self._breaks and _INDENT.match(text):
            self._breaks = 2  # Old Chinese pages begin a paragraph by a line break and an indent.
        self._begin(space=self._space or text[0].isspace())
        self._out.append(escape(content, quote=False))
        self._fresh = False
        self._space = text[-1].isspace()

    def boundary(self) -> None:
        """A block begins or ends: so does the paragraph, or the line where there is none."""
        self._close_inline()
        if self._wrapped:
            self._out.append(f"</{self._wrapper}>{self._line_end()}")
            self._wrapped, self._fresh, self._breaks = False, True, 0
        elif self._is_tight() and not self._fresh:
            self._breaks = max(self._breaks, 1)
        else:
            self._breaks = 0
        self._space = False

    def finish(self) -> str:
        self.boundary()
        while self._open:
            self._close_structure()
        return "".join(self._out).strip()

    def _void(self, event: Event) -> None:
        if event.tag == "br":
            self._breaks += 1
        elif event.tag == "hr":
            self.boundary()
            self._rule = bool(self._out) and not self._open
        elif event.tag == "img":
            self._picture(event)
        elif event.tag in EMBEDS:
            # The door takes it out, and counts it.
            self.boundary()
            self._out.append(_start_tag(event.tag, event, ("src",)) + f"</{event.tag}>\n")

    def _picture(self, event: Event) -> None:
        if src := event.attributes.get("src"):
            self._begin(space=self._space)
            alt = squeeze(event.attributes.get("alt", ""))
            self._out.append(f'<img src="{escape(src)}" alt="{escape(alt)}">')
            self.pictures.append(src)
            self._fresh = self._space = False

    def _take_inline(self, event: Event) -> None:
        tag = _RENAMED.get(event.tag, event.tag)
        if event.kind == "open":
            self._inline.append(_Structure(tag, _start_tag(tag, event, _ATTRIBUTES.get(tag, ()))))
        elif self._inline:
            inline = self._inline.pop()
            if inline.written:
                self._out.append(f"</{inline.tag}>")

    def _take_structure(self, event: Event) -> None:
        self.boundary()
        if event.kind == "close":
            if self._open:
                self._close_structure()
        else:
            start = _start_tag(event.tag, event, _ATTRIBUTES.get(event.tag, ()))
            self._open.append(_Structure(event.tag, start))
            self._fresh, self._breaks = True, 0
            if event.tag in ("td", "th"):
                self._open_structures()  # An empty cell keeps the others in their columns.

    def _close_structure(self) -> None:
        structure = self._open.pop()
        if structure.written:
            self._out.append(f"</{structure.tag}>{self._line_end()}")
        self._fresh, self._breaks = True, 0

    def _begin(self, *, space: bool) -> None:
        """Make the place for text: what is pending is written."""
        if self._breaks > 1 and not self._is_tight():
            self.boundary()
        if not self._fresh and (self._breaks or space):
            self._out.append("<br>" if self._breaks else " ")
        if self._rule and not any(structure.written for structure in self._open):
            self._out.append("<hr>\n")
        self._breaks, self._rule = 0, False
        self._open_structures()
        if not self._wrapped and not self._is_tight():
            self._out.append(f"<{self._wrapper}>")
            self._wrapped, self._fresh = True, True
        for inline in self._inline:
            if not inline.written:
                self._out.append(inline.start)
                inline.written = True

    def _open_structures(self) -> None:
        for structure in self._open:
            if not structure.written:
                self._out.append(structure.start)
                structure.written = True

    def _close_inline(self) -> None:
        """End what is written of bold text, links and the like; it goes on in the next block."""
        for inline in reversed(self._inline):
            if inline.written:
                self._out.append(f"</{inline.tag}>")
                inline.written = False

    def _is_tight(self) -> bool:
        return bool(self._open) and self._open[-1].tag in _TIGHT

    def _line_end(self) -> str:
        return "" if self._open else "\n"


def _start_tag(tag: str, event: Event, names: Sequence[str]) -> str:
    values = ((name, event.attributes.get(name)) for name in names)
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in values if value)
    return f"<{tag}{attributes}>"
