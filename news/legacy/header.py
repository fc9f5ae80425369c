"""The two marks of an old page: the header line before its text, the trailer after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from .page import PageError
from .prose import squeeze


class Line(NamedTuple):
    """A line as a reader sees it.

    `number` counts the lines of the file from 1; `start` and `end` say where the line lies among
    the events of an HTML page.
    """

    number: int
    text: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Header:
    """The header line: lines `first` up to but not including `end` of the page."""

    first: int
    end: int
    number: int  # The line of the file on which it begins.
    before: str  # What stood on the same line before it, and after it.
    after: str
    volume: int
    source: str
    day: date


MAX_VOLUME = 2_000_000_000
FIRST_DAY = date(1990, 1, 1)  # No web page is older.
SOURCE_LENGTH = 120
TITLE_LENGTH = 250

_COLON = r"\s*[:：]"
_VOLUME = re.compile(rf"(?<![A-Za-z])(?:Browsing\s+volume|浏览(?:量|次数)){_COLON}", re.IGNORECASE)
_SOURCE = re.compile(rf"(?<![A-Za-z])(?:Source|来源){_COLON}", re.IGNORECASE)
_DATE = re.compile(rf"(?<![A-Za-z])(?:Date|日期|发布时间){_COLON}", re.IGNORECASE)
_HITS = re.compile(r" ?(?:Hits|次)? ?[:：]?$", re.IGNORECASE)
_COUNT = re.compile(r"\d{1,12}|\d{1,3}(?:[,， ]\d{3}){1,4}")
_DAY = re.compile(
    r"\s*(?:(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日?)"
    r"(?![\dA-Za-z/-])(?:[T \u3000\xa0]+\d{1,2}:\d{2}(?::\d{2})?)?"
)
_TRAILER = re.compile(
    r"\s*(?:(?P<related>Related\s+news|相关新闻)|(?P<last>Last\s+one|上一篇)"
    r"|(?P<next>Next\s+article|下一篇))\s*(?:[:：]|$)",
    re.IGNORECASE,
)
_WINDOW = 10  # Lines, blank ones included, over which a broken header line may stretch.


def find_header(lines: Sequence[Line], today: date) -> Header:
    """The first whole header line of a page. Raises `PageError`."""
    without_date: Line | None = None
    for index, line in enumerate(lines):
        if label := _VOLUME.search(line.text):
            if header := _read(lines, index, label, today):
                return header
            without_date = without_date or line
    if without_date:
        raise PageError("the header line has no date", without_date.number)
    expected = [line.number for line in lines if line.text.strip()][:2] or [1]
    raise PageError("no header line (Browsing volume: … Source: … Date: …)", expected[-1])


def find_trailer(lines: Sequence[Line], first: int) -> int:
    """Where "Related news", "Last one" or "Next article" begin: an index, or the page's end.

    A label counts at the beginning of a line, before a colon or alone; of several with the same
    label the last, because the text may begin a paragraph with one. What follows a label is a list
    of titles: a line longer than any title shows that this was a paragraph after all.
    """
    last_of_kind: dict[str, int] = {}
    for index in range(first, len(lines)):
        if label := _TRAILER.match(lines[index].text):
            last_of_kind[str(label.lastgroup)] = index
    labels = sorted(last_of_kind.values())
    for begin, end in pairwise([*labels, len(lines)]):
        if all(len(line.text) <= TITLE_LENGTH for line in lines[begin:end]):
            return begin
    return len(lines)


def _read(lines: Sequence[Line], index: int, label: re.Match[str], today: date) -> Header | None:
    """The header that begins with a label; None if it belongs to something else."""
    window = [line.text for line in lines[index : index + _WINDOW]]
    text = "\n".join([window[0][label.end() :], *window[1:]])
    day_label = _DATE.search(text)
    if not day_label or _VOLUME.search(text, 0, day_label.start()):
        return None
    source_label = _SOURCE.search(text, 0, day_label.start())
    number = lines[index].number
    day_index = index + text.count("\n", 0, day_label.start())
    day, day_end = _day(text, day_label.end(), lines[day_index].number, today)
    return Header(
        first=index,
        end=index + text.count("\n", 0, day_end) + 1,
        number=number,
        before=squeeze(window[0][: label.start()]),
        after=squeeze(text[day_end:].partition("\n")[0]),
        volume=_count(text[: (source_label or day_label).start()], number),
        source=_source(text[source_label.end() : day_label.start()], number)
        if source_label
        else "",
        day=day,
    )


def _count(text: str, line: int) -> int:
    value = _HITS.sub("", squeeze(text), count=1)
    if not value:
        raise PageError("the browsing volume has no number", line)
    if re.match(r"[-−–]\s?\d", value):
        raise PageError(f"the browsing volume is negative: {value[:40]}", line)
    if re.fullmatch(r"\d{13,}", value):
        raise PageError(f"the browsing volume is absurd: {value[:40]}", line)
    if not _COUNT.fullmatch(value):
        raise PageError(f"the browsing volume is no number: {value[:40]!r}", line)
    count = int(re.sub(r"\D", "", value))
    if count > MAX_VOLUME:
        raise PageError(f"the browsing volume is absurd: {value}", line)
    return count


def _source(text: str, line: int) -> str:
    source = squeeze(text)
    if len(source) > SOURCE_LENGTH:
        raise PageError(f"the source is longer than {SOURCE_LENGTH} characters", line)
    return source


def _day(text: str, position: int, line: int, today: date) -> tuple[date, int]:
    """The date at a position of the header, and where its text ends."""
    found = _DAY.match(text, position)
    written = text[position:].partition("\n")[0].strip()[:40]
    if not found:
        raise PageError(f"bad date: {written!r}" if written else "the date is missing", line)
    try:
        day = date(*(int(part) for part in found.groups() if part))
    except ValueError:
        raise PageError(f"bad date: {found[0].strip()!r} is in no calendar", line) from None
    if day < FIRST_DAY:
        raise PageError(f"bad date: {day} is before {FIRST_DAY.year}", line)
    if day > today + timedelta(days=1):
        raise PageError(f"bad date: {day} lies in the future", line)
    return day, found.end()
