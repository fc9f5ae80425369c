"""Tries whether an archive can be restored, and whether the site comes out of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from news import countsql, direct

from . import BackupError, databases, facts
from .archive import Manifest, Watch
from .restore import checked

SHOWN = 5


def verify(path: Path, watch: Watch = bool) -> Manifest:
    """Restore into a database of its own, and compare. Raises `BackupError` if anything differs."""
    with checked(path, watch) as reader:
        manifest, database = reader.manifest, databases.ours()
        with database.scratch() as changes:
            with reader.open(manifest.dump) as dump:
                database.load(dump, changes)
            with direct.connected(**changes) as using:
                differences = list(_differences(manifest, using))
    if differences:
        raise BackupError(f"The archive is not what the site was: {'; '.join(differences)}.")
    return manifest


def _differences(manifest: Manifest, using: str) -> Iterator[str]:
    found = facts.of(using)
    if found.edition != manifest.edition:
        yield f"edition {found.edition} instead of {manifest.edition}"
    if found.migrations != manifest.migrations:
        yield "other migrations"
    for table in sorted(found.rows.keys() | manifest.rows.keys()):
        if (have := found.rows.get(table)) != (had := manifest.rows.get(table)):
            yield f"{table} has {have} rows instead of {had}"
    if lacking := facts.file_names(using) - set(manifest.media) - set(manifest.missing):
        yield f"{len(lacking)} files that its rows name are not in it"
    for row in countsql.drifted(SHOWN, using):
        yield f"the count of article {row[1]} is off by {row[-1]:+}"
