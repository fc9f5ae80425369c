"""Where archives are kept: a folder, or a store elsewhere that `STORAGES["backups"]` names."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages

from . import BackupError
from .archive import BLOCK

STORE = "backups"
# Any site's; other sites may keep theirs in the same place.
_NAME = re.compile(r"(?P<site>[a-zA-Z0-9.-]+)-[0-9]{8}T[0-9]{6}Z\.tar")
# Of this machine: another one's lock may not be seen here, where a network has the folder.
_WORK = f"unfinished-{socket.gethostname()}-"
# Never filled to the brim: the database may write to the same disk.
SPARE = 256 * 1024**2


class Place(Protocol):
    def names(self) -> list[str]:
        """Of this site's archives there, the oldest first."""

    def take(self, path: Path) -> None:
        """Keep a finished archive."""

    def delete(self, name: str) -> None: ...


class Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def names(self) -> list[str]:
        return sorted(each.name for each in self._path.iterdir() if _is_ours(each.name))

    def take(self, path: Path) -> None:
        if (self._path / path.name).exists():  # Nobody else is here: see `workspace`.
            raise BackupError(f"{path.name} exists already in {self}.")
        path.rename(self._path / path.name)
        folder = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def delete(self, name: str) -> None:
        (self._path / name).unlink()


class Store:
    """As S3, by Django's storage."""

    def __init__(self) -> None:
        self._storage: Any = storages[STORE]

    def __str__(self) -> str:
        return f"the store {getattr(self._storage, 'bucket_name', STORE)}"

    def names(self) -> list[str]:
        return sorted(name for name in self._storage.listdir("")[1] if _is_ours(name))

    def has(self, name: str) -> bool:
        return bool(self._storage.exists(name))

    def take(self, path: Path) -> None:
        """What does not arrive whole stays here: it was hard to make, and may be the only one."""
        try:
            self._send(path)
        except (OSError, BackupError) as error:
            here = settings.BACKUP_ROOT / path.name
            path.rename(here)
            raise BackupError(f"It is not in {self}, but kept as {here}: {error}") from None

    def _send(self, path: Path) -> None:
        with path.open("rb") as file:
            name = self._storage.save(path.name, File(file))
        if (stored := self._storage.size(name)) != path.stat().st_size or name != path.name:
            self._storage.delete(name)
            raise BackupError(f"{self} has {stored} bytes of {path.name} instead of all.")

    def delete(self, name: str) -> None:
        self._storage.delete(name)

    def fetch(self, name: str, folder: Path) -> Path:
        with self._storage.open(name) as content, (folder / name).open("xb") as file:
            check_room(folder, content.size)
            shutil.copyfileobj(content, file, BLOCK)
        return folder / name


def chosen(folder: Path | None) -> Place:
    if folder is None and STORE in settings.STORAGES:
        return Store()
    return Folder(folder or settings.BACKUP_ROOT)


def name_at(moment: datetime) -> str:
    return f"{settings.BACKUP_NAME}-{moment:%Y%m%dT%H%M%SZ}.tar"


def _is_ours(name: str) -> bool:
    found = _NAME.fullmatch(name)
    return found is not None and found["site"] == settings.BACKUP_NAME


@contextmanager
def workspace(folder: Path | None = None) -> Iterator[Path]:
    """A folder to work in, of one backup at a time; what it has at the end is deleted."""
    root = folder or settings.BACKUP_ROOT
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(root, os.O_RDONLY)
    try:
        _take_turn(lock, root)
        for left in root.glob(f"{_WORK}*"):  # By one that was killed: nobody else is here.
            shutil.rmtree(left)
        with TemporaryDirectory(prefix=_WORK, dir=root) as name:
            yield Path(name)
    finally:
        os.close(lock)


def _take_turn(lock: int, root: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BackupError(f"Another backup is at work in {root}.") from None


@contextmanager
def found(wanted: str) -> Iterator[Path]:
    """An archive by its path, or by its name where archives are kept."""
    path = Path(wanted)
    kept = settings.BACKUP_ROOT / wanted
    if path.is_file():
        yield path
    elif _NAME.fullmatch(wanted) and kept.is_file():
        yield kept
    elif _NAME.fullmatch(wanted) and STORE in settings.STORAGES and Store().has(wanted):
        with workspace() as folder:
            yield Store().fetch(wanted, folder)
    else:
        raise BackupError(f"There is no archive {wanted}.")


def prune(place: Place, keep: int, new: str) -> list[str]:
    """Delete all but the newest, and never the new one, whatever the clock said; says which."""
    others = [name for name in place.names() if name != new]
    gone = others[: max(len(others) - keep + 1, 0)]
    for name in gone:
        place.delete(name)
    return gone


def check_room(folder: Path, size: int) -> None:
    """Raises `BackupError` unless so many bytes more will leave some."""
    free = shutil.disk_usage(folder).free
    if free < size + SPARE:
        raise BackupError(
            f"The disk of {folder} has {free // 1024**2:,} MiB left; "
            f"{(size + SPARE) // 1024**2:,} are needed."
        )
