"""What an archive looks like: a tar with every file's digest in a manifest at its end.

    database.sql.gz       or database.sqlite3.gz
    media/pictures/...    as stored; they are compressed already
    manifest.json         says what the site was, and of every file its size and SHA-256
    manifest.json.sha256  as `sha256sum --check` reads it

The manifest is written last: an archive without one was cut off.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.utils import validate_file_name

from . import BackupError

FORMAT = 1
MANIFEST = "manifest.json"
CHECKSUM = f"{MANIFEST}.sha256"
MEDIA = "media/"
BLOCK = 1024**2

# Told of every piece of work done, in bytes.
Watch = Callable[[int], Any]


class Entry(NamedTuple):
    size: int
    sha256: str


@dataclass
class Manifest:
    """What the site was when its archive was made."""

    site: str
    made_at: str
    release: str
    database: str  # The vendor, as Django names it.
    version: str  # Of its server.
    edition: int
    migrations: list[str]
    rows: dict[str, int]  # By table.
    files: dict[str, Entry] = field(default_factory=dict)
    # Stored files that the database names and that were lost before.
    missing: list[str] = field(default_factory=list)
    # Files that were deleted while the archive was made: in it, and not to be brought back.
    deleted: list[str] = field(default_factory=list)
    format: int = FORMAT

    def __post_init__(self) -> None:
        """It may come from anywhere. Raises `TypeError`, `ValueError`."""
        texts = [self.site, self.made_at, self.release, self.database, self.version]
        texts += [*self.migrations, *self.rows, *self.files, *self.missing, *self.deleted]
        numbers = [self.edition, *self.rows.values(), *(size for size, _ in self.files.values())]
        if not all(isinstance(each, str) for each in texts):
            raise TypeError("It has something else for a text.")
        if not all(isinstance(each, int) for each in numbers):
            raise TypeError("It has something else for a number.")

    @property
    def dump(self) -> str:
        return dump_name(self.database)

    @property
    def media(self) -> list[str]:
        """Names in the media store of what is to be brought back."""
        deleted = set(self.deleted)
        names = (name.removeprefix(MEDIA) for name in self.files if name.startswith(MEDIA))
        return [name for name in names if name not in deleted]

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.files.values())


def dump_name(vendor: str) -> str:
    return "database.sqlite3.gz" if vendor == "sqlite" else "database.sql.gz"


class Writer:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.files: dict[str, Entry] = {}

    def add(self, name: str, content: IO[bytes], size: int, watch: Watch = bool) -> None:
        read = _Digested(content, watch)
        # For their owner alone, also where somebody unpacks it.
        self._tar.addfile(_header(name, size), read)  # type: ignore[arg-type]
        self.files[name] = Entry(size, read.digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        manifest.files = self.files
        text = json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode()
        line = f"{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n".encode()
        for name, content in ((MANIFEST, text), (CHECKSUM, line)):
            self._tar.addfile(_header(name, len(content)), io.BytesIO(content))


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A new archive, on the disk when the block is left."""
    path.touch(mode=0o600, exist_ok=False)
    with path.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            yield Writer(tar)
        file.flush()
        os.fsync(file.fileno())


class Reader:
    """Says what is in an archive; nothing of it is believed before `check`."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._members = {member.name: member for member in tar.getmembers()}
        self.manifest = self._manifest()

    def open(self, name: str) -> IO[bytes]:
        member = self._members[name]
        content = self._tar.extractfile(member) if member.isreg() else None
        if content is None:
            raise BackupError(f"The archive is damaged: {name} is no file.")
        return content

    def check(self, watch: Watch = bool) -> None:
        """Every byte. Raises `BackupError` if one is another than when the archive was made."""
        expected = self.manifest.files
        if (found := self._members.keys() - {MANIFEST, CHECKSUM}) != expected.keys():
            names = _some(found ^ expected.keys())
            raise BackupError(f"The archive is damaged: it should not differ in {names}.")
        if self.manifest.dump not in expected:
            raise BackupError("The archive is damaged: there is no database in it.")
        if strange := [name for name in expected if not _is_harmless(name)]:
            raise BackupError(f"The archive is damaged: {_some(strange)} is no name of a file.")
        damaged = [name for name in expected if self._entry(name, watch) != expected[name]]
        if damaged:
            raise BackupError(f"The archive is damaged: {_some(damaged)}.")

    def _entry(self, name: str, watch: Watch) -> Entry:
        with self.open(name) as content:
            read = _Digested(content, watch)
            size = sum(len(piece) for piece in iter(lambda: read.read(BLOCK), b""))
        return Entry(size, read.digest.hexdigest())

    def _manifest(self) -> Manifest:
        if not {MANIFEST, CHECKSUM} <= self._members.keys():
            raise BackupError("The archive is damaged: it ends before its manifest.")
        text, line = (self.open(name).read() for name in (MANIFEST, CHECKSUM))
        if line.decode(errors="replace").split()[:1] != [hashlib.sha256(text).hexdigest()]:
            raise BackupError("The archive is damaged: its manifest is not as it was written.")
        try:
            return _parsed(text)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            raise BackupError(
                "The archive is damaged: its manifest does not say what it should."
            ) from None


def _parsed(text: bytes) -> Manifest:
    said = json.loads(text)
    if said["format"] > FORMAT:
        raise BackupError(
            f"The archive is of format {said['format']}, this release knows {FORMAT}. "
            "Use the release that made it, or a newer one."
        )
    said["files"] = {name: Entry(*entry) for name, entry in said["files"].items()}
    return Manifest(**said)


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield Reader(tar)
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{path} is no archive, or a damaged one ({error}).") from None


class _Digested:
    """A file that is read once, by whoever copies it; its digest is known then."""

    def __init__(self, content: IO[bytes], watch: Watch) -> None:
        self._content, self._watch = content, watch
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._content.read(size)
        while len(piece) < size and (more := self._content.read(size - len(piece))):
            piece += more  # A store gives what has come by then.
        self.digest.update(piece)
        self._watch(len(piece))
        return piece


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode = size, 0o600
    return header


def _is_harmless(name: str) -> bool:
    try:
        validate_file_name(name.removeprefix(MEDIA), allow_relative_path=True)
        name.encode()
    except (SuspiciousFileOperation, UnicodeEncodeError):
        return False
    return "\0" not in name


def _some(names: Iterable[str]) -> str:
    names = sorted(names)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
