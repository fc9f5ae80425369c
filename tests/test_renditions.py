"""What is made of a file's bytes, whatever they are: sizes that are sound, or a refusal."""

from __future__ import annotations

import io
import struct
import tempfile
import time
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import settings as fuzzing
from hypothesis import strategies as st
from PIL import ExifTags, ImageCms, PngImagePlugin
from PIL import Image as Picture

from news import renditions
from news.renditions import FALLBACK_WIDTH, MAX_SIDE, TAKEN, WIDTHS, Refused
from tests.helpers import picture_bytes

pytestmark = pytest.mark.once

MAX_PIXELS = 50_000_000
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
FORMATS = {"avif": "AVIF", "webp": "WEBP", "jpg": "JPEG", "png": "PNG"}
HIDDEN = b"<script>alert(document.cookie)</script>"

# As columns of XYZ, for the white of D50.
DISPLAY_P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
ADOBE_RGB = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
BLUE_BEFORE_RED = ((0.1431, 0.0606, 0.7141), (0.3851, 0.7169, 0.0971), (0.4361, 0.2225, 0.0139))


class Stored:
    """What was written for an upload, read back."""

    def __init__(self, folder: Path, found: renditions.Developed):
        self.folder, self.found = folder, found
        self.original = self.read(f"original.{found['extension']}")
        self.sizes = {
            extension: [self.read(f"{width}.{extension}") for width in widths]
            for extension, widths in found["renditions"].items()
        }

    def read(self, name: str) -> Picture.Image:
        with Picture.open(self.folder / name) as picture:
            picture.load()
        return picture

    def files(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.folder.iterdir()}

    def pictures(self) -> list[Picture.Image]:
        return [self.original, *(picture for size in self.sizes.values() for picture in size)]

    def contains(self, data: bytes) -> bool:
        return any(data in content for content in self.files().values())


def stored(folder: Path, data: bytes, max_pixels: int = MAX_PIXELS) -> Stored:
    """An upload's sizes, of which everything holds that is to hold of any."""
    upload = folder / "upload"
    upload.write_bytes(data)
    into = folder / "developed"
    into.mkdir()
    found = renditions.develop(upload, into, max_pixels)
    assert_sound(into, found)
    return Stored(into, found)


def assert_sound(folder: Path, found: renditions.Developed) -> None:
    names = {f"{w}.{kind}" for kind, widths in found["renditions"].items() for w in widths}
    original = f"original.{found['extension']}"
    assert {file.name for file in folder.iterdir()} == {original, *names}
    assert len(names) + 1 <= 12
    for kind, widths in found["renditions"].items():
        assert widths == sorted(set(widths))
        assert len(widths) <= 5
        for width in widths:
            assert width <= found["width"]
            height = max(1, round(found["height"] * width / found["width"]))
            assert_is(folder / f"{width}.{kind}", kind, (width, height))
    assert_is(folder / original, found["extension"], (found["width"], found["height"]))


def assert_is(file: Path, kind: str, size: tuple[int, int]) -> None:
    with Picture.open(file) as picture:
        picture.load()
        assert (picture.format, picture.size) == (FORMATS[kind], size)
        assert getattr(picture, "n_frames", 1) == 1
        assert not picture.getexif()
        assert not {"icc_profile", "exif", "xmp", "comment"} & picture.info.keys()


@pytest.fixture
def develop(tmp_path) -> Callable[..., Stored]:
    """Takes an upload's bytes: `develop(data)`, `develop(data, max_pixels=100)`."""

    def act(data: bytes, **options: Any) -> Stored:
        return stored(Path(tempfile.mkdtemp(dir=tmp_path)), data, **options)

    return act


@pytest.fixture
def refusal(tmp_path) -> Callable[..., str]:
    """Why an upload is refused, of which nothing is left."""

    def act(data: bytes, max_pixels: int = MAX_PIXELS) -> str:
        into = Path(tempfile.mkdtemp(dir=tmp_path))
        upload = tmp_path / "upload"
        upload.write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own, about what it found.
            with pytest.raises(Refused) as refused:
                renditions.develop(upload, into, max_pixels)
        assert not list(into.iterdir())
        return str(refused.value)

    return act


def written(picture: Picture.Image, format: str, **options: Any) -> bytes:
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


def chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))


