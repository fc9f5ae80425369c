"""Pictures of what is seen from above: water, land, and paper very near."""

from __future__ import annotations

import math
import random

from .canvas import (
    ACCENT,
    DEEP,
    GLOW,
    HEIGHT,
    INK,
    MIST,
    PAPER,
    SAND,
    STONE,
    TEAL,
    WIDTH,
    Canvas,
    Point,
    mix,
    polar,
)


def clarifiers() -> Canvas:
    """Round settling tanks of a water treatment plant from above."""
    canvas = Canvas("#dcd8d0", STONE)
    for x in range(0, WIDTH + 80, 80):
        canvas.line([(x, 0), (x, HEIGHT)], PAPER, 1, 0.6)
    for y in range(20, HEIGHT, 80):
        canvas.line([(0, y), (WIDTH, y)], PAPER, 1, 0.6)
    tanks = [(395, 250, 205, 0.5), (395, 742, 205, 2.3), (905, 496, 265, -0.65)]
    tanks += [(1420, 215, 190, 1.2), (1420, 777, 190, 2.75)]
    for x, y, _radius, _angle in tanks:
        canvas.line([(x, y), (905, 496), (1700, 496)], "#a8a298", 16)
        canvas.line([(x, y), (905, 496), (1700, 496)], PAPER, 5, 0.8)
    for index, (x, y, radius, angle) in enumerate(tanks):
        _clarifier(canvas, x, y, radius, angle, index == 2)
    return canvas


def _clarifier(
    canvas: Canvas, x: float, y: float, radius: float, angle: float, is_large: bool
) -> None:
    canvas.disc(x + 12, y + 16, radius + 9, "#7d786e", 0.35)
    canvas.disc(x, y, radius + 8, PAPER)
    water = (TEAL, ACCENT, DEEP) if is_large else ("#5d97aa", TEAL, ACCENT)
    canvas.shaded_disc(x, y, radius, water)
    for ring in range(1, 9):
        canvas.ring(x, y, radius * ring / 9, MIST, 1.2, 0.12 + 0.03 * ring)
    canvas.ring(x, y, radius * 0.93, PAPER, 3, 0.9)
    for share in range(10):  # The wake of the scraper.
        near, far = angle - share * 0.07, angle - (share + 1) * 0.07
        edge = [polar(x, y, turn, radius * 0.9) for turn in (near, far)]
        canvas.polygon([(x, y), *edge], PAPER, 0.16 * (1 - share / 10))
    end = polar(x, y, angle, radius + 8)
    shadow = [polar(*point, angle + math.pi / 2, 7) for point in ((x, y), end)]
    canvas.line(shadow, INK, 14, 0.25)
    canvas.line([(x, y), end], PAPER, 11)
    canvas.line([(x, y), end], INK, 2, 0.6)
    canvas.disc(x, y, radius * 0.13, INK)
    canvas.disc(x, y, radius * 0.06, GLOW if is_large else MIST)


def contours() -> Canvas:
    """Land as layers of cut paper, with the road to the site."""
    canvas = Canvas(DEEP)
    heights = [[_height(x / 160 * 16, y / 90 * 9) for x in range(160)] for y in range(90)]
    tones = ["#0d4e67", "#2c7188", "#5f98aa", "#9dbcc5", "#c9d6d6", "#e2dfd8", "#efece6", PAPER]
    canvas.cut_paper(heights, [(0.155 + step * 0.096, tone) for step, tone in enumerate(tones)])
    road = [(x, 660 - 0.32 * x + 46 * math.sin(x / 170)) for x in range(-20, 1060, 6)]
    canvas.ribbon([(x + 2, y + 4) for x, y in road], INK, 7, 0.3)
    canvas.ribbon(road, GLOW, 6)
    canvas.disc(*road[-1], 17, INK)
    canvas.disc(*road[-1], 9, GLOW)
    return canvas


def _height(x: float, y: float) -> float:
    peaks = [
        (11.6, 3.0, 1.0, 2.4),
        (3.4, 1.6, 0.62, 1.9),
        (15.2, 8.2, 0.55, 2.2),
        (5.6, 8.6, 0.42, 2.3),
    ]
    land = sum(
        top * math.exp(-((x - px) ** 2 + (y - py) ** 2 * 1.5) / (2 * wide**2))
        for px, py, top, wide in peaks
    )
    return land + 0.05 * math.sin(x * 1.7 + y) + 0.04 * math.sin(y * 2.3 - x * 0.8)


def fibres() -> Canvas:
    """A sheet of paper under the microscope: fibres lie along the machine's direction."""
    chance = random.Random("fibres")
    canvas = Canvas("#e4dfd7", "#cdc6bb")
    tones = ["#b5ada0", "#c6bfb4", "#d8d2c8", SAND, PAPER, PAPER]
    for number in range(230):
        depth = number / 230
        width = 5 + 17 * depth * chance.uniform(0.5, 1)
        tone = TEAL if number in (150, 176, 201, 220) else chance.choice(tones)
        _fibre(canvas, _strand(chance), width, mix("#d3ccc1", tone, 0.35 + 0.65 * depth), depth)
    arc = [(760 + 24 * n, 560 - 190 * math.sin(n / 13 + 0.2)) for n in range(30)]
    _fibre(canvas, arc, 15, GLOW, 1)
    return canvas


def _fibre(canvas: Canvas, path: list[Point], width: float, tone: str, depth: float) -> None:
    below = [(x + width * 0.25, y + width * 0.45) for x, y in path]
    canvas.ribbon(below, "#5f5a51", width * 1.05, 0.24 * depth)
    canvas.ribbon(path, tone, width)
    above = [(x, y - width * 0.22) for x, y in path]
    canvas.ribbon(above, PAPER, width * 0.24, 0.2 + 0.35 * depth)


def _strand(chance: random.Random) -> list[Point]:
    x, y = chance.uniform(-700, WIDTH), chance.uniform(-120, HEIGHT + 120)
    angle, bend = chance.gauss(-0.12, 0.34), chance.gauss(0, 0.004)
    path = []
    for _ in range(chance.randint(26, 48)):
        path.append((x, y))
        bend += chance.gauss(0, 0.004) - 0.02 * bend
        angle += bend
        x, y = x + math.cos(angle) * 26, y + math.sin(angle) * 26
    return path
