"""Files as programs write them, as small as they can be: good ones, and broken or hostile ones."""

from __future__ import annotations

import io
import struct
from zipfile import ZIP_DEFLATED, ZipFile

PDF = b"""%PDF-1.7
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>> endobj
trailer <</Root 1 0 R>>
startxref
9
%%EOF
"""
LOCKED_PDF = PDF.replace(b"<</Root 1 0 R>>", b"<</Root 1 0 R /Encrypt 5 0 R>>")

_OFFICE = "application/vnd.openxmlformats-officedocument."
_MAIN = {
    "docx": ("word/document.xml", "wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation.main+xml"),
}


def types_of(part: str, content_type: str, more: str = "") -> str:
    """The list of types in an Office file."""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.'
        'openxmlformats.org/package/2006/content-types"><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/{part}" '
        f'ContentType="{content_type}"/>{more}</Types>'
    )


def office(kind: str = "docx", words: str = "", **parts: str | bytes) -> bytes:
    """An Office file; `parts` come instead of its own, or beside them. Spell "/" as "__"."""
    part, content_type = _MAIN[kind]
    content: dict[str, str | bytes] = {
        "[Content_Types].xml": types_of(part, _OFFICE + content_type),
        part: f"<document>{words}</document>",
    }
    return zipped(content | {name.replace("__", "/"): data for name, data in parts.items()})


def zipped(content: dict[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as parts:
        for name, data in content.items():
            parts.writestr(name, data)
    return file.getvalue()


def ole(stream: str) -> bytes:
    """What Office wrote before 2007, and writes where a password is set."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(512)
    )


def box(kind: bytes, *content: bytes) -> bytes:
    whole = b"".join(content)
    return struct.pack(">I4s", len(whole) + 8, kind) + whole


def track(
    handler: bytes = b"vide",
    codec: bytes = b"avc1",
    size: tuple[int, int] = (640, 360),
    matrix: tuple[int, int, int, int] = (1, 0, 0, 1),
) -> bytes:
    a, b, c, d = (value << 16 for value in matrix)
    width, height = (value << 16 for value in size)
    shown = struct.pack(">9i2I", a, b, 0, c, d, 0, 0, 0, 1 << 30, width, height)
    codecs = box(b"stsd", bytes(7), b"\x01", box(codec, bytes(78)))
    media = box(
        b"mdia", box(b"hdlr", bytes(8), handler, bytes(13)), box(b"minf", box(b"stbl", codecs))
    )
    return box(b"trak", box(b"tkhd", bytes(40), shown), media)


def mp4(*tracks: bytes, brands: bytes = b"isom\0\0\0\0isomavc1", data: bytes = b"frames") -> bytes:
    """A video in name and index; there is no picture in its data."""
    index = box(b"moov", box(b"mvhd", bytes(100)), *(tracks or (track(), SOUND)))
    return box(b"ftyp", brands) + index + box(b"mdat", data)


SOUND = track(b"soun", b"mp4a", (0, 0))