def png_of(width: int, height: int, *more: bytes, depth: int = 8, kind: int = 2) -> bytes:
    """A few bytes that claim to be a picture of any size."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(99)))
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + b"".join(more) + pixels + chunk(b"IEND", b"")


def profile_of(primaries: tuple[tuple[float, ...], ...], name: str = "Wide") -> bytes:
    """A colour profile as cameras and screens have them: three primaries and a gamma of 2.2."""

    def xyz(values: tuple[float, ...]) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))

    said = name.encode() + b"\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(said)) + said + bytes(78)
    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    tags = {
        b"desc": description + bytes(-len(description) % 4),
        b"cprt": b"text\0\0\0\0None\0\0\0\0",
        b"wtpt": xyz((0.9642, 1.0, 0.8249)),
        **{
            bytes([kind]) + b"XYZ": xyz(values)
            for kind, values in zip(b"rgb", primaries, strict=True)
        },
        **{kind + b"TRC": gamma for kind in (b"r", b"g", b"b")},
    }
    table, data, start = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        table += tag + struct.pack(">II", start + len(data), len(content))
        data += content
    body = struct.pack(">I", len(tags)) + table + data
    head = struct.pack(">I4sI", 128 + len(body), b"\0\0\0\0", 0x02100000) + b"mntrRGB XYZ "
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061) + bytes(48)
    assert len(head) == 128
    return head + body


# --- Taken, and written anew ---


@pytest.mark.parametrize(
    ("format", "kept_as"),
    [("JPEG", "JPEG"), ("PNG", "PNG"), ("WEBP", "WEBP"), ("GIF", "PNG"), ("AVIF", "WEBP")],
)
def test_pictures_are_taken_and_written_anew(develop, format, kept_as):
    data = picture_bytes(format, (320, 180))
    made = develop(data)
    assert (made.original.format, made.original.size) == (kept_as, (320, 180))
    for picture in made.pictures():
        colour = picture.convert("RGB").getpixel((9, 9))
        assert colour == pytest.approx((10, 92, 122), abs=6)


@pytest.mark.parametrize("name", ["photo.jpg", "photo.gif", "photo.svg", "页.html", "photo"])
def test_a_picture_is_taken_by_what_it_is_not_by_its_name(tmp_path, name):
    upload = tmp_path / name
    upload.write_bytes(picture_bytes("PNG"))
    into = tmp_path / "into"
    into.mkdir()
    assert renditions.develop(upload, into, MAX_PIXELS)["extension"] == "png"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_what_the_camera_wrote_is_dropped_from_every_size(develop, format):
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>secret</x:xmpmeta>")
    xmp = {"pnginfo": texts} if format == "PNG" else {"xmp": b"<x:xmpmeta>secret</x:xmpmeta>"}
    data = picture_bytes(format, (700, 400), exif=camera_exif(), **xmp)
    assert b"secret" in data
    assert b"A camera" in data
    made = develop(data)
    assert not made.contains(b"A camera")
    assert not made.contains(b"secret")
    assert not made.contains(b"GPS")
    assert not made.contains(b"Exif")
    for picture in made.pictures():
        assert not picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)


@pytest.mark.parametrize("format", ["JPEG", "GIF"])
def test_comments_are_dropped(develop, format):
    data = picture_bytes(format, comment=b"secret")
    assert b"secret" in data
    assert not develop(data).contains(b"secret")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
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
def test_pictures_stand_as_the_camera_was_held(develop, format, orientation, size, red):
    options = {} if format == "PNG" else {"quality": 95}
    made = develop(written(corners(), format, exif=camera_exif(orientation), **options))
    assert (made.found["width"], made.found["height"]) == size
    for picture in made.pictures():
        assert picture.size == size
        assert picture.convert("RGB").getpixel(red) == pytest.approx((254, 0, 0), abs=30)


def test_an_avif_stands_upright_too(develop):
    picture = corners().resize((640, 320))
    for orientation, size in ((3, (640, 320)), (6, (320, 640))):
        made = develop(written(picture, "AVIF", exif=camera_exif(orientation)))
        assert made.original.size == size
        corner = (size[0] - 30, 30) if orientation == 6 else (610, 290)
        assert made.original.getpixel(corner) == pytest.approx((254, 0, 0), abs=30)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("exif", [b"Exif\0\0MX\0*", b"Exif\0\0MM\0*\0\0\0\x08\0\x05\x01", b"junk"])
def test_damaged_metadata_does_not_cost_the_picture(develop, exif):
    assert develop(picture_bytes("JPEG", exif=exif)).original.size == (320, 180)


def test_a_camera_picture_with_a_second_one_behind_it_is_a_jpeg(develop):
    data = picture_bytes("MPO", save_all=True, append_images=[Picture.new("RGB", (99, 99))])
    picture = develop(data).original
    assert (picture.format, picture.size) == ("JPEG", (320, 180))


# --- Colours ---


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_the_profile_of_ordinary_colours_is_dropped(develop, format):
    data = picture_bytes(format, icc_profile=SRGB)
    made = develop(data)
    assert not made.contains(SRGB[:64])
    assert made.original.getpixel((9, 9)) == pytest.approx((10, 92, 122), abs=6)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    ("primaries", "written_as", "seen_as"),
    [
        (BLUE_BEFORE_RED, (255, 0, 0), (0, 0, 255)),
        (DISPLAY_P3, (234, 51, 35), (255, 0, 0)),  # The red of screens, as a telephone writes it.
        (DISPLAY_P3, (128, 128, 128), (128, 128, 128)),
        (DISPLAY_P3, (0, 255, 0), (0, 255, 0)),  # Beyond what other screens show: the nearest.
        (ADOBE_RGB, (219, 0, 0), (255, 0, 0)),
    ],
)
def test_wider_colours_become_those_that_every_browser_shows(
    develop, format, primaries, written_as, seen_as
):
    picture = Picture.new("RGB", (40, 40), written_as)
    data = written(picture, format, icc_profile=profile_of(primaries), quality=95)
    made = develop(data)
    for size in made.pictures():
        assert size.convert("RGB").getpixel((20, 20)) == pytest.approx(seen_as, abs=14)


def test_wider_colours_keep_what_shines_through(develop):
    picture = Picture.new("RGBA", (40, 40), (255, 0, 0, 100))
    data = written(picture, "PNG", icc_profile=profile_of(BLUE_BEFORE_RED))
    made = develop(data)
    assert made.original.getpixel((9, 9)) == pytest.approx((0, 0, 255, 100), abs=4)


@pytest.mark.parametrize(
    "profile",
    [
        b"no profile",
        b"\0" * 500,
        SRGB[:200],
        profile_of(DISPLAY_P3)[:-40],
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),  # Of other channels.
    ],
)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_damaged_profile_does_not_cost_the_picture(develop, format, profile):
    made = develop(picture_bytes(format, icc_profile=profile))
    assert made.original.getpixel((9, 9)) == pytest.approx((10, 92, 122), abs=6)


def test_print_colours_become_screen_colours(develop):
    data = written(Picture.new("CMYK", (20, 20), (0, 255, 255, 0)), "JPEG", icc_profile=SRGB)
    picture = develop(data).original
    assert picture.mode == "RGB"
    assert picture.getpixel((5, 5)) == pytest.approx((254, 0, 0), abs=9)


def test_grey_stays_grey(develop):
    assert develop(written(Picture.new("L", (20, 20), 99), "JPEG")).original.mode == "L"
    assert develop(written(Picture.new("1", (20, 20), 1), "PNG")).original.mode == "L"


def test_finer_grey_becomes_ordinary_grey(develop):
    for value in (0, 99, 255):
        picture = Picture.new("I;16", (20, 20), value * 257)
        made = develop(written(picture, "PNG"))
        assert made.original.mode == "L"
        assert made.original.getpixel((5, 5)) == pytest.approx(value, abs=1)


def test_finer_grey_with_a_transparent_value_is_a_picture_too(develop):
    transparent = chunk(b"tRNS", struct.pack(">H", 40_000))
    assert develop(png_of(4, 4, transparent, depth=16, kind=0)).original.size == (4, 4)


def test_transparency_survives_in_every_size(develop):
    palette = Picture.new("P", (4, 4), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    sources = [
        written(palette, "PNG", transparency=1),
        written(palette, "PNG", transparency=bytes([255, 0])),
        written(palette, "GIF", transparency=1),
        written(Picture.new("RGBA", (4, 4), (1, 2, 3, 0)), "PNG"),
        written(Picture.new("LA", (4, 4), (7, 0)), "PNG"),
        written(Picture.new("RGB", (4, 4), (1, 2, 3)), "PNG", transparency=(1, 2, 3)),
        written(Picture.new("L", (4, 4), 7), "PNG", transparency=7),
        written(Picture.new("RGBA", (4, 4), (1, 2, 3, 0)), "WEBP"),
        written(Picture.new("RGBA", (4, 4), (1, 2, 3, 0)), "AVIF"),
    ]
    for data in sources:
        made = develop(data)
        assert made.original.format != "JPEG"
        alphas = {picture.convert("RGBA").getpixel((1, 1))[3] for picture in made.pictures()}
        assert alphas == {0}


def test_a_picture_that_nothing_shines_through_is_stored_without_transparency(develop):
    made = develop(written(Picture.new("RGBA", (4, 4), (1, 2, 3, 255)), "PNG"))
    assert {picture.mode for picture in made.pictures()} == {"RGB"}


def test_a_palette_keeps_its_colours(develop):
    palette = Picture.new("P", (4, 4), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    for format in ("PNG", "GIF"):
        picture = develop(written(palette, format)).original
        assert picture.convert("RGB").getpixel((1, 1)) == (0, 0, 255)


# --- Sizes ---


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (1, [1]),
        (200, [200]),
        (320, [320]),
        (360, [360]),  # 320 is as good as the same.
        (500, [320, 500]),
        (640, [320, 640]),
        (1000, [320, 640, 1000]),
        (1500, [320, 640, 960, 1500]),
        (1920, [320, 640, 960, 1440, 1920]),
        (2500, [320, 640, 960, 1440, 1920]),
    ],
)
def test_sizes_are_those_that_pages_use_and_never_larger_than_the_picture(develop, width, widths):
    made = develop(picture_bytes("JPEG", (width, max(1, width // 3))))
    assert made.found["renditions"]["avif"] == widths
    assert made.found["renditions"]["webp"] == widths
    assert made.original.width == width


def test_five_widths_at_most_and_twelve_files():
    for width in range(1, 8000, 7):
        widths = renditions.widths_for(width, width // 2)
        assert 1 <= len(widths) <= 5
        assert widths == sorted(set(widths))
        assert widths[-1] == min(width, WIDTHS[-1])


def pixels_to_write(width: int, height: int) -> int:
    """In all sizes together; each is written twice."""
    widths = renditions.widths_for(width, height)
    assert widths
    return sum(w * round(height * w / width) for w in widths)


def test_no_shape_of_a_picture_is_more_work_than_that_of_an_upright_photograph():
    photograph = pixels_to_write(4000, 6000)
    for width in (1, 99, 321, 340, 361, 368, 369, 641, 960, 1441, 1919, 1920, 2900, 4000, 8000):
        for height in range(1, min(MAX_SIDE, MAX_PIXELS // width) + 1, 61):
            assert pixels_to_write(width, height) <= photograph * 1.01, (width, height)


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        ((4000, 6000), [320, 640, 960, 1440, 1920]),  # Photographs of cameras,
        ((3000, 4000), [320, 640, 960, 1440, 1920]),
        ((2268, 4032), [320, 640, 960, 1440]),  # of telephones,
        ((1170, 2532), [320, 640, 960, 1170]),  # and what these show.
        ((2900, 16_383), [320, 640, 960]),
        ((1400, 16_383), [320, 640]),
        ((360, 16_383), [360]),
    ],
)
def test_the_largest_sizes_of_very_tall_pictures_are_left_out(size, widths):
    assert renditions.widths_for(*size) == widths


def test_a_very_tall_picture_falls_back_to_its_largest_size(develop, monkeypatch):
    monkeypatch.setattr(renditions, "MOST_PIXELS", 320 * 640)
    made = develop(picture_bytes("WEBP", (700, 1400)))
    assert made.found["renditions"] == {"avif": [320], "webp": [320], "jpg": [320]}
    assert made.original.size == (700, 1400)


@pytest.mark.parametrize(
    ("format", "width", "fallback"),
    [
        ("JPEG", 1440, {}),
        ("JPEG", 1441, {"jpg": [1440]}),
        ("PNG", 1441, {"jpg": [1440]}),
        ("PNG", 900, {}),
        ("WEBP", 900, {"jpg": [900]}),
        ("AVIF", 2000, {"jpg": [1440]}),
    ],
)
def test_whoever_knows_neither_avif_nor_webp_gets_a_file_of_moderate_size(
    develop, format, width, fallback
):
    made = develop(picture_bytes(format, (width, 90)))
    assert FALLBACK_WIDTH == 1440
    others = {k: w for k, w in made.found["renditions"].items() if k not in ("avif", "webp")}
    assert others == fallback


def test_what_shines_through_falls_back_to_png(develop):
    data = written(Picture.new("RGBA", (1500, 40), (1, 2, 3, 9)), "WEBP")
    assert develop(data).found["renditions"]["png"] == [1440]


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (MAX_SIDE, 1), (1, MAX_SIDE)])
def test_pictures_of_any_shape_are_taken(develop, size):
    assert develop(picture_bytes("PNG", size)).original.size == size


def test_the_one_file_of_each_name_is_a_few_bytes_when_the_picture_is_plain(develop):
    made = develop(picture_bytes("JPEG", (1920, 1080)))
    for name, content in made.files().items():
        if not name.startswith("original"):
            assert len(content) < 20_000


# --- Refused ---

SECOND = Picture.new("RGB", (320, 180), "red")
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(400)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 500,
        b"<!doctype html><html><script>alert(1)</script></html>",
        b"%PDF-1.7\n1 0 obj",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"PK\x03\x04 an archive",
        b"\x7fELF",
        b"GIF89a<script>alert(1)</script>",
        b"GIF89a/*\0\0\0\0\0*/=1;alert(document.domain)//",
        b"\xff\xd8\xff\xe0",
        picture_bytes("BMP"),
        picture_bytes("TIFF"),
        picture_bytes("ICO", (32, 32)),
        picture_bytes("PPM"),
        picture_bytes("JPEG2000"),
        png_of(0, 0),
        png_of(200, 200),  # Of which the pixels are missing.
    ],
)
def test_other_files_are_refused(refusal, data):
    assert refusal(data) == "unreadable"


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        b"\xef\xbb\xbf<!-- A drawing -->\n<SVG/>",
    ],
)
def test_drawings_are_known_and_refused(refusal, data):
    assert refusal(data) == "svg"


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"msf1"])
def test_what_telephones_write_is_known_and_refused(refusal, brand):
    assert refusal(HEIC.replace(b"heic", brand, 1)) == "heic"


@pytest.mark.parametrize("format", TAKEN)
def test_a_truncated_picture_is_refused(refusal, format):
    picture = Picture.effect_noise((640, 480), 60).convert("RGB")
    data = written(picture, format)
    for length in (20, len(data) // 2, len(data) * 9 // 10):
        assert refusal(data[:length]) == "unreadable"


@pytest.mark.parametrize("format", ["WEBP", "PNG", "GIF", "AVIF"])
def test_an_animated_picture_is_refused(refusal, format):
    data = picture_bytes(format, save_all=True, append_images=[SECOND, SECOND.resize((320, 180))])
    assert refusal(data) == "animated"


@pytest.mark.parametrize("side", [8_000, 10_000, 60_000, 2**31 - 1])
def test_a_bomb_is_refused_before_it_is_decoded(refusal, side):
    data = png_of(side, side)
    assert len(data) < 100
    begun = time.process_time()
    assert refusal(data) == "pixels"
    assert time.process_time() - begun < 0.5


def test_a_picture_longer_than_its_sizes_can_be_is_refused(refusal):
    assert refusal(picture_bytes("PNG", (MAX_SIDE + 1, 1))) == "side"
    assert refusal(png_of(1, 40_000)) == "side"


def test_the_limit_of_pixels_is_the_last_that_is_taken(develop, refusal):
    data = picture_bytes("PNG", (100, 100))
    assert develop(data, max_pixels=10_000).original.size == (100, 100)
    assert refusal(data, max_pixels=9_999) == "pixels"


def test_a_real_bomb_is_refused_at_once(refusal):
    begun = time.process_time()
    data = png_of(12_000, 12_000, chunk(b"IDAT", zlib.compress(bytes(12_000 * 4_000), 9)))
    assert refusal(data) == "pixels"
    assert time.process_time() - begun < 2


# --- Two things in one file ---


def two_in_one() -> dict[str, bytes]:
    """Pictures that are something else as well."""
    gif = bytearray(picture_bytes("GIF"))
    comment = b"*/=1;" + HIDDEN + b"//"
    jpeg_comment = (HIDDEN * 1_700)[:65_000]
    return {
        "script in a GIF": bytes(gif[:-1] + b"!\xfe" + bytes([len(comment)]) + comment + b"\0;"),
        "HTML in the text of a PNG": picture_bytes("PNG").replace(
            chunk(b"IEND", b""), chunk(b"tEXt", b"Comment\0" + HIDDEN) + chunk(b"IEND", b"")
        ),
        "HTML in a packed text of a PNG": png_of(
            4, 4, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(HIDDEN)), kind=0
        ),
        "a huge comment in a JPEG": picture_bytes("JPEG", comment=jpeg_comment),
        "HTML as a profile": picture_bytes("JPEG", icc_profile=HIDDEN),
        "HTML in a sound profile": picture_bytes(
            "PNG", icc_profile=profile_of(DISPLAY_P3, HIDDEN.decode())
        ),
        "HTML in a profile said to be ordinary": picture_bytes(
            "WEBP", icc_profile=profile_of(DISPLAY_P3, f"sRGB {HIDDEN.decode()}")
        ),
        "HTML as EXIF": picture_bytes("WEBP", exif=b"Exif\0\0" + HIDDEN),
        "HTML as XMP": picture_bytes("AVIF", xmp=HIDDEN),
    }


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("data", two_in_one().values(), ids=two_in_one().keys())
def test_what_hides_inside_a_picture_is_in_no_stored_byte(develop, data):
    made = develop(data)
    assert not made.contains(HIDDEN[:16])
    assert not made.contains(b"alert(")


@pytest.mark.parametrize("format", TAKEN)
@pytest.mark.parametrize(
    "tail",
    [HIDDEN, b"PK\x03\x04 an archive PK\x05\x06" + bytes(18), b"<?php system($_GET[0]); ?>"],
    ids=["HTML", "ZIP", "PHP"],
)
def test_what_hides_behind_a_picture_is_dropped(develop, format, tail):
    assert not develop(picture_bytes(format) + tail).contains(tail[:12])


def test_pixels_that_spell_a_program_are_spelt_anew(develop):
    """Uncompressed pixels can say anything; a photograph's are written with losses."""
    spelt = (HIDDEN * 60)[: 3 * 24 * 24]
    picture = Picture.frombytes("RGB", (24, 24), spelt)
    made = develop(written(picture, "JPEG", quality=100))
    assert not made.contains(HIDDEN[:16])


