"""A page of the old site: what it says, and the two marks that part its text from the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

TITLE_LENGTH = 250
SOURCE_LENGTH = 120
FIRST_DAY = date(1990, 1, 1)  # No web page is older.
MAX_VOLUME = 2_000_000_000

_VOLUME = r"(?<![A-Za-z])(?:Browsing\s+volume|浏览(?:量|次数))\s?[:：]"
# No colon in the number: a second label would begin a header line of its own. The gaps have limits,
# so that no file can keep the search busy.
_HEADER = re.compile(
    _VOLUME + r"\s{0,20}(?P<volume>[^:：]{0,60}?)\s{0,20}(?:(?:Hits|次)\s{0,20}[:：]?\s{0,20})?"
    r"(?:(?<![A-Za-z])(?:Source|来源)\s?[:：](?P<source>.{0,300}?))?"
    r"(?<![A-Za-z])(?:Date|日期|发布时间)\s?[:：]\s{0,20}(?P<day>[^\n]*)",
    re.IGNORECASE | re.DOTALL,
)
_DAY = re.compile(
    r"(\d{4})(?:[-/.]|\s?年\s?)(\d{1,2})(?:[-/.]|\s?月\s?)(\d{1,2})(?:\s?日)?(?![\dA-Za-z/-])"
    r"(?:\s{1,3}\d{1,2}:\d{2}(?::\d{2})?)?"
)
_THOUSANDS = re.compile(r"(?<=\d)[,， ](?=\d{3}(?!\d))")
_TRAILER = re.compile(
    r"\s*(?:(?P<related>Related\s+news|相关新闻)|(?P<last>Last\s+one|上一篇)"
    r"|(?P<next>Next\s+article|下一篇))\s*(?:[:：]|$)",
    re.IGNORECASE,
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff]")
_CJK = "\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef"
_LINE_END_IN_CHINESE = re.compile(rf"(?<=[{_CJK}])[ \t]*\n\s*(?=[{_CJK}])")
_NO_STOP = r"[^\n.,;:!?，。、；：！？…“”\"|]"
# A sub-heading is short, begins like one and has no punctuation of a sentence. In doubt a line is a
# paragraph: nothing is lost by that.
HEADING = re.compile(
    rf"(?=.*[^\W\d]{{2}})(?:\d{{1,2}}[.、)]\s*)?(?:[A-Z0-9]{_NO_STOP}{{1,50}}|[㐀-鿿]{_NO_STOP}{{1,24}})"
)


class PageError(Exception):
    """Why one page cannot be imported, and the line of its file that shows it."""

    def __init__(self, reason: str, line: int | None = None):
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True)
class Page:
    """What one file says. `body` is HTML that has not passed the door; `canonical` is the address
    that the page gives itself, or empty."""

    title: str
    day: date
    source: str
    volume: int
    body: str
    canonical: str = ""

    def __post_init__(self) -> None:
        if not self.title:
            raise PageError("no title before the header line", 1)
        if len(self.title) > TITLE_LENGTH or len(self.source) > SOURCE_LENGTH:
            raise PageError(f"title ({TITLE_LENGTH}) or source ({SOURCE_LENGTH}) is too long", 1)
        if control := _CONTROL.search(self.title + self.source + self.body):
            raise PageError(f"this is no text: it has the character {ord(control[0]):#04x}", 1)


class Line(NamedTuple):
    """A line as a reader sees it, and its number in the file."""

    number: int
    text: str


class Header(NamedTuple):
    """The header line: it may fill several lines, from `first` up to but not including `end`."""

    first: int
    end: int
    before: str  # What stands on the same line before it, and after it.
    after: str
    volume: int
    source: str
    day: date


def find_header(lines: Sequence[Line], today: date) -> Header:
    """The first header line of a page. Raises `PageError`."""
    text = "\n".join(line.text for line in lines)
    found = _HEADER.search(text)
    if not found:
        label = re.search(_VOLUME, text, re.IGNORECASE)
        written = [line for line in lines if line.text.strip()][1:2] or [Line(1, "")]
        expected = lines[text.count("\n", 0, label.start())] if label else written[0]
        missing = "the header line has no date" if label else "no header line"
        raise PageError(f"{missing} (Browsing volume: … Source: … Date: …)", expected.number)
    first, last = text.count("\n", 0, found.start()), text.count("\n", 0, found.start("day"))
    source = squeeze(found["source"] or "")
    volume = _count(squeeze(found["volume"]), lines[first].number)
    day, after = _day(found["day"], lines[last].number, today)
    before = squeeze(text[: found.start()].rpartition("\n")[2])
    return Header(first, last + 1, before, after, volume, source, day)


def find_trailer(lines: Sequence[Line], first: int) -> int:
    """Where "Related news", "Last one" and "Next article" begin: an index, or the page's end.

    A label stands at the beginning of a line, before a colon or alone. Of several the last counts,
    and none in a line longer than any title: the text may begin a paragraph with one.
    """
    found: dict[str | None, int] = {}
    for index in range(first, len(lines)):
        label = _TRAILER.match(lines[index].text)
        if label and len(lines[index].text) <= TITLE_LENGTH:
            found[label.lastgroup] = index
    return min(found.values(), default=len(lines))


def squeeze(text: str) -> str:
    """One line, single spaces; Chinese has none where a line of it ended."""
    return re.sub(r"\s+", " ", _LINE_END_IN_CHINESE.sub("", text)).strip()


def _count(written: str, line: int) -> int:
    digits = _THOUSANDS.sub("", written)
    if re.fullmatch(r"\d{1,12}", digits) and int(digits) <= MAX_VOLUME:
        return int(digits)
    what = "negative" if re.match(r"[-−–]\s?\d", digits) else "absurd or no number"
    raise PageError(f"the browsing volume is {what}: {written!r}", line)


def _day(written: str, line: int, today: date) -> tuple[date, str]:
    """The date that a text begins with, and what follows it."""
    try:
        found = _DAY.match(written)
        day = date(*map(int, found.groups())) if found else date.min
    except ValueError:
        day = date.min
    if not found or not FIRST_DAY <= day <= today + timedelta(days=1):
        reason = f"it is none, is before {FIRST_DAY.year} or lies in the future"
        raise PageError(f"bad date: {squeeze(written)[:40]!r}: {reason}", line)
    return day, squeeze(written[found.end() :])
