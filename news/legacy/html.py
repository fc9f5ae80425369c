"""Pages saved as HTML: title, header line and text are found in the tree of the page, and the
text is written anew as paragraphs and blocks. What may be in those is for the door to say."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from contextlib import suppress
from datetime import date
from html import escape
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, NavigableString, PageElement, ParserRejectedMarkup, Tag
from bs4.element import PreformattedString

from .page import HEADING, Line, Page, PageError, find_header, find_trailer, squeeze

# Their content is no news. `form` is not among them: some systems put the whole page into one.
_DROPPED = ["script", "style", "noscript", "template", "nav", "footer", "aside", "title"]
_DROPPED += ["select", "textarea", "button", "svg", "math"]
_EMBEDS = {"iframe", "video", "audio", "object", "embed"}  # The door counts what it takes.
_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
_RENAMED = {"b": "strong", "i": "em", "strike": "s", "del": "s", **_HEADINGS}
_WHOLE = {"ul", "ol", "table", "blockquote", "figure", "hr", *_EMBEDS, *_HEADINGS}
_BLOCKS = [*_WHOLE, "html", "body", "p", "div", "center", "section", "article", "main", "header"]
_BLOCKS += ["form", "fieldset", "pre", "dl", "dt", "dd", "li", "figcaption", "caption"]
_BLOCKS += ["thead", "tbody", "tfoot", "tr", "th", "td"]

_BR = r"<br\b[^>]*>"
# Two line breaks end a paragraph; on old Chinese pages one does, and an indent begins the next.
_PARAGRAPH_END = re.compile(rf"(?:{_BR}\s*){{2,}}|{_BR}(?=\s*?(?:\u3000|\xa0\xa0))")
_BREAKS_AT_ENDS = re.compile(rf"^(?:{_BR}|\s)+|(?:{_BR}|\s)+$")
_SHOWS = re.compile(rf"<(?:img|{'|'.join(_EMBEDS)})\b|(?:^|>)[^<]*[^<\s]")
_BOLD_PARAGRAPH = re.compile(r"<p><strong>([^<]*)</strong></p>(?=\n?<(?:p|[uo]l)\b)")
_RELATIVE = re.compile(r"^(?![a-z][a-z0-9+.-]*:|[/#?])\S", re.IGNORECASE)
_SOME_TEXT = 40  # Characters.


def read(source: str, today: date, address: str = "") -> Page:
    """A page saved as HTML; `address` is its old one, if it is known. Raises `PageError`."""
    try:
        return _read(BeautifulSoup(source, "html.parser"), today, address)
    except (ParserRejectedMarkup, RecursionError) as error:
        raise PageError(f"the HTML cannot be read ({error})") from None


def _read(soup: BeautifulSoup, today: date, address: str) -> Page:
    link = soup.find("link", rel="canonical", href=True)
    canonical = str(link["href"]).strip() if link else ""
    named = squeeze(soup.title.get_text()) if soup.title else ""
    for element in soup(_DROPPED) + soup(string=lambda s: isinstance(s, PreformattedString)):
        element.extract()
    strings = _lines(soup)
    before = [line[0].find_previous(True) or soup for line in strings]
    lines = [
        Line(tag.sourceline or 1, squeeze("".join(line)))
        for tag, line in zip(before, strings, strict=True)
    ]
    header = find_header(lines, today)
    trailer = find_trailer(lines, header.end)
    title = _title(named, lines[: header.first], strings[header.first][0]) or header.before
    stop = strings[trailer][0] if trailer < len(lines) else None
    root, frames = _cut(soup, strings[header.end - 1][-1], stop)
    _mend(root, address or canonical)
    blocks = [_paragraphs(escape(header.after, quote=False)), *_blocks(root, frames)]
    body = _BOLD_PARAGRAPH.sub(_as_heading, "\n".join(block for block in blocks if block))
    if not body:
        raise PageError("no text after the header line", lines[header.first].number)
    return Page(title, header.day, header.source, header.volume, body, canonical)


def _lines(soup: BeautifulSoup) -> list[list[NavigableString]]:
    """The page as a reader sees it: the strings of each line that has any text."""
    lines: list[list[NavigableString]] = [[]]
    block: PageElement | None = None
    for element in soup.descendants:
        if isinstance(element, Tag):
            if element.name == "br" or element.name in _BLOCKS:
                lines.append([])
        elif isinstance(element, NavigableString):
            around = next((tag for tag in element.parents if tag.name in _BLOCKS), None)
            if around is not block:
                lines.append([])
            block = around
            lines[-1].append(element)
    return [line for line in lines if "".join(line).strip()]


def _title(named: str, above: list[Line], header: NavigableString) -> str:
    """The `<h1>` nearest above the header line, or the page's `<title>`.

    The `<h1>` may be the site's name, and the `<title>` ends in it: so what stands above the header
    line and begins the `<title>`, or else is part of it, comes before both.
    """
    h1 = header.find_previous("h1")
    heading = squeeze(h1.get_text(" ")) if h1 else ""
    parts = [part for part in (heading, *(line.text for line in above)) if part and part in named]
    best = max(parts, key=lambda part: (named.startswith(part), len(part)), default="")
    return best or heading or named or "".join(line.text for line in above[-1:])


def _cut(
    soup: BeautifulSoup, start: NavigableString, stop: NavigableString | None
) -> tuple[Tag, set[int]]:
    """Take out what stands before the text (up to `start`) and after it (from `stop` on).

    Gives the element that holds the text, and the ids of those that hold more than text. Without a
    trailer the text ends with the innermost element that holds the header line and some text after
    it; a few words are a button to print the page, or to share it.
    """
    frames = [*start.parents, *(stop.parents if stop else ())]
    outside = [start, *start.previous_elements, *([stop, *stop.next_elements] if stop else ())]
    for element in outside:
        if not isinstance(element, Tag) or element.name in {"img", "br", "hr", *_EMBEDS}:
            element.extract()
    holding = (tag for tag in frames if len(tag.get_text(strip=True)) >= _SOME_TEXT)
    root = soup if stop else next(holding, soup)
    return root, {id(tag) for tag in frames}


def _mend(root: Tag, address: str) -> None:
    """Old names of elements become the door's; links relative to the old address become whole."""
    for tag in root(list(_RENAMED)):
        tag.name = _RENAMED[tag.name]
    with suppress(ValueError):  # No address at all, which is refused elsewhere.
        base = urlsplit(address).path
        for link in root("a", href=_RELATIVE) if base else ():
            link["href"] = urljoin(base, str(link["href"]))