# --- Damaged in any way ---

SOURCES = {
    "JPEG": written(corners(), "JPEG", exif=camera_exif(6), icc_profile=SRGB),
    "print": written(corners().convert("CMYK"), "JPEG"),
    "progressive": written(corners(), "JPEG", progressive=True, icc_profile=profile_of(ADOBE_RGB)),
    "PNG": written(corners(), "PNG", exif=camera_exif(6), icc_profile=profile_of(DISPLAY_P3)),
    "palette": written(corners().convert("P"), "PNG", transparency=bytes([1, 2, 3])),
    "fine grey": written(Picture.new("I;16", (9, 9), 9_999), "PNG"),
    "WebP": written(corners(), "WEBP", exif=camera_exif(6), icc_profile=SRGB),
    "lossless": written(corners().convert("RGBA"), "WEBP", lossless=True),
    "GIF": written(corners(), "GIF", comment=b"A comment"),
    "AVIF": written(corners(), "AVIF", exif=camera_exif(3), icc_profile=SRGB),
}
PLACES = st.integers(0, 2**16)
DAMAGES = st.one_of(
    st.tuples(st.just("flip"), PLACES, st.integers(0, 7)),
    st.tuples(st.just("write"), PLACES, st.binary(min_size=1, max_size=4)),
    st.tuples(st.just("insert"), PLACES, st.binary(min_size=1, max_size=40)),
    st.tuples(st.just("remove"), PLACES, st.integers(1, 60)),
    st.tuples(st.just("cut"), PLACES, st.none()),
)


def damaged(source: bytes, damages: list[tuple[str, int, Any]]) -> bytes:
    data = bytearray(source)
    for how, somewhere, what in damages:
        place = somewhere % (len(data) or 1)
        match how:
            case "flip" if data:
                data[place] ^= 1 << what
            case "write":
                data[place : place + len(what)] = what
            case "insert":
                data[place:place] = what
            case "remove":
                del data[place : place + what]
            case "cut":
                del data[place:]
    return bytes(data)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_any_damaged_picture_is_either_refused_or_sound(source):
    ends = time.monotonic() + 0.8  # As many examples as fit into it.

    @fuzzing(max_examples=250, deadline=None, database=None)
    @given(st.lists(DAMAGES, min_size=1, max_size=4))
    def holds(damages):
        if time.monotonic() > ends:
            return
        data = damaged(source, damages)
        note(repr(data))
        with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own, about what it found.
            try:
                stored(Path(name), data, max_pixels=1_000_000)
            except Refused:
                developed = Path(name) / "developed"
                assert not list(developed.iterdir())

    holds()
