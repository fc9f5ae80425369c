"""The text of files that do not say, or say wrongly, which encoding they are in."""

from __future__ import annotations

import re

from bs4.dammit import EncodingDetector

# Read as browsers do: a name means the largest set that bears it.
_DECLARED = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso-8859-1": "cp1252"}
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")


class NoText(ValueError):
    """Why a file cannot be read as text, and the line of it that shows it."""

    def __init__(self, reason: str, line: int):
        super().__init__(reason)
        self.reason = reason
        self.line = line


def decode(data: bytes) -> str:
    """The text of a file, with `\\n` at the end of each line. Raises `NoText`."""
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
            raise NoText(reason, line) from None
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if not text.strip():
        raise NoText("the file is empty", 1)
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
