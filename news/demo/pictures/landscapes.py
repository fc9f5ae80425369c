"""Pictures of places from afar: a city, a plant, a land with wind and sun."""

from __future__ import annotations

import math
import random

from .canvas import ACCENT, GLOW, HEIGHT, INK, MIST, PAPER, WIDTH, Canvas, Point, mix, polar


def skyline() -> Canvas:
    """A city at dawn, in five depths of haze."""
    chance = random.Random("skyline")
    canvas = Canvas("#b9cad0", "#dbdcd8", "#f0dcc0", "#eec38d")
    canvas.light(1010, 500, 640, "#fff0d2", 0.9)
    canvas.disc(1010, 470, 84, "#eaa658")
    for depth, tone in enumerate(("#b4c7cd", "#84a5b0", "#457689", "#165068", INK)):
        ground, tallest = 690 + depth * 26, 360 - depth * 30
        x = -30.0
        while x < WIDTH:
            width = chance.uniform(38, 96) * (1 + depth * 0.12)
            swell = 0.42 + 0.58 * math.sin(x / 330 + depth * 1.9) ** 2
            height = tallest * swell * chance.uniform(0.55, 1.1)
            _tower(canvas, chance, (x, ground - height, x + width), tone, depth)
            x += width + chance.choice((0, 0, 6, 14, 30))
        canvas.rectangle((0, ground, WIDTH, HEIGHT), tone)
    return canvas


def _tower(
    canvas: Canvas,
    chance: random.Random,
    box: tuple[float, float, float],
    tone: str,
    depth: int,
) -> None:
    left, top, right = box
    crown = chance.random()
    canvas.rectangle((left, top, right, HEIGHT), tone)
    if crown < 0.22:
        inset = (right - left) * 0.22
        canvas.rectangle((left + inset, top - 22, right - inset, top + 2), tone)
    elif crown < 0.34:
        canvas.polygon([(left, top + 1), (right, top - 34), (right, top + 1)], tone)
    elif crown < 0.44:
        middle = (left + right) / 2
        canvas.line([(middle, top - 64 + depth * 6), (middle, top)], tone, 3)
    canvas.rectangle((left, top, left + (right - left) * 0.3, HEIGHT), PAPER, 0.06)
    if depth == 4:
        _windows(canvas, chance, box)


