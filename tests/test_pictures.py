"""What becomes of an uploaded file, whatever is in it."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import settings as fuzzing
from hypothesis import strategies as st
from PIL import ExifTags, ImageCms
from PIL import Image as Picture

from news.pictures import safe_picture
from tests.helpers import picture_bytes

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
UNREADABLE = "This file is not a picture that can be read. Use a JPEG, PNG or WebP file."
ANIMATED = "Animated pictures cannot be used. Save one frame of it."


def accepted(data: bytes, name: str = "") -> Picture.Image:
    """The picture that the library would store, read back."""
    upload = io.BytesIO(data)
    upload.name = name
    file = safe_picture(upload)
    picture = Picture.open(io.BytesIO(file.read()))
    picture.load()
    assert file.name.endswith({"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}[picture.format])
    assert not picture.getexif()
    return picture


def refusal(data: bytes) -> str:
    with pytest.raises(ValidationError) as refused:
        safe_picture(io.BytesIO(data))
    (sentence,) = refused.value.messages
    return sentence


def written(picture: Picture.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def camera_exif(orientation: int = 1) -> Picture.Exif:
    exif = Picture.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "A camera"
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (31.0, 13.0, 49.0), 3: "E", 4: (121.0, 28.0, 25.0)}
    return exif


def corners() -> Picture.Image:
    """Wider than high, red in its first corner and blue elsewhere."""
    picture = Picture.new("RGB", (64, 32), "blue")
    picture.paste("red", (0, 0, 16, 16))
    return picture


def png_of(width: int, height: int) -> bytes:
    """A few bytes that claim to be a picture of any size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(99)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_pictures_are_taken_and_written_anew(format):
    data = picture_bytes(format, (320, 180))
    picture = accepted(data)
    assert (picture.format, picture.size) == (format, (320, 180))
    assert picture.convert("RGB").getpixel((9, 9)) == pytest.approx((10, 92, 122), abs=6)


def test_names_cannot_be_guessed_and_never_repeat():
    data = picture_bytes()
    names = {safe_picture(io.BytesIO(data)).name for _ in range(5)}
    assert len(names) == 5
    assert all(len(name) == len("0123456789abcdef" * 2 + ".jpg") for name in names)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_what_the_camera_wrote_is_dropped(format):
    data = picture_bytes(format, exif=camera_exif(), xmp=b"<x:xmpmeta>secret</x:xmpmeta>")
    assert b"A camera" in data
    stored = safe_picture(io.BytesIO(data)).read()
    assert b"A camera" not in stored
    assert b"secret" not in stored
    assert not accepted(data).getexif().get_ifd(ExifTags.IFD.GPSInfo)


def test_comments_are_dropped():
    data = picture_bytes("JPEG", comment=b"secret")
    assert b"secret" in data
    assert b"secret" not in safe_picture(io.BytesIO(data)).read()


@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [
        (1, (64, 32), (2, 2)),
        (2, (64, 32), (61, 2)),
        (3, (64, 32), (61, 29)),
        (4, (64, 32), (2, 29)),
        (5, (32, 64), (2, 2)),
        (6, (32, 64), (29, 2)),
        (7, (32, 64), (29, 61)),
        (8, (32, 64), (2, 61)),
        (9, (64, 32), (2, 2)),
    ],
)
def test_pictures_stand_as_the_camera_was_held(orientation, size, red):
    picture = accepted(written(corners(), "JPEG", exif=camera_exif(orientation), quality=95))
    assert picture.size == size
    assert picture.getpixel(red) == pytest.approx((254, 0, 0), abs=9)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("exif", [b"Exif\0\0MX\0*", b"Exif\0\0MM\0*\0\0\0\x08\0\x05\x01", b"junk"])
def test_damaged_metadata_does_not_cost_the_picture(exif):
    assert accepted(picture_bytes("JPEG", exif=exif)).size == (320, 180)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_the_colour_profile_is_kept(format):
    assert accepted(picture_bytes(format, icc_profile=SRGB)).info["icc_profile"] == SRGB


