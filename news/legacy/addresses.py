"""Addresses of the old site: from a page, a file's name, or an operator's table."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from django.utils.encoding import escape_uri_path

MAX_LENGTH = 500

_NUMBERED = re.compile(r"(?:^|/)\d{1,9}-(\d{1,9})-(\d{1,18})(?:\.[A-Za-z]{3,5})?$")


class AddressError(ValueError):
    """Why something is no address of the old site."""


class Place(NamedTuple):
    """Where an article stood on the old site: `/en/s/3224-8945-40486.html` has column 8945 and
    article 40486."""

    column: str
    article: int


def place_of(address: str) -> Place | None:
    """The column and article that an old address, or a file's name, is made of."""
    found = _NUMBERED.search(address)
    return Place(found[1], int(found[2])) if found else None


def old_address(written: str) -> str:
    """An address as `OldAddress` keeps it: from the first slash on, without the host.

    The path is decoded; if a query follows, which told pages of some systems apart, it is as
    browsers send it. Raises `AddressError`.
    """
    try:
        parts = urlsplit(written.strip())
    except ValueError as error:
        raise AddressError(f"{written!r} is no address ({error})") from None
    path = unquote(parts.path)
    if not path.startswith("/") or (parts.scheme and parts.scheme not in ("http", "https")):
        raise AddressError(
            f"{written!r} is no address of the old site, such as /en/s/3224-8945-40486.html"
        )
    address = f"{escape_uri_path(path)}?{parts.query}" if parts.query else path
    if len(address) > MAX_LENGTH or not address.isprintable():
        raise AddressError(f"{address[:60]!r}… cannot be kept: too long, or not printable")
    return address


def from_file_name(file: Path, base: str) -> str:
    """`/en/s/` and `3224-8945-40486.txt` give `/en/s/3224-8945-40486.html`; otherwise empty."""
    return f"{base}{file.stem}.html" if base and place_of(file.stem) else ""


def read_table(file: Path) -> dict[str, list[str]]:
    """A CSV file of two columns, file name and old address, by file name.

    A file may have several rows, one for each address; the first row may hold headings. Raises
    `AddressError` with the line.
    """
    table: defaultdict[str, list[str]] = defaultdict(list)
    owners: dict[str, str] = {}
    try:
        text = file.read_text(encoding="utf-8-sig")
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        for index, row in enumerate(rows):
            if not any(cell.strip() for cell in row) or (index == 0 and _is_heading(row)):
                continue
            if len(row) != 2 or not row[0].strip():
                raise AddressError("two columns are needed: file name, address")
            name, address = Path(row[0].strip()).as_posix(), old_address(row[1])
            if owners.setdefault(address, name) != name:
                raise AddressError(f"{address} is already the address of {owners[address]}")
            table[name].append(address)
    except (OSError, UnicodeDecodeError) as error:
        raise AddressError(f"{file} cannot be read: {error}") from None
    except (csv.Error, AddressError) as error:
        raise AddressError(f"{file}, line {rows.line_num}: {error}") from None
    return dict(table)


def named_by(table: dict[str, list[str]], file: Path) -> Iterable[str]:
    """The names under which a table may mean a file: `a.html`, `2023/a.html` and so on."""
    parts = file.parts
    names = ("/".join(parts[-count:]) for count in range(1, len(parts) + 1))
    return [name for name in names if name in table]


def _is_heading(row: list[str]) -> bool:
    return len(row) == 2 and "/" not in row[1]
