"""Which files an import reads."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

HTML = (".html", ".htm")
PAGES = (".txt", *HTML)


def is_html(file: Path) -> bool:
    return file.suffix.lower() in HTML


def find_pages(paths: Iterable[Path]) -> list[Path]:
    """The pages among files and folders, each once, in order of their names.

    A file that is named is taken whatever it is; in folders only text and HTML count, hidden files
    do not, and links to folders are not followed: they may lead in circles. Raises
    `OSError` for a path that is not there and a folder that may not be read.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if not os.path.exists(path):  # noqa: PTH110  (unlike Path's, it never raises)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        for file in _pages_below(path) if path.is_dir() else [path]:
            found.setdefault(os.path.realpath(file), file)
    return sorted(found.values())


def _pages_below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        stems = {Path(name).stem for name in names if Path(name).suffix.lower() in HTML}
        folders[:] = [n for n in folders if not n.startswith(".") and not _is_parts(n, stems)]
        for name in names:
            file = Path(parent, name)
            if not name.startswith(".") and file.suffix.lower() in PAGES:
                yield file


def _refuse(error: OSError) -> None:
    raise error  # Otherwise the folder would be passed over in silence.


def _is_parts(name: str, stems: set[str]) -> bool:
    """Whether a folder holds the parts that a browser saved with a page beside it."""
    stem, _, ending = name.rpartition("_" if name.endswith("_files") else ".")
    return ending == "files" and stem in stems


def shown(path: Path | str) -> str:
    """A path for a message, whatever bytes its name is made of."""
    text = str(path).encode("utf-8", "backslashreplace").decode()
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