def test_print_colours_become_screen_colours():
    data = written(Picture.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG", icc_profile=SRGB)
    picture = accepted(data)
    assert picture.mode == "RGB"
    assert picture.getpixel((5, 5)) == pytest.approx((254, 0, 0), abs=9)
    assert "icc_profile" not in picture.info


def test_grey_stays_grey():
    assert accepted(written(Picture.new("L", (20, 20), 99), "JPEG")).mode == "L"


def test_transparency_survives():
    palette = Picture.new("P", (4, 4), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    sources = [
        written(palette, "PNG", transparency=1),
        written(palette, "PNG", transparency=bytes([255, 0])),
        written(Picture.new("RGBA", (4, 4), (1, 2, 3, 0)), "PNG"),
        written(Picture.new("RGB", (4, 4), (1, 2, 3)), "PNG", transparency=(1, 2, 3)),
        written(Picture.new("L", (4, 4), 7), "PNG", transparency=7),
        written(Picture.new("RGBA", (4, 4), (1, 2, 3, 0)), "WEBP"),
    ]
    assert [accepted(data).convert("RGBA").getpixel((1, 1))[3] for data in sources] == [0] * 6


def test_a_palette_keeps_its_colours():
    palette = Picture.new("P", (4, 4), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    picture = accepted(written(palette, "PNG"))
    assert picture.mode == "P"
    assert picture.convert("RGB").getpixel((1, 1)) == (0, 0, 255)


@pytest.mark.parametrize("name", ["photo.jpg", "photo.gif", "../../etc/passwd", "页.html", ""])
def test_a_picture_is_taken_by_what_it_is_not_by_its_name(name):
    assert accepted(picture_bytes("PNG"), name).format == "PNG"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "tail", [b"<script>alert(1)</script>", b"PK\x03\x04 an archive", b"<?php "]
)
def test_what_hides_behind_a_picture_is_dropped(format, tail):
    assert tail not in safe_picture(io.BytesIO(picture_bytes(format) + tail)).read()


def test_a_camera_picture_with_a_second_one_behind_it_is_a_jpeg():
    data = picture_bytes("MPO", save_all=True, append_images=[Picture.new("RGB", (99, 99))])
    picture = accepted(data)
    assert (picture.format, picture.size) == ("JPEG", (320, 180))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 500,
        b"<html><script>alert(1)</script></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"GIF89a<script>alert(1)</script>",
        b"\xff\xd8\xff\xe0",
        picture_bytes("GIF"),
        picture_bytes("GIF", save_all=True, append_images=[Picture.new("RGB", (320, 180))]),
        picture_bytes("BMP"),
        picture_bytes("TIFF"),
        png_of(0, 0),
    ],
)
def test_other_files_are_refused_with_a_sentence(data):
    assert refusal(data) == UNREADABLE


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_picture_is_refused(format):
    data = picture_bytes(format, (640, 480))
    for length in (20, len(data) // 2):
        assert refusal(data[:length]) == UNREADABLE


@pytest.mark.parametrize("format", ["WEBP", "PNG"])
def test_an_animated_picture_is_refused(format):
    second = Picture.new("RGB", (320, 180), "red")
    assert refusal(picture_bytes(format, save_all=True, append_images=[second])) == ANIMATED


def test_too_many_bytes_are_refused(settings):
    data = picture_bytes()
    settings.PICTURE_MAX_BYTES = len(data)
    assert accepted(data)
    settings.PICTURE_MAX_BYTES = 2 * 1024 * 1024
    assert refusal(data + bytes(2 * 1024 * 1024)) == (
        "This picture is larger than 2 MB. Make it smaller."
    )


@pytest.mark.parametrize("side", [8_000, 10_000, 60_000, 2**31 - 1])
def test_a_bomb_is_refused_before_it_is_decoded(side):
    data = png_of(side, side)
    assert len(data) < 100
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert refusal(data) == "This picture has more than 50 million pixels. Make it smaller."


SOURCES = [
    written(corners(), "JPEG", exif=camera_exif(6), icc_profile=SRGB),
    written(corners().convert("CMYK"), "JPEG"),
    written(corners(), "PNG", exif=camera_exif(6), icc_profile=SRGB),
    written(corners().convert("P"), "PNG", transparency=bytes([1, 2, 3])),
    written(corners(), "WEBP", exif=camera_exif(6), icc_profile=SRGB),
]


@fuzzing(max_examples=250, deadline=None)
@given(
    st.sampled_from(SOURCES),
    st.lists(st.tuples(st.integers(0, 700), st.binary(max_size=3)), max_size=4),
)
def test_any_damaged_picture_is_either_refused_or_sound(source, damages):
    data = bytearray(source)
    for place, damage in damages:
        data[place : place + len(damage)] = damage
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own, about what it found.
        try:
            safe_picture(io.BytesIO(bytes(data)))
        except ValidationError:
            return
        accepted(bytes(data))
