"""Pictures in parallel projection: a plant as a drawing, salt as cubes."""

from __future__ import annotations

import itertools
import math
import random

from .canvas import ACCENT, GLOW, HEIGHT, MIST, PAPER, STEEL, WIDTH, Canvas, Point, mix

Box = tuple[float, float, float, float, float, float]


class Isometric:
    """Boxes and cylinders in parallel projection, one unit being `unit` points long."""

    def __init__(self, canvas: Canvas, x: float, y: float, unit: float):
        self.canvas, self.x, self.y, self.unit = canvas, x, y, unit

    def at(self, x: float, y: float, z: float = 0) -> Point:
        half = self.unit / 2
        return (
            self.x + (x - y) * half * math.sqrt(3),
            self.y + (x + y) * half - z * self.unit,
        )

    def box(self, box: Box, faces: tuple[str, str, str], opacity: float, edge: str) -> None:
        """`box` is x, y, z and the three lengths; faces are top, left and right."""
        x, y, z, long, wide, tall = box
        top = [(x, y), (x + long, y), (x + long, y + wide), (x, y + wide)]
        upper = [self.at(*corner, z + tall) for corner in top]
        lower = [self.at(*corner, z) for corner in top]
        left = [upper[3], upper[2], lower[2], lower[3]]
        right = [upper[1], upper[2], lower[2], lower[1]]
        for points, colour in zip((upper, left, right), faces, strict=True):
            self.canvas.polygon(points, colour, opacity)
            self.canvas.line([*points, points[0]], edge, 1.5, 0.9)

    def cylinder(self, x: float, y: float, radius: float, tall: float, edge: str) -> None:
        """A circle is seen as an ellipse whose half-axes are the radius times 1.22 and 0.71."""
        centre, lift = self.at(x, y), tall * self.unit
        wide, deep = radius * self.unit * math.sqrt(1.5), radius * self.unit * math.sqrt(0.5)
        turns = [turn * math.pi / 48 for turn in range(97)]
        round_ = [(centre[0] + wide * math.cos(a), centre[1] + deep * math.sin(a)) for a in turns]
        front = round_[:49]
        cap = [(px, py - lift) for px, py in round_]
        self.canvas.polygon([*front, *cap[48::-1]], "#11607a")
        shadow = round_[:17]
        self.canvas.polygon([*shadow, *cap[16::-1]], "#0a4057")
        self.canvas.polygon(cap, "#2f8099")
        for path in (cap, [cap[0], *front, cap[48]]):
            self.canvas.line(path, edge, 1.5, 0.9)


def blueprint() -> Canvas:
    """A plant as its engineers see it: an isometric model on a grid."""
    canvas = Canvas("#0d4d67", "#0a3044")
    model = Isometric(canvas, 820, 50, 54)
    for line in range(-20, 40):
        strength = 0.20 if line % 4 == 0 else 0.08
        canvas.line([model.at(line, -30), model.at(line, 50)], MIST, 1.2, strength)
        canvas.line([model.at(-30, line), model.at(50, line)], MIST, 1.2, strength)
    faces = ("#2f8099", "#11607a", "#0a4057")
    for x in (3.2, 5.6, 8.0, 10.4):
        model.cylinder(x, 2.4, 0.95, 3.1, PAPER)
    model.box((1.2, 5.2, 0, 2.6, 2.6, 1.5), faces, 1, PAPER)
    _pipe(model, [(3.2, 4.4), (14.2, 4.4), (14.2, 9.3)], 1.0, GLOW)
    model.box((7, 5.6, 0, 3.2, 2.6, 4.6), faces, 1, PAPER)
    model.box((7.5, 6, 4.6, 1.4, 1.6, 0.8), faces, 1, PAPER)
    model.cylinder(12.2, 7.2, 0.5, 5.6, PAPER)
    for y in (9.3, 11.2):
        model.box((2, y, 0, 10.5, 1.9, 1.9), faces, 1, PAPER)
    model.box((14, 9.3, 0, 2.6, 2.6, 1.2), faces, 1, PAPER)
    _measure(model, (2, 14.2), (12.5, 14.2))
    _measure(model, (18, 9.3), (18, 13.1))
    return canvas


def _pipe(model: Isometric, route: list[Point], height: float, colour: str) -> None:
    for (x, y), (far_x, far_y) in itertools.pairwise(route):
        posts = int(max(abs(far_x - x), abs(far_y - y)) // 1.2)
        for post in range(posts + 1):
            share = post / posts
            foot = (x + (far_x - x) * share, y + (far_y - y) * share)
            model.canvas.line([model.at(*foot), model.at(*foot, height)], PAPER, 1.5, 0.6)
    model.canvas.line([model.at(x, y, height) for x, y in route], colour, 6)
    model.canvas.line([model.at(x, y, height + 0.22) for x, y in route], PAPER, 2.5, 0.8)


def _measure(model: Isometric, start: Point, end: Point) -> None:
    """A draughtsman's dimension line."""
    model.canvas.line([model.at(*start), model.at(*end)], PAPER, 1.5, 0.8)
    dx, dy = (0, 0.45) if start[1] == end[1] else (0.45, 0)
    for x, y in (start, end):
        model.canvas.line([model.at(x - dx, y - dy), model.at(x + dx, y + dy)], PAPER, 1.5, 0.8)
        model.canvas.disc(*model.at(x, y), 4, GLOW)


def crystals() -> Canvas:
    """Salt: cubes in a heap, each a little different."""
    chance = random.Random("crystals")
    canvas = Canvas("#c3d0d3")
    heap = Isometric(canvas, 800, -90, 62)
    for row, column in itertools.product(range(-7, 30), repeat=2):
        x, y = heap.at(row, column)
        height = 3.2 * math.exp(-((row - 10) ** 2 + (column - 9.4) ** 2) / 22)
        height += chance.uniform(0, 0.8)
        lit = chance.uniform(0, 0.3)
        faces = (
            mix(PAPER, MIST, lit * 1.6),
            mix("#a6bcc3", STEEL, lit * 2),
            mix("#4d879b", ACCENT, lit * 2),
        )
        if (row, column) == (11, 11):
            faces, height = ("#f0b468", "#d98d3a", "#b96f24"), height + 1.1
        if -80 < x < WIDTH + 80 and -80 < y < HEIGHT + 330:
            heap.box((row, column, -1, 1, 1, 1 + height), faces, 1, "#e9efef")
    return canvas
