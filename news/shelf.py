"""Finished pages as bytes, and the shelf that keeps them, bounded in bytes."""

from __future__ import annotations

import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Hashable
from functools import cached_property
from hashlib import blake2b
from typing import Generic, TypeVar

Headers = list[tuple[str, str]]
Thing = TypeVar("Thing")

# What an entry costs beside its bytes: its key, headers and places in dictionaries.
OVERHEAD = 2048
# No name, no time, no system: the same page is the same bytes on every machine.
_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


class Page:
    """What an address answers for as long as an edition lasts, whoever asks."""

    def __init__(
        self,
        status: str,
        headers: Headers,
        body: bytes,
        *,
        edition: int = 0,
        is_public: bool = False,
        view: str = "",
        article_id: int | None = None,
        mark: bytes = b"",
        by_staff: bool = False,
    ) -> None:
        self.status = status
        self.headers = headers
        self.edition = edition
        self.is_public = is_public
        self.view = view
        self.article_id = article_id
        self.by_staff = by_staff
        self._before, self._after = body, b""
        if article_id is not None:
            self._before, _mark, self._after = body.partition(mark)

    def body(self, number: str) -> bytes:
        return self._before + number.encode() + self._after if self._after else self._before

    def zipped(self, number: str) -> bytes:
        return self._zip(number) if self._after else self._zipped

    @cached_property
    def _zipped(self) -> bytes:
        return self._zip("")

    def _zip(self, number: str) -> bytes:
        """The body as gzip, put together of halves that were compressed once.

        Between them the number stands uncompressed, as a stored block of its own (RFC 1951, 3.2.4).
        3 microseconds; compressing the page anew takes 160.
        """
        before, after, crc = self._halves
        between = number.encode()
        stored = struct.pack("<BHH", 0, len(between), len(between) ^ 0xFFFF) + between
        crc = zlib.crc32(self._after, zlib.crc32(between, crc))
        size = len(self._before) + len(between) + len(self._after)
        return b"".join((_GZIP_HEADER, before, stored, after, struct.pack("<II", crc, size)))

    @cached_property
    def _halves(self) -> tuple[bytes, bytes, int]:
        """Both halves deflated, the first up to a whole byte; and the first one's checksum."""
        first, second = (zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS) for _ in range(2))
        before = first.compress(self._before) + first.flush(zlib.Z_FULL_FLUSH)
        return before, second.compress(self._after) + second.flush(), zlib.crc32(self._before)

    @cached_property
    def etag(self) -> str | None:
        """Changes with a byte of the page or of its headers: with every release that matters.

        None for an article's page, whose every answer must be asked for.
        """
        if self.article_id is not None:
            return None
        digest = blake2b(repr(self.headers).encode() + self._before, digest_size=12)
        return f'W/"{digest.hexdigest()}"'

    @property
    def sets_cookie(self) -> bool:
        return any(name.lower() == "set-cookie" for name, _value in self.headers)

    @property
    def size(self) -> int:
        before, after, _crc = self._halves
        return OVERHEAD + sum(map(len, (self._before, self._after, before, after)))


class Shelf(Generic[Thing]):
    """Keeps what was used last, up to so many bytes. Threads may share it."""

    def __init__(self, room: int) -> None:
        self.room = self._free = room
        self._kept: OrderedDict[Hashable, tuple[Thing, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Thing | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            self._kept.move_to_end(key)
            return kept[0]

    def put(self, key: Hashable, thing: Thing, size: int) -> None:
        if size > self.room:
            return
        with self._lock:
            self._free -= size - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = thing, size
            while self._free < 0:
                _key, (_thing, freed) = self._kept.popitem(last=False)
                self._free += freed

    @property
    def used(self) -> int:
        return self.room - self._free

    @property
    def entries(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        with self._lock:
            self._free += sum(size for _thing, size in self._kept.values())
            self._kept.clear()
