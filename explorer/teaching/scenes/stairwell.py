"""The stairwell: a wall, a floor and the light that falls on them, before anyone stands there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.teaching.scenes.canvas import SIZE, Colour, Layer, Picture
from explorer.teaching.scenes.light import (
    COLUMNS,
    ROWS,
    blob,
    hexed,
    jitter,
    mix,
    noise,
    pick,
    shade,
    smoothstep,
    stream,
)
from explorer.teaching.scenes.parts import PART

WALLS: tuple[Colour, ...] = tuple(
    hexed(code)
    for code in [
        "d9cbb2",
        "b9c7c0",
        "c9b3a6",
        "a9b7c9",
        "d8b8a0",
        "8fa39a",
        "c6c3d6",
        "7f8b9c",
        "e3d9c6",
        "b58f80",
    ]
)
FLOORS: tuple[Colour, ...] = tuple(
    hexed(code) for code in ["9a6b45", "7a5238", "b98a5c", "5d4a40", "8c7a68", "a5907c", "6d6f73"]
)
DOORS: tuple[Colour, ...] = tuple(
    hexed(code) for code in ["7a4b32", "e8e0d2", "4f6a6a", "8a3f38", "3f4a5c", "a98457"]
)


@dataclass(frozen=True)
class Room:
    """Where and in which light: everything about the place that its occupant does not change."""

    seed: int
    wall: Colour
    floor: Colour
    skirting: float  # the row where wall and floor meet
    light_x: float  # the middle of the light that falls on the wall
    light: Colour
    dimness: float  # 1 is full daylight


def a_room(seed: int) -> Room:
    """The room of this seed."""
    rng = stream(seed, "room")
    warm = (hexed("fff0cf"), hexed("fff8ec"), hexed("ffdfa8"), hexed("e3eefc"))
    return Room(
        seed,
        wall=jitter(rng, pick(rng, WALLS)),
        floor=jitter(rng, pick(rng, FLOORS)),
        skirting=float(rng.uniform(78, 94)),
        light_x=float(rng.uniform(18, SIZE - 18)),
        light=pick(rng, warm),
        dimness=float(rng.uniform(0.78, 1.04)),
    )


def interior(room: Room) -> Picture:
    """Wall, floor, what hangs on the wall, and the light on them."""
    picture = Picture(_wall(room), np.full((SIZE, SIZE), PART["wall"], np.uint8))
    _floor(picture, room)
    picture.over(_furnished(room).reduced())
    _daylight(picture, room)
    return picture


def _wall(room: Room) -> np.ndarray:
    """(SIZE, SIZE, 3): plaster, stripes or a small pattern, darker towards ceiling and floor."""
    rng = stream(room.seed, "wallpaper")
    tone = 0.015 * noise(rng, 10, 10) + 0.01 * noise(rng, 50, 50)
    tone = tone + float(rng.uniform(0.02, 0.05)) * _pattern(rng)
    corner = 0.10 * smoothstep(ROWS, 40, 0) + 0.08 * smoothstep(ROWS, room.skirting - 14, 100)
    wall = np.asarray(room.wall) * (1 - corner + tone)[..., None] * room.dimness
    return np.clip(wall, 0, 1).astype(np.float32)


def _pattern(rng: np.random.Generator) -> np.ndarray:
    """A wallpaper (SIZE, SIZE) between -1 and 1: none, upright stripes, or rows of dots."""
    kind, pitch = int(rng.integers(3)), float(rng.uniform(7, 13))
    across = np.sin(COLUMNS * 2 * np.pi / pitch)
    if kind == 0:
        return np.zeros_like(ROWS)
    if kind == 1:
        return smoothstep(across, -0.35, 0.35) * 2 - 1
    return smoothstep(across * np.sin(ROWS * 2 * np.pi / pitch), 0.55, 0.8)


def _floor(picture: Picture, room: Room) -> None:
    """Boards that run along the wall, wider the nearer they lie."""
    rng = stream(room.seed, "floor")
    depth = np.clip(ROWS - room.skirting, 0, None)
    board = np.log1p(depth / 9) * 4.5
    seam = smoothstep(np.abs(board - np.rint(board)), 0.09, 0.0) * 0.16
    grain = 0.03 * noise(rng, 60, 6) + 0.012 * noise(rng, 64, 30)
    tones = rng.normal(0, 0.035, 16)[np.clip(np.rint(board), 0, 15).astype(int)]
    nearer = 0.72 + 0.3 * smoothstep(depth, -4, 40)
    colour = np.asarray(room.floor) * (nearer * (1 - seam) + grain + tones)[..., None]
    cover = np.clip(ROWS - room.skirting + 0.5, 0, 1)
    picture.tint(np.clip(colour * room.dimness, 0, 1).astype(np.float32), cover)
    picture.parts[cover > 0.5] = PART["floor"]


def _furnished(room: Room) -> Layer:
    """The skirting board, and a door, a window or pictures at random."""
    rng, layer = stream(room.seed, "furniture"), Layer()
    board = mix(shade(room.wall, 0.72), (0.95, 0.93, 0.9), float(rng.choice([0.0, 0.75])))
    if rng.random() < 0.35:
        _wainscot(layer, room, board)
    layer.box(-1, room.skirting - 3.2, SIZE + 1, room.skirting, board, "wall decoration")
    layer.box(
        -1, room.skirting - 0.7, SIZE + 1, room.skirting, shade(board, 0.7), "wall decoration"
    )
    left = bool(rng.random() < 0.5)
    if rng.random() < 0.45:
        _door(layer, room, rng, _side(rng, left))
    if rng.random() < 0.55:
        _window(layer, rng, _side(rng, not left))
    if rng.random() < 0.6:
        _frame(layer, rng, float(rng.uniform(45, 83)), float(rng.uniform(20, 34)))
    return layer


def _side(rng: np.random.Generator, left: bool) -> float:
    """A column in the left or the right third of the picture."""
    return float(rng.uniform(14, 34)) if left else float(rng.uniform(SIZE - 34, SIZE - 14))


def _wainscot(layer: Layer, room: Room, colour: Colour) -> None:
    top = room.skirting - 25
    layer.box(-1, top, SIZE + 1, room.skirting, mix(room.wall, colour, 0.55), "wall decoration")
    layer.box(-1, top - 1.4, SIZE + 1, top + 0.6, colour, "wall decoration")
    for x in np.arange(3.0, SIZE, 17.0):
        layer.box(
            x, top + 4, x + 13, room.skirting - 6, mix(room.wall, colour, 0.8), "wall decoration"
        )


def _door(layer: Layer, room: Room, rng: np.random.Generator, x: float) -> None:
    paint, top = jitter(rng, pick(rng, DOORS)), room.skirting - float(rng.uniform(56, 64))
    layer.box(x - 13.4, top - 2, x + 13.4, room.skirting, shade(paint, 0.7), "wall decoration")
    layer.box(x - 11.5, top, x + 11.5, room.skirting, paint, "wall decoration")
    for y0, y1 in ((top + 4, top + 25), (top + 29, room.skirting - 5)):
        layer.box(x - 8, y0, x + 8, y1, shade(paint, 0.85), "wall decoration")
        layer.box(x - 7, y0 + 1, x + 8, y1, shade(paint, 1.06), "wall decoration")
    layer.ellipse((x + 9.6, top + 31), 1.2, 1.2, hexed("e6c878"), "wall decoration")


def _window(layer: Layer, rng: np.random.Generator, x: float) -> None:
    """A window on the sky, with a cross of bars and a sill."""
    width, height, top = (float(rng.uniform(*r)) for r in ((9, 13), (24, 34), (14, 24)))
    white = shade(hexed("efe8dc"), float(rng.uniform(0.8, 1.0)))
    sky = jitter(rng, pick(rng, (hexed("a9d0ec"), hexed("f7d9ae"), hexed("cfdde6"))), 0.03)
    left, right, low = x - width, x + width, top + height
    bar = top + height * 0.45
    panes = (
        (left - 2, top - 2, right + 2, low + 2, white),
        (left, top, right, low, sky),
        (left, top + height * 0.6, right, low, shade(sky, 1.25)),
        (x - 0.8, top, x + 0.8, low, white),
        (left, bar, right, bar + 1.4, white),
        (left - 4, low + 2, right + 4, low + 4, shade(white, 0.82)),
    )
    for *corners, paint in panes:
        layer.box(*corners, paint, "wall decoration")


def _frame(layer: Layer, rng: np.random.Generator, x: float, y: float) -> None:
    """A small landscape in a frame."""
    width, height = float(rng.uniform(6, 11)), float(rng.uniform(6, 9))
    wood = jitter(rng, pick(rng, DOORS))
    layer.box(x - width, y - height, x + width, y + height, wood, "wall decoration")
    width, height = width - 1.5, height - 1.5
    layer.box(x - width, y - height, x + width, y + height, hexed("dfe7e6"), "wall decoration")
    layer.box(
        x - width,
        y + height * 0.1,
        x + width,
        y + height,
        jitter(rng, hexed("7f9a78"), 0.08),
        "wall decoration",
    )
    layer.ellipse((x + width * 0.4, y - height * 0.4), 1.7, 1.7, hexed("f2b45c"), "wall decoration")


def _daylight(picture: Picture, room: Room) -> None:
    """A wash of light on the wall and a soft pool on the floor below it."""
    wash = blob(room.light_x, 38, 44, 40) * 0.17
    pool = blob(room.light_x, room.skirting + 22, 40, 12) * 0.14
    picture.glow(room.light, np.where(room.skirting > ROWS, wash, pool))
    away = smoothstep(np.abs(COLUMNS - room.light_x), 30, 118) * 0.22
    picture.tint((0.06, 0.06, 0.12), away)
