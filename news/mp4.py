"""Reads of an MP4 file what decides whether browsers play it: its boxes, not its pictures."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO, NamedTuple

_MOST_INDEX = 32 * 1024**2  # Of a film of many hours.
_MOST_BOXES = 100_000
_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"M4VH"}
_PICTURES = {b"avc1", b"avc3"}  # H.264, which every browser plays.
_SOUNDS = {b"mp4a", b".mp3"}
_LOCKED = {b"encv", b"enca"}


class Unplayable(Exception):
    """Why it is not taken, by the name that `news/attachments.py` has a sentence for."""


class Box(NamedTuple):
    kind: bytes
    content: memoryview


def dimensions(file: IO[bytes]) -> tuple[int, int]:
    """Width and height at which the video is shown. Raises `Unplayable`."""
    try:
        return _shown(_index(file))
    except (struct.error, ValueError, StopIteration):  # Something is missing, or cut off.
        raise Unplayable("broken") from None


def _index(file: IO[bytes]) -> memoryview:
    """The box that says what is in the file; all of the file's boxes must be there whole."""
    size = file.seek(0, 2)
    index, has_data, at = b"", False, 0
    for _ in range(_MOST_BOXES):
        if at == size:
            break
        kind, begin, end = _header(file, at, size)
        if at == 0:
            _check_brands(kind, file.read(min(end - begin, 4096)))
        elif kind == b"moov":
            if end - begin > _MOST_INDEX:
                raise Unplayable("broken")
            index = file.read(end - begin)
        has_data = has_data or kind == b"mdat"
        at = end
    if at != size or not index or not has_data:
        raise Unplayable("broken")
    return memoryview(index)


def _header(file: IO[bytes], at: int, size: int) -> tuple[bytes, int, int]:
    """The kind of the box that begins there, and where its content begins and ends."""
    file.seek(at)
    length, kind = struct.unpack(">I4s", file.read(8))
    begin = at + 8
    if length == 1:
        (length,) = struct.unpack(">Q", file.read(8))
        begin += 8
    end = at + length if length else size  # Nothing: it is the last.
    if not begin <= end <= size:
        raise Unplayable("broken")
    return kind, begin, end


def _check_brands(kind: bytes, content: bytes) -> None:
    if kind != b"ftyp":
        raise Unplayable("broken")
    brands = {content[at : at + 4] for at in (0, *range(8, len(content), 4))}
    if content[:4] == b"qt  " or not brands & _BRANDS:
        raise Unplayable("brand")


def _shown(index: memoryview) -> tuple[int, int]:
    found = None
    for track in _all(index, b"trak"):
        (kind,) = (bytes(box[8:12]) for box in _all(track, b"mdia", b"hdlr"))
        codecs = {entry for box in _all(track, *_TO_CODECS) for entry in _codecs(box)}
        if codecs & _LOCKED:
            raise Unplayable("locked")
        if (kind == b"vide" and not codecs <= _PICTURES) or (
            kind == b"soun" and not codecs <= _SOUNDS
        ):
            raise Unplayable("codec")
        if kind == b"vide" and found is None:
            found = _size(next(_all(track, b"tkhd")))
    if found is None or 0 in found:
        raise Unplayable("sound only")
    return found


_TO_CODECS = (b"mdia", b"minf", b"stbl", b"stsd")


def _boxes(content: memoryview) -> Iterator[Box]:
    at = 0
    while at + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        if not 8 <= length <= len(content) - at:
            raise Unplayable("broken")
        yield Box(kind, content[at + 8 : at + length])
        at += length


def _all(content: memoryview, kind: bytes, *deeper: bytes) -> Iterator[memoryview]:
    for box in _boxes(content):
        if box.kind == kind:
            yield from _all(box.content, *deeper) if deeper else (box.content,)


def _codecs(content: memoryview) -> Iterator[bytes]:
    """Of the list of a track's codecs, which begins with version, flags and their number."""
    return (box.kind for box in _boxes(content[8:]))


def _size(header: memoryview) -> tuple[int, int]:
    """Of a track's header: its end has a matrix, which may turn the picture, and both lengths."""
    a, b, *_rest, width, height = struct.unpack(">9i2I", header[-44:])
    size = width >> 16, height >> 16
    return size if a or not b else size[::-1]
