"""Whether this server is about to stop: then it says so, and the proxy sends it nothing more."""

from __future__ import annotations

from mmap import mmap

_flag = mmap(-1, 1)  # Of the server and the workers that are forked from it.


def begin() -> None:
    _flag[0] = 1


def has_begun() -> bool:
    return _flag[0] == 1