def _blocks(root: Tag, layout: Container[int] = ()) -> Iterator[str]:
    """The text as HTML: paragraphs, and blocks that stay as they are."""
    run: list[str] = []
    for piece in [*_pieces(root, layout), None]:
        if isinstance(piece, NavigableString):
            run.append(escape(piece, quote=False))
        elif isinstance(piece, Tag) and piece.name not in _WHOLE:
            run.append(str(piece))
        else:
            yield _paragraphs("".join(run))
            run = []
            if piece and _SHOWS.search(html := _block(piece)):
                yield html


def _pieces(root: Tag, layout: Container[int]) -> Iterator[Tag | NavigableString | None]:
    """Inline elements, strings and whole blocks; None where a paragraph begins or ends."""
    for child in root.children:
        if isinstance(child, Tag) and (id(child) in layout or _is_frame(child)):
            yield None
            yield from _pieces(child, layout)
            yield None
        elif isinstance(child, Tag | NavigableString):
            yield child


def _is_frame(tag: Tag) -> bool:
    """Whether an element only holds paragraphs; so do tables that place things on the page."""
    if tag.name == "table":
        return tag.find("table") is not None or len(tag(["td", "th"])) < 2
    return tag.name not in _WHOLE and (tag.name in _BLOCKS or tag.find(_BLOCKS) is not None)


def _block(tag: Tag) -> str:
    if tag.name == "blockquote":
        return f"<blockquote>{''.join(_blocks(tag))}</blockquote>"
    return squeeze(str(tag))


def _paragraphs(html: str) -> str:
    """Nothing stands between them: bold text may begin in one and end, for the door, in another."""
    parts = (_BREAKS_AT_ENDS.sub("", squeeze(part)) for part in _PARAGRAPH_END.split(html))
    return "".join(f"<p>{part}</p>" for part in parts if _SHOWS.search(part))


def _as_heading(bold: re.Match[str]) -> str:
    """A short bold paragraph alone was how many pages wrote a sub-heading."""
    return f"<h2>{bold[1]}</h2>" if HEADING.fullmatch(bold[1]) else bold[0]
