"""Uploads become files of the library here: which are taken, and what is said to the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.utils.translation import gettext as _

from news import library
from news.filetypes import Refused, recognised
from news.models import Attachment, Kind


def take(upload: IO[bytes], user: Any, **fields: Any) -> tuple[Attachment, bool]:
    """The library's file for an upload, and whether it is new there.

    Call it outside any transaction. Raises `ValidationError` with a sentence for whoever uploads.
    """
    digest = library.digest_of(upload)
    if attachment := library.known(Attachment, digest):
        return attachment, False
    with prepared(upload, digest, uploaded_by=user, **fields) as attachment:
        return library.put(attachment)


@contextmanager
def prepared(upload: IO[bytes], digest: str = "", **fields: Any) -> Iterator[Attachment]:
    """An attachment that is not saved yet, while its file is stored already.

    It is deleted at the end unless somebody has saved it by then. Raises `ValidationError`.
    """
    attachment = Attachment(digest=digest or library.digest_of(upload), **fields)
    _look_into(upload, attachment)
    attachment.name = (attachment.name or getattr(upload, "name", "") or "")[-200:]
    title = attachment.title or library.stem_of(upload) or attachment.get_kind_display()
    attachment.title = title[:200]
    with library.kept_if_saved(attachment):
        upload.seek(0)
        name = library.new_name("attachments", attachment.kind)
        attachment.file.name = default_storage.save(name, File(upload))
        yield attachment


def replace(
    attachment: Attachment, upload: IO[bytes], allowed: Callable[[Any], bool] | None = None
) -> None:
    """Put another file in its place, wherever it is used.

    Raises `ValidationError` with a sentence, and whatever `library.replace` does.
    """
    digest = library.digest_of(upload)
    _refuse_known(digest)
    with prepared(upload, digest) as new:
        try:
            library.replace(attachment, new, allowed)
        except IntegrityError:  # Somebody has just sent the same.
            _refuse_known(digest)
            raise


def _refuse_known(digest: str) -> None:
    if other := library.known(Attachment, digest):
        raise ValidationError(_("This file is already in the library: %s") % other.title)


def limit_of(kind: str = "") -> int:
    """How many bytes a file may have; without a kind, the most of all."""
    limits = {"": settings.FILE_MAX_BYTES, Kind.VIDEO: settings.VIDEO_MAX_BYTES}
    return limits.get(kind, settings.DOCUMENT_MAX_BYTES)


def too_large(kind: str = "") -> ValidationError:
    limit = limit_of(kind) // 1024**2
    if kind == Kind.VIDEO:
        return ValidationError(_("This video is larger than %d MB. Make it smaller.") % limit)
    return ValidationError(_("This file is larger than %d MB. Make it smaller.") % limit)


def _look_into(upload: IO[bytes], attachment: Attachment) -> None:
    try:
        kind, attachment.width, attachment.height = recognised(upload)
    except Refused as error:
        raise ValidationError(_why(str(error))) from None
    attachment.kind = kind
    attachment.size = upload.seek(0, 2)
    if attachment.size > limit_of(kind):
        raise too_large(kind)


def _why(reason: str) -> str:
    sentences = {
        "empty": _("This file is empty."),
        "broken": _("This file is damaged, or not all of it is there. Save or export it again."),
        "password": _("This file is protected. Save it without a password, then upload that."),
        "macros": _(
            "This file has macros, which are programs. Save it as .docx, .xlsx or .pptx, "
            "without them."
        ),
        "bomb": _("This file unpacks to far more than it should. Save it again in its program."),
        "large": too_large(Kind.PDF).messages[0],  # As of every document.
        "old office": _(
            "Old Office files can hide programs. Save it as .docx, .xlsx, .pptx or PDF."
        ),
        "picture": _("This is a picture. Pictures have a library of their own."),
        "brand": _("Not all browsers play this kind of video. Export it as MP4 with H.264."),
        "codec": _("Not all browsers play this video. Export it as MP4 with H.264 and AAC."),
        "locked": _("This video is copy-protected, and browsers cannot play it."),
        "sound only": _("There is no picture in this video."),
    }
    return sentences.get(
        reason, _("Only PDF, Word, Excel and PowerPoint files and MP4 videos are taken.")
    )
