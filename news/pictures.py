"""Uploads become pictures of the library here, each written anew in all its sizes."""

from __future__ import annotations

import json
import logging
import re
import signal
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from news import library, sanitize
from news.models import Image
from news.renditions import widths_for

logger = logging.getLogger(__name__)

# A picture of 24 million pixels takes about 3 s of one core and half a gigabyte while it lasts.
AT_ONCE = 2
MOST_EMBEDDED = 40  # In one save, which waits for them.
_WAIT_SECONDS = 30
_MOST_SECONDS = 90
_turns = threading.BoundedSemaphore(AT_ONCE)
# Each who waits holds one of the threads that readers need too.
_places = threading.BoundedSemaphore(AT_ONCE + 4)

# In any text as it came, in the three ways of writing an attribute.
_EMBEDDED = re.compile(
    r"""(\bsrc\s*=\s*)(?:"(data:[^"]*)"|'(data:[^']*)'|(data:[^\s"'>]+))""", re.IGNORECASE
)


def take(upload: IO[bytes], user: Any, **fields: Any) -> tuple[Image, bool]:
    """The library's picture for an uploaded file, and whether it is new there.

    Takes seconds: call it outside any transaction. Raises `ValidationError` with a sentence for
    whoever uploads.
    """
    digest = library.digest_of(upload)
    if image := library.known(Image, digest):
        return image, False
    with prepared(upload, digest, uploaded_by=user, **fields) as image:
        return library.put(image)


@contextmanager
def prepared(upload: IO[bytes], digest: str = "", **fields: Any) -> Iterator[Image]:
    """A picture that is not saved yet, while all its files are stored already.

    They are deleted at the end unless somebody has saved it by then. Raises `ValidationError`.
    """
    image = Image(digest=digest or library.digest_of(upload), **fields)
    image.title = (image.title or library.stem_of(upload) or _("Picture"))[:200]
    with library.kept_if_saved(image):
        with _developed(upload) as (folder, found):
            image.width, image.height = found["width"], found["height"]
            image.renditions = found["renditions"]
            image.file.name = library.new_name("pictures", found["extension"])
            _store(image, folder, image.file_names())
        yield image  # Somebody else's turn: a caller may prepare many before it saves any.


def missing(image: Image) -> list[str]:
    """The names of files that there should be and that are not stored, or are empty."""
    wanted = dict.fromkeys(("avif", "webp"), widths_for(image.width, image.height))
    names = {image.rendition_name(w, kind) for kind, widths in wanted.items() for w in widths}
    return sorted(name for name in names.union(image.file_names()) if not _is_stored(image, name))


def _is_stored(image: Image, name: str) -> bool:
    storage = image.file.storage
    return storage.exists(name) and storage.size(name) > 0


def remake(image: Image) -> None:
    """Make what is missing of a stored picture. Raises `ValidationError`, `OSError`."""
    with image.file.open() as original, _developed(original) as (folder, found):
        old = set(image.rendition_names())
        image.renditions = found["renditions"]
        names = image.rendition_names()
        made = [name for name in names if not _is_stored(image, name)]
        for name in made:
            image.file.storage.delete(name)  # What a full disk left of it.
        _store(image, folder, made)
    # Staff may have deleted it since it was read, or given it another file.
    kept = Image.objects.filter(pk=image.pk, file=image.file.name)
    gone = old.difference(names) if kept.update(renditions=image.renditions) else made
    for name in gone:
        image.file.storage.delete(name)


