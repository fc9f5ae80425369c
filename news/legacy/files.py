"""The operator's files: which are pages, their text, and where they stood on the old site."""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from bs4.dammit import EncodingDetector

from news.models.addresses import old_form
from news.models.oldaddress import LONGEST

from .page import PageError

HTML = (".html", ".htm")

# Read as browsers do: a name means the largest set that bears it.
_DECLARED = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso-8859-1": "cp1252"}
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_NUMBERED = re.compile(r"(?:^|/)\d{1,9}-(\d{1,9})-(\d{1,18})(?:\.[A-Za-z]{3,5})?$")


class SettingError(argparse.ArgumentTypeError):
    """Why a run cannot begin: what is wrong with an option."""


def find_pages(paths: Iterable[Path]) -> list[Path]:
    """The pages among files and folders, each once, in order of their names.

    A file that is named is taken whatever it is; in folders only text and HTML count, and nothing
    hidden.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise SettingError(f"{shown(path)} is not there")
        for file in path.rglob("*") if path.is_dir() else [path]:
            is_page = file.suffix.lower() in (".txt", *HTML) and not file.is_dir()
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file == path or (is_page and not hidden):
                found.setdefault(os.path.realpath(file), file)
    return sorted(found.values())


def shown(path: Path | str) -> str:
    """A path for a message, whatever bytes its name is made of."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def decode(data: bytes) -> str:
    """The text of a file, with `\\n` at the end of each line. Raises `PageError`."""
    data, marked = EncodingDetector.strip_byte_order_mark(data)
    try:
        # Before what the page declares: a page converted to UTF-8 often keeps its old declaration,
        # while a longer text in another encoding is never valid UTF-8 by chance.
        text = data.decode(marked or "utf-8")
    except UnicodeDecodeError as error:
        text = "" if marked else _in_old_encoding(data)
        if not text:
            line = data.count(b"\n", 0, error.start) + 1
            byte = f"byte {error.start} ({data[error.start]:#04x})"
            reason = f"wrong encoding: {byte} is not {error.encoding.upper()}; save it as UTF-8"
            raise PageError(reason, line) from None
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if not text.strip():
        raise PageError("the file is empty", 1)
    return text


def _in_old_encoding(data: bytes) -> str:
    declared = (EncodingDetector.find_declared_encoding(data, is_html=True) or "").lower()
    for encoding in (_DECLARED.get(declared, declared) or "gb18030", "gb18030"):
        try:
            text = data.decode(encoding)
        except (LookupError, ValueError):  # The former for a name that is none.
            continue
        # Nearly any bytes are valid GB18030, but real Chinese keeps to the characters of GB 2312;
        # otherwise these are Latin letters with accents.
        chinese = re.sub(r"[\x00-\x7f]", "", text) if encoding == "gb18030" else ""
        if len(chinese.encode("gb2312", "ignore")) >= 0.9 * 2 * len(chinese):
            return text
    return ""


def place_of(name: str) -> tuple[str, int] | None:
    """Column and article number, of which an old address or its file's name is made: 8945 and
    40486 in `/en/s/3224-8945-40486.html`."""
    found = _NUMBERED.search(name)
    return (found[1], int(found[2])) if found else None


def old_address(written: str) -> str:
    """An address as `OldAddress` keeps it."""
    address = old_form(written)
    if not address.startswith("/") or len(address) > LONGEST or not address.isprintable():
        example = "such as /en/s/3224-8945-40486.html"
        raise SettingError(f"{written[:80]!r} is no address of the old site, {example}")
    return address


def read_base(written: str) -> str:
    return old_address(written).rstrip("/") + "/" if written else ""


def read_folder(written: str) -> Path:
    if not Path(written).is_dir():
        raise SettingError(f"{written} is no folder")
    return Path(written)


def read_map(written: str) -> dict[str, list[str]]:
    """A CSV file of two columns, file name and old address: the addresses by file name. The first
    row may hold headings."""
    try:
        text = Path(written).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{written} cannot be read: {error}") from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    table = defaultdict(list)
    try:
        for row in rows:
            if len(row) == 2 and row[0].strip() and "/" in row[1]:
                table[Path(row[0].strip()).as_posix()].append(old_address(row[1]))
            elif any(row) and rows.line_num > 1:
                raise SettingError("two columns are needed: file name, address")
    except (csv.Error, SettingError) as error:
        raise SettingError(f"{written}, line {rows.line_num}: {error}") from None
    return dict(table)


def read_columns(written: str) -> dict[str, str]:
    """`8945=projects,8818=company`: category slugs by column."""
    pairs = [pair.split("=") for pair in written.split(",") if pair]
    if not all(len(pair) == 2 and pair[0].isdecimal() and pair[1] for pair in pairs):
        raise SettingError(f"{written!r} is not of the form 8945=projects,8818=company")
    return dict(pairs)


def names_of(file: Path) -> list[str]:
    """The names by which a map may mean a file: `a.html`, `2023/a.html` and so on."""
    return ["/".join(file.parts[-count:]) for count in range(1, len(file.parts) + 1)]
