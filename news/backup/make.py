"""Makes an archive while the site goes on.

Files are stored before a row names them, deleted after no row does, and written anew only where
they are lost or empty, by `make_pictures`: what is empty counts as lost. So those that rows name
are copied first, then the database of one moment, and whatever that names and that came meanwhile.
If one of these is gone already, another moment is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from news import direct

from . import BackupError, archive, databases, facts, places
from .archive import Manifest, Watch
from .snapshot import Snapshot

ATTEMPTS = 10


class Made(NamedTuple):
    name: str
    size: int
    manifest: Manifest


def make(
    folder: Path | None = None, watch: Watch = bool, trial: Callable[[Path], Any] = bool
) -> Made:
    """An archive in a folder, or where archives are kept, unless it fails its trial. Raises
    `BackupError`, `OSError`: then there is none."""
    with places.workspace(folder) as work:
        path = work / places.name_at(timezone.now())
        places.check_room(work, databases.ours().size())
        with archive.writing(path) as writer:
            manifest = _Making(writer, work, watch).run()
        trial(path)
        size = path.stat().st_size
        places.chosen(folder).take(path)
        return Made(path.name, size, manifest)


class _Making:
    def __init__(self, writer: archive.Writer, work: Path, watch: Watch) -> None:
        self._writer, self._work, self._watch = writer, work, watch
        self._database = databases.ours()

    def run(self) -> Manifest:
        with direct.connected() as using:
            names = facts.file_names(using)
        lost = self._copy(names)
        for _ in range(ATTEMPTS):
            before = lost
            with self._database.snapshot(self._work) as snapshot:
                named = facts.file_names(snapshot.using)
                lost = self._copy(sorted(named - self._copied()))
                if lost <= before:  # They were not deleted just now: they had been lost.
                    return self._finish(snapshot, named, lost)
        raise BackupError("Files are deleted faster than they can be copied. Try again later.")

    def _copied(self) -> set[str]:
        return {name.removeprefix(archive.MEDIA) for name in self._writer.files}

    def _copy(self, names: Iterable[str]) -> set[str]:
        """The names of those that are not stored."""
        lost = set()
        for name in names:
            try:
                content = default_storage.open(name)
            except FileNotFoundError:
                lost.add(name)
                continue
            with content:
                if not content.size:  # What a full disk left of it.
                    lost.add(name)
                    continue
                places.check_room(self._work, content.size)
                self._writer.add(archive.MEDIA + name, content, content.size, self._watch)
        return lost

    def _finish(self, snapshot: Snapshot, named: set[str], lost: set[str]) -> Manifest:
        deleted = self._copied() - named
        dump = self._work / archive.dump_name(self._database.vendor)
        places.check_room(self._work, self._database.size())
        snapshot.dump(dump)
        known = facts.of(snapshot.using)
        manifest = Manifest(
            site=settings.BACKUP_NAME,
            made_at=timezone.now().isoformat(timespec="seconds"),
            release=settings.RELEASE,
            database=self._database.vendor,
            version=self._database.version(),
            edition=known.edition,
            migrations=known.migrations,
            rows=known.rows,
            missing=sorted(lost),
            deleted=sorted(deleted),
        )
        size = dump.stat().st_size
        places.check_room(self._work, size)
        with dump.open("rb") as content:
            self._writer.add(dump.name, content, size, self._watch)
        self._writer.finish(manifest)
        return manifest