def adopt_embedded(html: str, user: Any) -> tuple[str, int, list[str]]:
    """Rich text whose `data:` pictures are in the library: how many moved, and why others did not.

    Those stay as they are; the door removes them.
    """
    urls: dict[str, str] = {}
    refused: list[str] = []
    embedded = sanitize.embedded_pictures(html)
    if len(embedded) > MOST_EMBEDDED:
        text = _("More than %d pictures cannot be pasted at once; the others were left out.")
        refused.append(text % MOST_EMBEDDED)
    for address in embedded[:MOST_EMBEDDED]:
        try:
            upload = ContentFile(_decoded(address), name=_("Pasted picture"))
            if upload.size > settings.PICTURE_MAX_BYTES:
                raise too_large()
            image, _is_new = take(upload, user)
        except ValidationError as error:
            refused += error.messages
            continue
        urls[address] = image.url

    def write(src: re.Match[str]) -> str:
        # As a parser reads it; texts from mail have it in lines.
        address = unescape(src[2] or src[3] or src[4])
        url = urls.get(address.replace("\r\n", "\n"))
        return f'{src[1]}"{url}"' if url else src[0]

    return _EMBEDDED.sub(write, html) if urls else html, len(urls), refused


def too_large() -> ValidationError:
    limit = settings.PICTURE_MAX_BYTES // 1024**2
    return ValidationError(_("This picture is larger than %d MB. Make it smaller.") % limit)


def _decoded(address: str) -> bytes:
    head, _comma, data = address.partition(",")
    try:
        return b64decode(data) if head.endswith(";base64") else b""
    except ValueError:
        return b""  # Which is refused like every file that is no picture.


def _store(image: Image, folder: Path, names: list[str]) -> None:
    for name in names:
        with (folder / image.part_of(name)).open("rb") as file:
            stored = image.file.storage.save(name, File(file))
        if stored != name:  # Somebody else has just made it too.
            image.file.storage.delete(stored)


@contextmanager
def _developed(upload: IO[bytes]) -> Iterator[tuple[Path, Any]]:
    """A folder with what `news/renditions.py` made of an upload, and what it says about that."""
    upload.seek(0, 2)
    if upload.tell() > settings.PICTURE_MAX_BYTES:
        raise too_large()
    upload.seek(0)
    with _turn(), TemporaryDirectory(prefix="newsroom-") as name:
        folder = Path(name)
        (folder / "upload").write_bytes(upload.read())
        found = _run(folder)
        if reason := found.get("refused"):
            raise ValidationError(_why(reason))
        yield folder, found


@contextmanager
def _turn() -> Iterator[None]:
    """One of those who work now. Raises `ValidationError` if too many wait already."""
    busy = ValidationError(_("Many pictures are arriving just now. Try again in a minute."))
    if not _places.acquire(blocking=False):
        raise busy
    try:
        if not _turns.acquire(timeout=_WAIT_SECONDS):
            raise busy
        try:
            yield
        finally:
            _turns.release()
    finally:
        _places.release()


def _run(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "news.renditions", str(folder / "upload"), str(folder)]
    command.append(str(settings.PICTURE_MAX_PIXELS))
    try:
        # With an environment of its own: the site's has secrets.
        done = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_MOST_SECONDS,
            check=True,
        )
        return json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        logger.warning("A picture took more than %d s and was refused", _MOST_SECONDS)
        return {"refused": "endless"}
    except subprocess.CalledProcessError as error:
        if error.returncode == -signal.SIGXCPU:
            return {"refused": "endless"}
        said = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
        logger.warning("A picture ended its process (%d): %s", error.returncode, " ".join(said))
        return {"refused": "unreadable"}


def _why(reason: str) -> str:
    sentences = {
        "svg": _("SVG drawings can carry programs and are not taken. Export it as PNG."),
        "heic": _("Browsers cannot show HEIC pictures. Export it as JPEG and upload that."),
        "animated": _("Animated pictures cannot be used. Save one frame of it."),
        "endless": _("This picture takes too long to read. Export it again, or make it smaller."),
        "pixels": _("This picture has more than %d million pixels. Make it smaller.")
        % (settings.PICTURE_MAX_PIXELS // 1_000_000),
        "side": _("One side of this picture is longer than 16,000 pixels. Make it smaller."),
    }
    return sentences.get(
        reason,
        _("This file is not a picture that can be read. Use a JPEG, PNG, WebP, GIF or AVIF file."),
    )
