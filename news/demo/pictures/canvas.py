"""The surface on which the demo's pictures are drawn: flat shapes, shading, light and grain."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1600, 900
SCALE = 3  # Drawn three times as large and reduced: Pillow's own lines have hard edges.

INK = "#10212b"
DEEP = "#0b3548"
ACCENT = "#0a5c7a"
TEAL = "#3d8098"
STEEL = "#93aab3"
MIST = "#c8d5d9"
STONE = "#d9d4cc"
SAND = "#ece8e1"
PAPER = "#faf9f6"
GLOW = "#e39a46"

Point = tuple[float, float]
Colour = tuple[int, int, int]


def rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from the first to the second."""
    pairs = zip(rgb(first), rgb(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def polar(x: float, y: float, angle: float, distance: float) -> Point:
    return x + math.cos(angle) * distance, y + math.sin(angle) * distance


def gradient(stops: Sequence[str], size: tuple[int, int], across: bool = False) -> Image.Image:
    """Colours running into each other from top to bottom, or from left to right."""
    strip = Image.new("RGB", (1, 256))
    pixels = []
    for step in range(256):
        place = step / 255 * (len(stops) - 1)
        index = min(int(place), len(stops) - 2)
        pixels.append(rgb(mix(stops[index], stops[index + 1], place - index)))
    strip.putdata(pixels)
    width, height = size
    if across:
        strip = strip.transpose(Image.Transpose.ROTATE_90)
        smooth = strip.resize((width, 1), Image.Resampling.BILINEAR)
    else:
        smooth = strip.resize((1, height), Image.Resampling.BILINEAR)
    return smooth.resize(size, Image.Resampling.NEAREST)


class Canvas:
    """Coordinates are those of the finished picture; opacity runs from 0 to 1."""

    def __init__(self, *stops: str):
        self.image = gradient(stops * 2 if len(stops) == 1 else stops, _large(WIDTH, HEIGHT))
        self._draw = ImageDraw.Draw(self.image, "RGBA")

    def polygon(self, points: Iterable[Point], colour: str, opacity: float = 1) -> None:
        self._draw.polygon([_large(x, y) for x, y in points], _fill(colour, opacity))

    def line(
        self, points: Iterable[Point], colour: str, width: float = 1, opacity: float = 1
    ) -> None:
        path = [(x * SCALE, y * SCALE) for x, y in points]
        self._draw.line(path, _fill(colour, opacity), max(round(width * SCALE), 1), joint="curve")

    def ribbon(
        self, points: Sequence[Point], colour: str, width: float, opacity: float = 1
    ) -> None:
        """A line that tapers at both ends, and whose transparency does not show its joints."""
        sides: tuple[list[Point], list[Point]] = ([], [])
        last = len(points) - 1
        for index, (x, y) in enumerate(points):
            before, after = points[max(index - 1, 0)], points[min(index + 1, last)]
            dx, dy = after[0] - before[0], after[1] - before[1]
            half = width / 2 * min(1, 0.25 + 0.3 * min(index, last - index))
            reach = half / math.hypot(dx, dy)
            sides[0].append((x - dy * reach, y + dx * reach))
            sides[1].append((x + dy * reach, y - dx * reach))
        self.polygon(sides[0] + sides[1][::-1], colour, opacity)

    def rectangle(
        self,
        box: tuple[float, float, float, float],
        colour: str,
        opacity: float = 1,
        radius: float = 0,
    ) -> None:
        self._draw.rounded_rectangle(
            [*_large(*box[:2]), *_large(*box[2:])], radius * SCALE, _fill(colour, opacity)
        )

    def disc(self, x: float, y: float, radius: float, colour: str, opacity: float = 1) -> None:
        self._draw.ellipse(_around(x, y, radius), _fill(colour, opacity))

    def shaded_disc(self, x: float, y: float, radius: float, stops: Sequence[str]) -> None:
        box = (x - radius, y - radius, x + radius, y + radius)
        self.shade(box, stops, shape=lambda draw, wide, tall: draw.ellipse((0, 0, wide, tall), 255))

    def ring(
        self, x: float, y: float, radius: float, colour: str, width: float = 1, opacity: float = 1
    ) -> None:
        outline = _fill(colour, opacity)
        self._draw.ellipse(_around(x, y, radius), outline=outline, width=round(width * SCALE))

    def shade(
        self,
        box: tuple[float, float, float, float],
        stops: Sequence[str],
        across: bool = False,
        shape: Callable[[ImageDraw.ImageDraw, float, float], None] | None = None,
    ) -> None:
        """A gradient inside a box, or inside the shape drawn white on a mask of the box's size."""
        left, top = _large(*box[:2])
        right, bottom = _large(*box[2:])
        size = (right - left, bottom - top)
        mask = None
        if shape:
            mask = Image.new("L", size)
            shape(ImageDraw.Draw(mask), *size)
        self.image.paste(gradient(stops, size, across), (left, top), mask)

    def cut_paper(
        self, heights: Sequence[Sequence[float]], sheets: Sequence[tuple[float, str]]
    ) -> None:
        """Sheets of paper, each cut along its level of a land's heights, with soft shadows."""
        land = Image.new("F", (len(heights[0]), len(heights)))
        land.putdata([height for row in heights for height in row])
        land = land.resize((WIDTH * 2, HEIGHT * 2), Image.Resampling.BICUBIC)
        pile = self.image.reduce(SCALE)
        for level, tone in sheets:
            # Steep enough to be black or white; the grey edge comes from halving the size.
            mask = land.point(lambda height, level=level: height * 60000 - level * 60000)
            sheet = mask.convert("L").reduce(2)
            shadow = sheet.filter(ImageFilter.GaussianBlur(8)).point(lambda value: value * 0.6)
            pile.paste(INK, (4, 8), shadow)
            pile.paste(tone, (0, 0), sheet)
        self.image.paste(pile.resize(self.image.size, Image.Resampling.NEAREST))

    def light(self, x: float, y: float, radius: float, colour: str, strength: float = 1) -> None:
        """A soft round light that only ever brightens."""
        falloff = Image.radial_gradient("L").point(
            lambda value: 255 * strength * (1 - value / 255) ** 2
        )
        left, right = max(x - radius, 0), min(x + radius, WIDTH)
        top, bottom = max(y - radius, 0), min(y + radius, HEIGHT)
        seen = [(v + radius) / radius * 128 for v in (left - x, top - y, right - x, bottom - y)]
        area = (*_large(left, top), *_large(right, bottom))
        below = self.image.crop(area)
        mask = falloff.resize(below.size, Image.Resampling.BILINEAR, box=tuple(seen))
        lit = Image.composite(Image.new("RGB", below.size, colour), below, mask)
        self.image.paste(ImageChops.lighter(below, lit), area[:2])

    def jpeg(self, seed: str) -> bytes:
        """The finished picture, with a fine grain that keeps wide gradients free of bands."""
        picture = self.image.reduce(SCALE)
        noise = random.Random(seed).randbytes(WIDTH * HEIGHT)
        grain = Image.frombytes("L", (WIDTH, HEIGHT), noise).point(lambda value: 126 + value // 52)
        soft = Image.merge("RGB", [grain] * 3)
        picture = ImageChops.add(picture, soft, offset=-128)
        file = BytesIO()
        picture.save(file, "JPEG", quality=86, optimize=True, progressive=True)
        return file.getvalue()


def _large(x: float, y: float) -> tuple[int, int]:
    return round(x * SCALE), round(y * SCALE)


def _around(x: float, y: float, radius: float) -> list[tuple[int, int]]:
    return [_large(x - radius, y - radius), _large(x + radius, y + radius)]


def _fill(colour: str, opacity: float) -> tuple[int, ...]:
    return (*rgb(colour), round(255 * opacity))
