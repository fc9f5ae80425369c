"""From a file's bytes to its page: pure, without a database."""

from __future__ import annotations

import re
from datetime import date

from .decode import decode
from .htmlpage import read_html
from .page import Page
from .textpage import read_text

_STARTS_AS_HTML = re.compile(r"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def parse_page(data: bytes, *, html: bool, today: date) -> Page:
    """The page in a file, whose name says whether it is HTML; a text may turn out to be.

    `today` is the site's day, after which no article can have been published. Raises `PageError`,
    and nothing else, whatever the bytes.
    """
    source = decode(data, html=html)
    if html or _STARTS_AS_HTML.match(source):
        return read_html(source, today)
    return read_text(source, today)
