"""What an upload becomes, whichever library it goes to: known by its content, or new, or a new file
in an old one's place."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import IO, Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from news import edition
from news.models import LibraryFile

File = TypeVar("File", bound=LibraryFile)


def digest_of(upload: IO[bytes]) -> str:
    """By which a file is known when it comes again."""
    upload.seek(0)
    return hashlib.file_digest(upload, hashlib.sha256).hexdigest()  # type: ignore[arg-type]


def stem_of(upload: IO[bytes]) -> str:
    """What a file is called, without what its name says about its kind."""
    return PurePath(getattr(upload, "name", "") or "").stem.strip(" .")


def new_name(folder: str, extension: str) -> str:
    """A name to store a file under, which nobody can guess."""
    return f"{folder}/{timezone.localdate():%Y}/{secrets.token_hex(16)}.{extension}"


def known(model: type[File], digest: str) -> File | None:
    """What the library has of the very file with this digest."""
    return _rows(model).filter(digest=digest).first()


def put(prepared: File) -> tuple[File, bool]:
    """Save it, or give what somebody else has just made of the same upload; whether it is new."""
    try:
        with transaction.atomic():
            prepared.save()
    except IntegrityError:
        return _rows(type(prepared)).get(digest=prepared.digest), False
    return prepared, True


@contextmanager
def kept_if_saved(file: LibraryFile) -> Iterator[None]:
    """What is stored of it inside is deleted at the end, unless somebody has saved it by then."""
    try:
        yield
    finally:
        name = file.file.name  # type: ignore[attr-defined]
        if name and not _rows(type(file)).filter(file=name).exists():
            delete_files(file)


def replace(
    file: LibraryFile, by: LibraryFile, allowed: Callable[[Any], bool] | None = None
) -> None:
    """Save another one's file in its place; the old one goes when that is committed.

    The other one took its time to arrive, so all is asked again under the edition's lock. Raises
    `PermissionDenied` unless it is still allowed, and `DoesNotExist` if the row is gone. Nothing
    else of it is saved: somebody may have changed its title.
    """
    with edition.change(concerns_public=file.concerns_public):
        stored = _rows(type(file)).get(pk=file.pk)
        if allowed and not allowed(stored):
            raise PermissionDenied
        _delete_when_committed(stored)
        take_over(file, by)
        file.save(update_fields=file.of_the_file)


def take_over(file: LibraryFile, by: LibraryFile) -> None:
    """Have all that belongs to another one's file; nothing is saved."""
    for name in file.of_the_file:
        setattr(file, name, getattr(by, name))


def on_deletion(instance: LibraryFile, using: str, **_: Any) -> None:
    """Of the files as they are now, under the edition's lock: somebody may have replaced them."""
    for stored in _rows(type(instance)).using(using).filter(pk=instance.pk):
        _delete_when_committed(stored, using)


def _delete_when_committed(file: LibraryFile, using: str | None = None) -> None:
    # A store that is away just then is logged, and keeps them: nobody else has lost anything.
    transaction.on_commit(lambda: delete_files(file), using, robust=True)


def delete_files(file: LibraryFile) -> None:
    for name in file.file_names():
        file.file.storage.delete(name)  # type: ignore[attr-defined]


def _rows(model: type[LibraryFile]) -> Any:
    return model._default_manager
