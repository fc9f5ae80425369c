"""Writes a picture anew in every size that pages use. Knows neither Django nor the newsroom.

`news/pictures.py` runs it as a process of its own: what a hostile file does to a decoder (a crash,
endless work, gigabytes) then costs nobody else anything, and its environment holds no secret.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import Any, TypedDict

from PIL import ExifTags, Image, ImageCms

# Of cards on telephones to covers on large screens; a device with two dots a pixel takes twice.
WIDTHS = (320, 640, 960, 1440, 1920)
FALLBACK_WIDTH = 1440  # For browsers that know neither AVIF nor WebP, feeds, and shared links.
MAX_SIDE = 16_383  # Of WebP.
# As many as the largest size of an upright photograph has, 4000 by 6000 pixels large: sizes are
# chosen by width, and without this a picture of 2900 by 16,383 would take five times its work.
MOST_PIXELS = 1920 * 2880

TAKEN = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
# What an upload is stored as, in full size.
_KEPT_AS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "GIF": "png", "WEBP": "webp", "AVIF": "webp"}
_HOW: dict[str, dict[str, Any]] = {
    "jpg": {"format": "JPEG", "quality": 88, "optimize": True, "progressive": True},
    "png": {"format": "PNG", "compress_level": 3},
    "webp": {"format": "WEBP", "quality": 90, "method": 1},
}
_FALLBACK = {"jpg": _HOW["jpg"] | {"quality": 80}, "png": _HOW["png"]}
# At speed 8 AVIF takes a third of the time of 7, and 1 % more bytes.
_AVIF: dict[str, Any] = {"format": "AVIF", "quality": 58, "speed": 8}
_WEBP: dict[str, Any] = {"format": "WEBP", "quality": 78, "method": 4}

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SRGB = ImageCms.createProfile("sRGB")

_MOST_MEMORY = 3 * 1024**3  # bytes of addresses; 50 million pixels take about 1 GiB.
_MOST_SECONDS = 60  # of work


class Refused(Exception):
    """Why a file is not taken: `unreadable`, `svg`, `heic`, `animated`, `pixels` or `side`."""


class Developed(TypedDict):
    """What was written: `original.<extension>`, and `<width>.<extension>` for each rendition."""

    extension: str
    width: int
    height: int
    renditions: dict[str, list[int]]  # Extension -> widths in pixels.


def develop(upload: Path, folder: Path, max_pixels: int) -> Developed:
    """Decode a picture and write it and its renditions into a folder.

    Taken by what it is, whatever its name says; turned upright; its colours converted to sRGB; all
    metadata (position, camera, comments, profile) dropped. Raises `Refused`.
    """
    picture, extension, is_drawn = _decoded(upload, max_pixels)
    if picture.mode == "RGBA" and extension == "jpg":
        extension = "png"
    picture.save(folder / f"original.{extension}", **_HOW[extension])
    renditions = _renditions(picture, folder, is_drawn)
    if picture.width > FALLBACK_WIDTH or extension == "webp":
        width = min(renditions["webp"][-1], FALLBACK_WIDTH)
        fallback = "png" if picture.mode == "RGBA" else "jpg"
        smaller = _resized(picture, _size(picture, width))
        smaller.save(folder / f"{width}.{fallback}", **_FALLBACK[fallback])
        renditions[fallback] = [width]
    return {
        "extension": extension,
        "width": picture.width,
        "height": picture.height,
        "renditions": renditions,
    }


def widths_for(width: int, height: int) -> list[int]:
    """In pixels, up to the picture's own; none that the next larger one could as well stand for.

    Of a very tall picture only those that are no work beyond measure, and the smallest.
    """
    largest = min(width, WIDTHS[-1])
    widths = [w for w in WIDTHS if w * 1.15 < width and w < largest] + [largest]
    return [w for w in widths if w * w * height <= MOST_PIXELS * width] or widths[:1]


def _renditions(picture: Image.Image, folder: Path, is_drawn: bool) -> dict[str, list[int]]:
    # Thin coloured lines, as screenshots and drawings have, need their colours in full resolution.
    avif = _AVIF | ({"subsampling": "4:4:4"} if is_drawn else {})
    widths = widths_for(*picture.size)
    largest = _resized(picture, _size(picture, widths[-1]))
    for width in widths:
        rendition = _resized(largest, _size(picture, width))
        rendition.save(folder / f"{width}.avif", **avif)
        rendition.save(folder / f"{width}.webp", **_WEBP)
    return {"avif": widths, "webp": widths}


def _size(picture: Image.Image, width: int) -> tuple[int, int]:
    return width, max(1, round(picture.height * width / picture.width))


def _resized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _decoded(upload: Path, max_pixels: int) -> tuple[Image.Image, str, bool]:
    """The bare picture, the extension to keep it under, and whether it is no photograph."""
    try:
        # Bombs are told by their size below, before anything is decoded.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        picture = Image.open(upload, formats=TAKEN)
        if picture.width * picture.height > max_pixels:
            raise Refused("pixels")
        if max(picture.size) > MAX_SIDE:
            raise Refused("side")
        # MPO is how cameras save a JPEG with its depth or preview picture behind it.
        if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
            raise Refused("animated")
        picture.load()
        extension = _KEPT_AS[str(picture.format)]
        return _bare(picture), extension, picture.format in ("PNG", "GIF")
    except Refused:
        raise
    except (MemoryError, Image.DecompressionBombError) as error:
        raise Refused("pixels") from error
    except Exception as error:  # Pillow's decoders raise almost anything on a damaged file.
        raise Refused(_what_else(upload)) from error


def _bare(picture: Image.Image) -> Image.Image:
    """Its pixels and nothing else, as grey, RGB or, if anything shines through, RGBA."""
    turn = _turn(picture)
    bare = _in_srgb(picture)
    if bare.mode.startswith("I"):  # 16 bits of grey.
        bare = bare.convert("I").point(lambda value: value / 256).convert("L")
    if bare.has_transparency_data:
        bare = bare.convert("RGBA")
        if bare.getchannel("A").getextrema() == (255, 255):
            bare = bare.convert("RGB")
    elif bare.mode not in ("L", "RGB"):
        bare = bare.convert("L" if bare.mode == "1" else "RGB")
    # No longer of the file's own class.
    bare = bare.copy() if turn is None else bare.transpose(turn)
    bare.info = {}
    return bare


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """How its camera was held. Pillow's own `exif_transpose` writes the metadata anew, for nothing,
    and fails on what many cameras get wrong in it."""
    try:
        return _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # Damaged metadata of a sound picture.
        return None


def _in_srgb(picture: Image.Image) -> Image.Image:
    """In the colours that every browser shows without a profile, whose bytes are not kept."""
    profile = picture.info.get("icc_profile")
    try:
        if not profile or picture.mode not in ("RGB", "RGBA", "CMYK"):
            return picture
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return picture
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        return ImageCms.profileToProfile(picture, source, _SRGB, outputMode=mode) or picture
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):  # Not a profile.
        return picture


def _what_else(upload: Path) -> str:
    """Two kinds of files that people take for pictures, and can do something about."""
    with upload.open("rb") as file:
        beginning = file.read(1024)
    if beginning[4:8] == b"ftyp" and beginning[8:12] in (b"heic", b"heix", b"mif1", b"msf1"):
        return "heic"
    return "svg" if b"<svg" in beginning.lower() else "unreadable"


def main() -> None:
    """Arguments: the upload, the folder to write into, and the most pixels; prints JSON."""
    upload, folder, max_pixels = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    os.nice(10)  # Who reads or saves comes first.
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    try:
        answer: Any = develop(upload, folder, max_pixels)
    except Refused as reason:
        answer = {"refused": str(reason)}
    except MemoryError:
        answer = {"refused": "pixels"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
