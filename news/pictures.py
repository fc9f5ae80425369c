"""Uploads become pictures here: decoded, checked, and written anew."""

from __future__ import annotations

import io
import secrets
import warnings
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import ExifTags, Image

# Format -> (extension, how Pillow writes it). What is not here is refused, SVG above all.
FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("jpg", {"quality": 88, "optimize": True, "progressive": True}),
    "PNG": ("png", {"optimize": True}),
    "WEBP": ("webp", {"quality": 88}),
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def safe_picture(upload: IO[bytes]) -> ContentFile:
    """The picture in an uploaded file, decoded and encoded again under a name nobody can guess.

    Taken by what it is, whatever its name says; turned upright; its colour profile kept, all other
    metadata (position, camera, comments) dropped. Raises `ValidationError` with a sentence for the
    editor.
    """
    upload.seek(0, io.SEEK_END)
    if upload.tell() > settings.PICTURE_MAX_BYTES:
        limit = settings.PICTURE_MAX_BYTES // (1024 * 1024)
        raise ValidationError(_("This picture is larger than %d MB. Make it smaller.") % limit)
    upload.seek(0)
    picture = _decoded(upload)
    # MPO is how cameras save a JPEG with its depth or preview picture behind it.
    format = "JPEG" if picture.format == "MPO" else str(picture.format)
    extension, options = FORMATS[format]
    upright = _upright(picture)
    if extension == "jpg" and upright.mode not in ("RGB", "L"):
        # Of CMYK pictures the profile describes inks that are gone after the conversion.
        upright = upright.convert("RGB")
        upright.info.pop("icc_profile", None)
    written = io.BytesIO()
    clean = Image.frombytes(upright.mode, upright.size, upright.tobytes())
    if upright.palette:
        clean.putpalette(upright.palette)
    if format == "PNG" and "transparency" in upright.info:
        options = {**options, "transparency": upright.info["transparency"]}
    clean.save(written, format, icc_profile=upright.info.get("icc_profile"), **options)
    return ContentFile(written.getvalue(), name=f"{secrets.token_hex(16)}.{extension}")


def _decoded(upload: IO[bytes]) -> Image.Image:
    unreadable = ValidationError(
        _("This file is not a picture that can be read. Use a JPEG, PNG or WebP file.")
    )
    too_large = ValidationError(
        _("This picture has more than %d million pixels. Make it smaller.")
        % (settings.PICTURE_MAX_PIXELS // 1_000_000)
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(upload, formats=list(FORMATS))
            # The size is known before anything is decoded: a bomb never goes off.
            if picture.width * picture.height > settings.PICTURE_MAX_PIXELS:
                raise too_large
            if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
                raise ValidationError(_("Animated pictures cannot be used. Save one frame of it."))
            picture.load()
    except ValidationError:
        raise
    except Image.DecompressionBombError as error:
        raise too_large from error
    except Exception as error:  # Pillow's decoders raise almost anything on a damaged file.
        raise unreadable from error
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """As its camera was held. Pillow's own `exif_transpose` writes the metadata anew, for nothing,
    and fails on what many cameras get wrong in it."""
    try:
        turn = picture.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # Damaged metadata of a sound picture.
        return picture
    return picture.transpose(_TURNS[turn]) if turn in _TURNS else picture
