"""Archives as operators make them, and as disks and strangers damage them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from news.backup.archive import CHECKSUM, MANIFEST


def backup(*arguments: str) -> str:
    """What `manage.py backup` prints."""
    out = io.StringIO()
    call_command("backup", *arguments, stdout=out)
    return out.getvalue()


def restore(*arguments: str) -> str:
    out = io.StringIO()
    call_command("restore", *arguments, stdout=out)
    return out.getvalue()


def made(*arguments: str) -> Path:
    """A new archive where they are kept."""
    return settings.BACKUP_ROOT / backup(*arguments).split()[0]


def kept(folder: Path | None = None) -> list[str]:
    """All that lies there, archives or not."""
    return sorted(path.name for path in (folder or settings.BACKUP_ROOT).iterdir())


def content(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def manifest(path: Path) -> dict:
    return json.loads(content(path)[MANIFEST])


def write(path: Path, members: dict[str, bytes]) -> str:
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            tar.addfile(header, io.BytesIO(data))
    return str(path)


def rewritten(path: Path, change: Callable[[dict], object]) -> str:
    """With another manifest, which fits its checksum."""
    members = content(path)
    said = json.loads(members[MANIFEST])
    change(said)
    members[MANIFEST] = json.dumps(said).encode()
    members[CHECKSUM] = f"{hashlib.sha256(members[MANIFEST]).hexdigest()}  {MANIFEST}".encode()
    return write(path, members)


def with_dump(path: Path, change: Callable[[bytes], bytes]) -> str:
    """With another database in it, which fits its manifest."""
    return with_packed_dump(path, lambda packed: gzip.compress(change(gzip.decompress(packed))))


def with_packed_dump(path: Path, change: Callable[[bytes], bytes]) -> str:
    members = content(path)
    (name,) = (name for name in members if name.startswith("database."))
    members[name] = change(members[name])
    write(path, members)
    entry = [len(members[name]), hashlib.sha256(members[name]).hexdigest()]
    return rewritten(path, lambda said: said["files"].update({name: entry}))
