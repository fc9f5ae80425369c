"""From the bytes of a file to its text, or to the byte that makes this impossible."""

from __future__ import annotations

import codecs
import re

from .page import PageError

MAX_BYTES = 10 * 1024 * 1024  # The largest page of a news site, pictures inside it included.

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What a page may declare, read as browsers do: each name means the largest set that bears it.
# Python knows many more names, some of which (rot13, idna) are no character sets at all.
_DECLARED = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    **dict.fromkeys(("gb2312", "gb_2312-80", "gbk", "x-gbk", "cp936", "gb18030"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs"), "big5hkscs"),
    **dict.fromkeys(("iso-8859-1", "latin1", "windows-1252", "us-ascii", "ascii"), "cp1252"),
}
_CHARSET = re.compile(rb"<meta\s[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.IGNORECASE)
_HEAD_BYTES = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
# Below this share of everyday characters, a text read as GB18030 was something else.
_EVERYDAY = 0.9


def decode(data: bytes, *, html: bool) -> str:
    """The text of a file, with `\\n` at the end of each line. Raises `PageError`."""
    if not data.strip():
        raise PageError("the file is empty", 1)
    if len(data) > MAX_BYTES:
        raise PageError(f"the file is larger than {MAX_BYTES // (1024 * 1024)} MB")
    text = _text(data, html).rstrip("\x1a")  # The end mark of old DOS editors.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        raise PageError(f"this is no text: it has the control byte {ord(control[0]):#04x}", line)
    text = _INVISIBLE.sub("", text)
    if not text.strip():
        raise PageError("the file is empty", 1)
    return text


def _text(data: bytes, html: bool) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding)
    try:
        # Before what the page declares: a page converted to UTF-8 often keeps its old declaration,
        # while a longer text in another encoding is never valid UTF-8 by chance.
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _in_old_encoding(data, html) or _refuse(data, error)


def _in_old_encoding(data: bytes, html: bool) -> str | None:
    declared = _CHARSET.search(data[:_HEAD_BYTES]) if html else None
    if declared and (encoding := _DECLARED.get(declared[1].decode("ascii", "ignore").lower())):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            pass
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return text if _is_plausible_chinese(text) else None


def _is_plausible_chinese(text: str) -> bool:
    """Whether a text is Chinese, rather than Latin letters with accents taken for it.

    Nearly any bytes are valid GB18030, but real Chinese keeps to the characters of GB 2312.
    """
    chinese = [character for character in text if not character.isascii()]
    everyday = "".join(chinese).encode("gb2312", "ignore").decode("gb2312")
    return len(everyday) >= _EVERYDAY * len(chinese)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        return _refuse(data, error)


def _refuse(data: bytes, error: UnicodeDecodeError) -> str:
    # Codecs with a mark report positions after it, which is as near as an editor needs.
    line = data.count(b"\n", 0, error.start) + 1
    if b"\x00" in data and not error.encoding.startswith(("utf-16", "utf-32")):
        line = data.count(b"\n", 0, data.index(b"\x00")) + 1
        raise PageError("this is no text: it has the control byte 0x00", line)
    found = data[error.start]
    raise PageError(
        f"wrong encoding: byte {error.start} ({found:#04x}) is not {error.encoding.upper()}; "
        "save the file as UTF-8",
        line,
    )
