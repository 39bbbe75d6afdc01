"""Crisp shapes, drawn four times too large and averaged down, and their part map beside them.

All coordinates are in pixels of the finished picture (0 to `SIZE`, y down), as floats. A `Layer`
is transparent until something is drawn on it; `Layer.reduced()` gives colour, coverage and parts
at the finished size, and `Picture.over` lays it on what is already there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from explorer.teaching.scenes.parts import PART

SIZE = 128
OVERSAMPLING = 4
EMPTY = 255  # the part index of a pixel of a layer that nothing was drawn on

Colour = tuple[float, float, float]  # red, green, blue in [0, 1]
Point = tuple[float, float]  # x, y in finished pixels


def to_bytes(colour: Colour) -> tuple[int, int, int, int]:
    """(r, g, b) in [0, 1] as the opaque 8-bit colour Pillow wants."""
    red, green, blue = (round(255 * min(max(float(c), 0.0), 1.0)) for c in colour)
    return red, green, blue, 255


@dataclass(frozen=True)
class Stamp:
    """A layer at the finished size: what to lay on a picture, and where."""

    colour: np.ndarray  # (SIZE, SIZE, 3) in [0, 1]
    cover: np.ndarray  # (SIZE, SIZE) in [0, 1]; 0 is see-through
    parts: np.ndarray  # (SIZE, SIZE) uint8; EMPTY where nothing was drawn


class Layer:
    """A transparent sheet for anti-aliased shapes; `mirror` turns left into right about `axis`."""

    def __init__(self, mirror: bool = False, axis: float = SIZE / 2) -> None:
        side = SIZE * OVERSAMPLING
        # "RGBa" holds colours already multiplied by their cover, so averaging needs no conversion.
        self._image = Image.new("RGBa", (side, side), (0, 0, 0, 0))
        self._parts = Image.new("L", (side, side), EMPTY)
        self._pens = ImageDraw.Draw(self._image), ImageDraw.Draw(self._parts)
        self._mirror, self._axis = mirror, axis

    def place(self, points: Sequence[Point]) -> list[Point]:
        """Points of the drawing as points of the picture (mirrored if the layer is)."""
        if not self._mirror:
            return list(points)
        return [(2 * self._axis - x, y) for x, y in points]

    def _scaled(self, points: Sequence[Point]) -> list[Point]:
        return [(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in self.place(points)]

    def polygon(self, points: Sequence[Point], colour: Colour, part: str) -> None:
        corners = self._scaled(points)
        for pen, fill in zip(self._pens, (to_bytes(colour), PART[part]), strict=True):
            pen.polygon(corners, fill=fill)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, part: str) -> None:
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, part)

    def ellipse(self, centre: Point, rx: float, ry: float, colour: Colour, part: str) -> None:
        ((x, y),) = self._scaled([centre])
        rx, ry = rx * OVERSAMPLING, ry * OVERSAMPLING
        for pen, fill in zip(self._pens, (to_bytes(colour), PART[part]), strict=True):
            pen.ellipse((x - rx, y - ry, x + rx, y + ry), fill=fill)

    def line(self, points: Sequence[Point], width: float, colour: Colour, part: str) -> None:
        """A bar with round joints; `width` in finished pixels."""
        path, thick = self._scaled(points), max(1, round(width * OVERSAMPLING))
        for pen, fill in zip(self._pens, (to_bytes(colour), PART[part]), strict=True):
            pen.line(path, fill=fill, width=thick, joint="curve")

    def reduced(self) -> Stamp:
        """Average down: colour and cover by area, the part by the middle of each pixel."""
        small = np.asarray(self._image.reduce(OVERSAMPLING), dtype=np.float32) / 255
        middle = OVERSAMPLING // 2
        parts = np.asarray(self._parts)[middle::OVERSAMPLING, middle::OVERSAMPLING]
        cover = small[..., 3]
        return Stamp(small[..., :3] / np.maximum(cover, 1e-3)[..., None], cover, parts.copy())


@dataclass
class Picture:
    """A picture being painted: colour (SIZE, SIZE, 3) in [0, 1], parts (SIZE, SIZE) uint8."""

    colour: np.ndarray
    parts: np.ndarray

    def over(self, stamp: Stamp) -> None:
        """Lay a stamp on top; its parts take over wherever it was drawn."""
        self.tint(stamp.colour, stamp.cover)
        self.parts = np.where(stamp.parts == EMPTY, self.parts, stamp.parts)

    def tint(self, colour: np.ndarray | Colour, cover: np.ndarray) -> None:
        """Mix a colour in by `cover` (SIZE, SIZE) and leave the parts as they are."""
        paint = np.asarray(colour, dtype=np.float32)
        self.colour = self.colour + (paint - self.colour) * cover[..., None]

    def glow(self, colour: Colour, strength: np.ndarray) -> None:
        """Add light: the brighter the pixel already is, the less it changes (a 'screen')."""
        light = np.asarray(colour, dtype=np.float32) * strength[..., None]
        self.colour = 1 - (1 - self.colour) * (1 - np.clip(light, 0, 1))
