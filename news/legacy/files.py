"""The operator's files: which are pages, and where they stood on the old site."""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from news.models.addresses import old_form
from news.models.oldaddress import LONGEST

HTML = (".html", ".htm")

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
