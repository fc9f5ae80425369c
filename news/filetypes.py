"""Says what a file is by what is in it, whatever its name claims."""

from __future__ import annotations

import re
import struct
import zlib
from html import unescape
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from django.conf import settings

from news import mp4
from news.models import Kind

_PIECE, _LONGEST = 1024**2, 64  # Bytes: how files are searched, and for what at most.
_END = 2048  # In which a PDF ends.
_PROTECTED = re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_OFFICE = re.compile("EncryptedPackage".encode("utf-16-le"))

# What an Office file may be made of: a zip that unpacks to more is made to fill a disk.
_MOST_PARTS, _MOST_UNPACKED, _MOST_TIMES = 20_000, 1024**3, 200
_MOST_DIRECTORY, _MOST_TYPES = 4 * 1024**2, 1024**2
_TYPES = "[Content_Types].xml"
_MAIN = {
    "wordprocessingml.document.main+xml": Kind.WORD,
    "spreadsheetml.sheet.main+xml": Kind.EXCEL,
    "presentationml.presentation.main+xml": Kind.POWERPOINT,
    "presentationml.slideshow.main+xml": Kind.POWERPOINT,
}
_OVERRIDE = re.compile(r"<(?:\w+:)?Override\b([^>]*)>")
_ATTRIBUTE = re.compile(r"""(PartName|ContentType)\s*=\s*(["'])(.*?)\2""")
_OFFICE = "application/vnd.openxmlformats-officedocument."


# What zipfile raises where bytes are not what they should be.
_UNREADABLE = (
    BadZipFile,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)


class Refused(Exception):
    """Why a file is not taken, by the name that `news/attachments.py` has a sentence for."""


class Facts(NamedTuple):
    kind: Kind
    width: int | None = None
    height: int | None = None


def recognised(file: IO[bytes]) -> Facts:
    """What the file is. Raises `Refused`."""
    file.seek(0)
    head = file.read(16)
    if not head:
        raise Refused("empty")
    if head.startswith(b"%PDF-"):
        return _pdf(file)
    if head.startswith(b"PK\x03\x04"):
        return Facts(_office(file))
    if head[4:8] == b"ftyp" and head[8:12] not in (b"avif", b"heic", b"mif1"):
        return _video(file)
    if head.startswith(_OLD_OFFICE):
        raise Refused("password" if _has(file, _ENCRYPTED_OFFICE) else "old office")
    if head.startswith(_PICTURES) or head[8:12] == b"WEBP" or head[4:8] == b"ftyp":
        raise Refused("picture")
    raise Refused("unknown")


def _pdf(file: IO[bytes]) -> Facts:
    size = _size_of_document(file)
    file.seek(max(0, size - _END))
    end = file.read()
    if b"startxref" not in end or b"%%EOF" not in end:
        raise Refused("broken")
    if _has(file, _PROTECTED):
        raise Refused("password")
    return Facts(Kind.PDF)


def _size_of_document(file: IO[bytes]) -> int:
    """Before it is looked through."""
    size = file.seek(0, 2)
    if size > settings.DOCUMENT_MAX_BYTES:
        raise Refused("large")
    return size


def _has(file: IO[bytes], pattern: re.Pattern[bytes]) -> bool:
    """Whether it is anywhere in the file, of which only some is in memory at a time."""
    file.seek(0)
    before = b""
    while piece := file.read(_PIECE):
        if pattern.search(before + piece):
            return True
        before = piece[-_LONGEST:]
    return False


def _video(file: IO[bytes]) -> Facts:
    try:
        return Facts(Kind.VIDEO, *mp4.dimensions(file))
    except mp4.Unplayable as error:
        raise Refused(str(error)) from None


def _office(file: IO[bytes]) -> Kind:
    size = _size_of_document(file)
    if not _directory_is_small(file, size):
        raise Refused("bomb")
    try:
        with ZipFile(file) as parts:
            _check_parts(parts, size)
            return _kind_of(parts)
    except _UNREADABLE:
        raise Refused("broken") from None


def _directory_is_small(file: IO[bytes], size: int) -> bool:
    """Before it is read: zipfile makes an object of every entry."""
    file.seek(max(0, size - 66_000))
    tail = file.read()
    at = len(tail) - 22  # Where it ends the file, as Office writes it; or before a comment.
    if tail[at : at + 4] != b"PK\x05\x06":
        at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise Refused("broken")
    if tail[:at][-20:].startswith(b"PK\x06\x07"):  # Which leads zipfile to another record of sizes.
        return False
    entries, length = struct.unpack("<HI", tail[at + 10 : at + 16])
    return entries <= _MOST_PARTS and length <= _MOST_DIRECTORY


def _check_parts(parts: ZipFile, size: int) -> None:
    infos = parts.infolist()
    if any(info.flag_bits & 1 for info in infos):
        raise Refused("password")
    if any(info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for info in infos):
        raise Refused("broken")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > _MOST_UNPACKED or unpacked > max(size, 1024**2) * _MOST_TIMES:
        raise Refused("bomb")


def _kind_of(parts: ZipFile) -> Kind:
    names = set(parts.namelist())
    if _TYPES not in names:
        raise Refused("unknown")
    with parts.open(_TYPES) as file:
        content = file.read(_MOST_TYPES + 1)
    types = unescape(content.decode())
    if len(content) > _MOST_TYPES or "<!" in types:  # Office writes no comment and no entity.
        raise Refused("broken")
    if "macroenabled" in types.lower() or "vbaproject" in (types + " ".join(names)).lower():
        raise Refused("macros")
    for override in _OVERRIDE.finditer(types):
        said = {name: value for name, _quote, value in _ATTRIBUTE.findall(override[1])}
        kind = _MAIN.get(said.get("ContentType", "").removeprefix(_OFFICE))
        if kind and said.get("PartName", "").removeprefix("/") in names:
            return kind
    raise Refused("unknown")
