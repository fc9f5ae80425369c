"""Pictures of what stands indoors: machines, tanks, seats, glass."""

from __future__ import annotations

import itertools
import math
import random

from PIL import ImageDraw

from .canvas import (
    ACCENT,
    DEEP,
    GLOW,
    HEIGHT,
    INK,
    MIST,
    PAPER,
    STEEL,
    STONE,
    TEAL,
    WIDTH,
    Canvas,
    Point,
    mix,
    polar,
)


def mill_hall() -> Canvas:
    """The dryer section of a paper machine from the side: the sheet winds over the rolls."""
    canvas = Canvas("#0c2a38", INK)
    radius, step, high, low = 128, 290, 330, 618
    for x in range(-40, WIDTH, 58):
        canvas.line([(x, 0), (x, HEIGHT)], STEEL, 0.6, 0.10)
    centres = [
        (x * step / 2 - 20, high if x % 2 == 0 else low) for x in range(-1, 2 * WIDTH // step + 3)
    ]
    canvas.rectangle((0, 96, WIDTH, 112), DEEP)
    canvas.line([(0, 112), (WIDTH, 112)], TEAL, 1.5)
    canvas.rectangle((0, 806, WIDTH, HEIGHT), "#0a1820")
    canvas.line([(0, 806), (WIDTH, 806)], TEAL, 1.5)
    for x, y in centres:
        canvas.line([(x, y), (x, 104 if y == high else 815)], "#0b222e", 18)
        _roll(canvas, x, y, radius)
    canvas.line(_web(centres, radius + 4, high), INK, 15, 0.45)
    canvas.line(_web(centres, radius + 4, high), PAPER, 7)
    for x in range(60, WIDTH, 145):
        canvas.rectangle((x, 101, x + 40, 106), GLOW, 1, 2)
    return canvas


def _roll(canvas: Canvas, x: float, y: float, radius: float) -> None:
    canvas.shaded_disc(x, y, radius, (MIST, STEEL, TEAL, "#114457", "#0c2b39"))
    canvas.shaded_disc(x, y, radius * 0.84, ("#123f52", "#1d5a70", "#2c7189"))
    canvas.ring(x, y, radius * 0.55, MIST, 1, 0.35)
    for bolt in range(12):
        canvas.disc(*polar(x, y, bolt * math.pi / 6, radius * 0.69), 4, INK, 0.6)
    canvas.disc(x, y, radius * 0.28, INK)
    canvas.disc(x, y, radius * 0.17, STEEL)


def _web(centres: list[Point], radius: float, high: float) -> list[Point]:
    """Over the upper rolls and under the lower ones, along the tangents between them."""
    path: list[Point] = []
    arrive = math.pi
    for (x, y), (next_x, next_y) in itertools.pairwise(centres):
        lean = math.acos(2 * radius / math.hypot(next_x - x, next_y - y))
        leave = math.atan2(next_y - y, next_x - x) + (-lean if y == high else lean)
        end = leave + math.tau if y == high else leave
        for share in range(41):
            angle = arrive + (end - arrive) * share / 40
            path.append(polar(x, y, angle, radius))
        arrive = leave + math.pi
    return path


def conference_hall() -> Canvas:
    """The seats of a hall from above, turned to the stage."""
    chance = random.Random("hall")
    canvas = Canvas("#0d3242", INK)
    stage = (800, 1010)
    canvas.light(800, 1000, 760, "#c98a45", 0.42)
    for row in range(13):
        radius = 268 + row * 63
        seats = int(radius * math.pi / 47)
        for seat in range(seats + 1):
            angle = math.pi + seat * math.pi / seats
            turn = (angle - 1.5 * math.pi) / (math.pi / 8)
            if abs(turn - round(turn)) * radius * math.pi / 8 < 17 and round(turn) % 2:
                continue
            _seat(canvas, *polar(*stage, angle, radius), angle, chance.random(), row)
    for width, colour in ((196, "#0a1820"), (180, GLOW), (172, "#f6e3c8")):
        canvas.disc(*stage, width, colour)
    return canvas


def _seat(canvas: Canvas, x: float, y: float, angle: float, luck: float, row: int) -> None:
    if luck < 0.035:
        tone = GLOW
    elif luck < 0.16:
        tone = PAPER
    else:
        tone = mix("#5b9db3", "#1b5168", min(1, row / 14 + luck * 0.3))
    canvas.disc(x, y, 14.5, tone)
    behind = polar(x, y, angle, 19)
    back = [polar(*behind, angle + math.pi / 2, side) for side in (-13, 13)]
    canvas.line(back, mix(tone, INK, 0.35), 5)


def brewery_tanks() -> Canvas:
    """Fermentation tanks in a row, with the pipework below their cones."""
    canvas = Canvas("#e7e2da", "#d6d0c6")
    for y in range(60, 780, 60):
        canvas.line([(0, y), (WIDTH, y)], PAPER, 1.2, 0.7)
    for x in range(-95, WIDTH + 200, 150):
        _fermenter(canvas, x + 75, 200, 640, 118, ("#b8c4c6", "#d3dadb", "#a3b2b6"))
    canvas.rectangle((0, 786, WIDTH, HEIGHT), "#a9a297")
    for x in range(-20, WIDTH + 300, 264):
        _fermenter(canvas, x, 92, 664, 208, (DEEP, ACCENT, MIST, "#5e98ab", ACCENT, DEEP, INK))
    for y, colour, width in ((800, INK, 15), (828, GLOW, 13), (854, PAPER, 11)):
        canvas.line([(0, y + 5), (WIDTH, y + 5)], "#6d675d", width, 0.35)
        canvas.line([(0, y), (WIDTH, y)], colour, width)
    for x in range(-20, WIDTH + 300, 264):
        canvas.line([(x, 770), (x, 828)], INK, 11)
        canvas.disc(x, 828, 15, INK)
        canvas.disc(x, 828, 7, GLOW)
    return canvas


def _fermenter(
    canvas: Canvas, x: float, top: float, bottom: float, width: float, metal: tuple[str, ...]
) -> None:
    half, cone = width / 2, width * 0.52
    whole = (x - half, top - half * 0.36, x + half, bottom + cone)
    dome, floor = half * 0.72, bottom - top + half * 0.36

    def outline(draw: ImageDraw.ImageDraw, wide: float, tall: float) -> None:
        unit = tall / (whole[3] - whole[1])
        draw.ellipse((0, 0, wide, dome * unit), 255)
        draw.rectangle((0, dome / 2 * unit, wide, floor * unit), 255)
        draw.polygon(
            [(0, floor * unit), (wide, floor * unit), (wide * 0.54, tall), (wide * 0.46, tall)], 255
        )

    for leg in (-0.86, 0.86):
        canvas.line(
            [(x + half * leg, bottom - 20), (x + half * leg, 900)],
            mix(metal[0], INK, 0.5),
            width / 22,
        )
    canvas.shade(whole, metal, across=True, shape=outline)
    for seam in (0.2, 0.45, 0.7):
        y = top + (bottom - top) * seam
        canvas.line([(x - half, y), (x + half, y)], PAPER, 1.2, 0.35)
    canvas.line([(x - half, bottom), (x + half, bottom)], INK, 2, 0.4)


def laboratory() -> Canvas:
    """Glassware on a bench."""
    canvas = Canvas("#f3f1ec", "#e6e2da")
    canvas.disc(1010, 430, 330, "#dfe6e6")
    for y in range(130, 720, 118):
        canvas.line([(0, y), (WIDTH, y)], STONE, 1.2)
    canvas.rectangle((0, 742, WIDTH, HEIGHT), "#c9c2b7")
    canvas.rectangle((0, 742, WIDTH, 750), INK)
    cone = [(0, 150), (14, 166), (250, 46), (400, 44), (412, 58), (422, 58)]
    bulb = [(0, 60), *(_bulb(turn) for turn in range(3, 28)), (470, 40), (480, 54), (490, 54)]
    tube = [(0, 24), (12, 38), (30, 44), (330, 44), (340, 52), (348, 52)]
    beaker = [(0, 118), (16, 132), (260, 132), (272, 142)]
    tall = [(0, 42), (12, 54), (560, 54), (572, 66)]
    vessels = [(215, tall, 0.58, ACCENT), (445, cone, 0.40, TEAL), (1010, bulb, 0.56, GLOW)]
    vessels += [(704, tube, 0.72, STEEL), (1270, cone, 0.55, ACCENT), (1475, tube, 0.5, GLOW)]
    vessels += [(1150, beaker, 0.42, TEAL), (584, tube, 0.46, ACCENT)]
    for x, profile, level, colour in vessels:
        _vessel(canvas, x, profile, level, colour)
    return canvas


def _bulb(turn: int) -> tuple[float, float]:
    angle = turn * math.pi / 30
    return 180 - 178 * math.cos(angle), 178 * math.sin(angle)


def _vessel(
    canvas: Canvas, x: float, profile: list[tuple[float, float]], level: float, colour: str
) -> None:
    """A round vessel: its profile is a list of heights above the bench and half widths."""
    surface = profile[-1][0] * level
    full = [(height, half) for height, half in profile if height < surface]
    (low, wide), (high, narrow) = full[-1], profile[len(full)]
    full.append((surface, wide + (narrow - wide) * (surface - low) / (high - low)))
    glass, liquid = _outline(x, profile, 0), _outline(x, full, 9)
    canvas.polygon(glass, "#bfd2d8", 0.4)
    canvas.polygon(liquid, colour, 0.82)
    canvas.polygon([(px if px > x else x - (x - px) * 0.45, py) for px, py in liquid], INK, 0.10)
    canvas.line([*glass, glass[0]], INK, 4)
    gleam = [(x - half * 0.66, 742 - height) for height, half in profile[1:-1]]
    canvas.line(gleam, PAPER, 5, 0.75)
    for mark in range(1, 6):
        y = 742 - surface * mark / 5.5
        canvas.line([(x + 8, y), (x + 26, y)], PAPER, 2.5, 0.8)


def _outline(x: float, profile: list[tuple[float, float]], inset: float) -> list[Point]:
    left = [(x - max(half - inset, 0), 742 - max(height, inset)) for height, half in profile]
    return left + [(2 * x - px, py) for px, py in reversed(left)]