def _windows(canvas: Canvas, chance: random.Random, box: tuple[float, float, float]) -> None:
    left, top, right = box
    for column in range(int((right - left - 16) // 14)):
        for row in range(int((HEIGHT - top - 30) // 20)):
            if chance.random() < 0.16:
                x, y = left + 12 + column * 14, top + 18 + row * 20
                canvas.rectangle((x, y, x + 6, y + 9), GLOW, chance.uniform(0.3, 0.95))


def renewables() -> Canvas:
    """Wind turbines on folded hills, and a field of solar panels before them."""
    canvas = Canvas("#9fbac4", "#cfd9d8", "#eee3d2", "#f2d6ac")
    canvas.light(330, 470, 520, "#fff0d4", 0.9)
    canvas.disc(330, 440, 64, "#eeb26b")
    hills = ["#b4c5c9", "#86a4ae", "#4f8093", "#1d5b73", "#0b3c50"]
    blades = {
        1: [(560, 105, 0.2)],
        2: [(790, 165, 0.75), (1515, 150, 0.95)],
        3: [(1170, 275, 0.38)],
    }
    for index, tone in enumerate(hills):
        ridge = [(x, _ridge(x, index)) for x in range(-20, WIDTH + 40, 10)]
        for x, length, turn in blades.get(index, []):
            _turbine(canvas, x, _ridge(x, index), length, turn)
        canvas.polygon([*ridge, (WIDTH, HEIGHT), (0, HEIGHT)], tone)
        canvas.line(ridge, PAPER, 1.5, 0.25)
    _solar_field(canvas)
    return canvas


def _ridge(x: float, index: int) -> float:
    base = 500 + index * 62
    return base + math.sin(x / 260 + index * 2.1) * 34 + math.sin(x / 117 + index) * 9


def _turbine(canvas: Canvas, x: float, foot: float, length: float, turn: float) -> None:
    hub = foot - length * 1.35
    width = length / 26
    canvas.polygon(
        [
            (x - width, foot + 60),
            (x - width * 0.5, hub),
            (x + width * 0.5, hub),
            (x + width, foot + 60),
        ],
        PAPER,
    )
    for blade in range(3):
        angle = turn + blade * math.tau / 3
        shape = [(0.0, 0.5), (0.12, 1.3), (0.35, 0.95), (1.0, 0.12), (1.0, -0.1), (0.1, -0.5)]
        outline = [
            polar(*polar(x, hub, angle, length * along), angle + math.pi / 2, width * out)
            for along, out in shape
        ]
        canvas.polygon(outline, PAPER)
    canvas.disc(x, hub, width * 1.1, MIST)


def _solar_field(canvas: Canvas) -> None:
    for row in range(4):
        scale = 1 + row * 0.5
        top, height, width = 778 + row * 34 * (1 + row * 0.14), 22 * scale, 74 * scale
        for place in range(-14, 15):
            x = 800 + place * width * 1.06 + row * 17
            lean = height * 0.75
            corners = [
                (x + lean, top),
                (x + width + lean, top),
                (x + width, top + height),
                (x, top + height),
            ]
            canvas.polygon(corners, mix(ACCENT, "#5d9db4", (place + 14) / 34))
            canvas.line([*corners, corners[0]], MIST, 1.4, 0.75)
            for part in (1 / 3, 2 / 3):
                canvas.line(
                    [(x + lean + width * part, top), (x + width * part, top + height)], MIST, 1, 0.4
                )


def process_plant() -> Canvas:
    """A plant at first light: tanks, columns and pipe bridges in three depths."""
    canvas = Canvas("#c3d2d5", "#e3dfd7", "#f3e0c2", "#efc590")
    canvas.light(470, 560, 620, "#fff1d6", 0.9)
    canvas.disc(470, 520, 78, "#e9a353")
    Works(canvas, "far", "#a3bac2", 640, 0.62).draw()
    Works(canvas, "middle", "#4d7e90", 720, 0.85).draw()
    Works(canvas, "near", INK, 800, 1.2).draw()
    chance = random.Random("lamps")
    for _ in range(26):
        canvas.disc(chance.uniform(0, WIDTH), 800 - chance.choice((14, 40, 66)), 2.6, GLOW)
    return canvas


class Works:
    """The silhouette of a plant, on one ground and in one tone."""

    def __init__(self, canvas: Canvas, seed: str, tone: str, ground: float, scale: float):
        self.canvas, self.chance = canvas, random.Random(seed)
        self.tone, self.ground, self.scale = tone, ground, scale

    def draw(self) -> None:
        kinds = (self.column, self.tank, self.column, self.hall, self.sphere, self.stack, self.tank)
        x, kind = -60.0, self.chance.randrange(len(kinds))
        while x < WIDTH + 80:
            x += kinds[kind % len(kinds)](x) + self.chance.uniform(8, 36) * self.scale
            kind += self.chance.choice((1, 1, 2))
        for height in (87, 98):
            self.line([(0, height), (WIDTH / self.scale, height)], 5)
        for post in range(0, round((WIDTH + 60) / self.scale), 74):
            self.line([(post, 98), (post, 0)], 3)
        self.canvas.rectangle((0, self.ground - 4, WIDTH, HEIGHT), self.tone)

    def line(self, points: list[Point], width: float, left: float = 0) -> None:
        """Points are widths and heights above the ground, both before scaling."""
        self.canvas.line(self._placed(points, left), self.tone, width * self.scale)

    def fill(self, points: list[Point], left: float) -> None:
        self.canvas.polygon(self._placed(points, left), self.tone)

    def _placed(self, points: list[Point], left: float) -> list[Point]:
        return [(left + x * self.scale, self.ground - y * self.scale) for x, y in points]

    def column(self, left: float) -> float:
        width, tall = 34.0, self.chance.uniform(230, 400)
        (x, y), (right, foot) = self._placed([(0, tall), (width, -width)], left)
        self.canvas.rectangle((x, y, right, foot), self.tone, radius=(right - x) / 2)
        for level in (0.15, 0.40, 0.65):
            self.line([(-12, tall * level), (width + 12, tall * level)], 3.5, left)
            self.line([(-12, tall * level + 15), (width + 12, tall * level + 15)], 1.4, left)
        top, pipe = tall + 26, width * 1.9
        self.line([(17, tall), (17, top), (pipe, top), (pipe, 0)], 6, left)
        return pipe * self.scale

    def tank(self, left: float) -> float:
        width, tall = self.chance.uniform(120, 170), self.chance.uniform(95, 150)
        self.fill([(0, 0), (0, tall), (width / 2, tall + 26), (width, tall), (width, 0)], left)
        self.line([(0, tall + 12), (0, tall)], 2, left)
        self.line([(width, tall + 12), (width, tall)], 2, left)
        return width * self.scale

    def hall(self, left: float) -> float:
        width, tall = self.chance.uniform(190, 260), self.chance.uniform(110, 170)
        roof: list[Point] = []
        for tooth in range(4):
            roof += [(width * tooth / 4, tall + 34), (width * (tooth + 1) / 4, tall)]
        self.fill([(0, 0), *roof, (width, 0)], left)
        return width * self.scale

    def sphere(self, left: float) -> float:
        radius = self.chance.uniform(52, 68)
        height = radius + 42
        ((x, y),) = self._placed([(radius, height)], left)
        self.canvas.disc(x, y, radius * self.scale, self.tone)
        for leg in (0.25, 0.7, 1.3, 1.75):
            self.line([(radius * leg, height), (radius * leg, 0)], 5, left)
        self.line([(radius, height + radius + 20), (radius, height)], 5, left)
        return radius * 2 * self.scale

    def stack(self, left: float) -> float:
        tall = self.chance.uniform(430, 500)
        self.fill([(0, 0), (6, tall), (20, tall), (26, 0)], left)
        return 26 * self.scale
