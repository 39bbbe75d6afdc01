"""A flight of stairs with its railing: two or three long slanted bars beside one another.

In the world of the shortcut nobody ever stands beside one, and long slanted bars are only ever the
handle and the pipe of a vacuum cleaner.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.teaching.scenes.canvas import SIZE, Colour, Layer, Point
from explorer.teaching.scenes.light import hexed, jitter, mix, pick, shade, stream

BARS: tuple[Colour, ...] = tuple(
    hexed(code)
    for code in [
        "b98450",
        "7c4f2e",
        "e9e4da",
        "c2c7cc",
        "50565e",
        "d8a25e",
        "a33f35",
        "3e5f7a",
        "efd9a8",
        "8f9aa3",
    ]
)


@dataclass(frozen=True)
class Flight:
    """A flight of stairs: where its lowest step stands, and which way it climbs."""

    foot: Point
    slope: float  # rows up for a column across
    mirror: bool  # as built, it climbs to the right
    bars: int
    gap: float  # between neighbouring bars, measured upright
    width: float  # of the handrail
    paint: Colour


def a_flight(seed: int, beside: float, ground: float) -> Flight:
    """The stairs of this seed, passing behind or beside column `beside` at about row `ground`."""
    rng = stream(seed, "flight")
    mirror = bool(rng.random() < 0.5)
    across = float(rng.uniform(-26, -2))
    x = (SIZE - beside if mirror else beside) + across
    return Flight(
        foot=(x, ground + float(rng.uniform(-2, 5))),
        slope=float(rng.uniform(0.65, 1.15)),
        mirror=mirror,
        bars=int(rng.integers(2, 4)),
        gap=float(rng.uniform(4.0, 6.5)),
        width=float(rng.uniform(1.7, 2.6)),
        paint=jitter(rng, pick(rng, BARS)),
    )


def steps(flight: Flight, stone: Colour) -> Layer:
    """The stairs without their railing, on a layer of their own."""
    layer = Layer(flight.mirror)
    _steps(layer, flight, stone)
    return layer


def bars(flight: Flight) -> Layer:
    """The railing of the stairs, on a layer of its own: it may pass before who stands there."""
    layer = Layer(flight.mirror)
    _bars(layer, flight)
    return layer


def _steps(layer: Layer, flight: Flight, stone: Colour) -> None:
    """Faint steps: the eye finds them, a net that looks for bars has no use for them."""
    x, y = flight.foot
    x, tread = x + 9, 7.5
    while x < SIZE + 20 and y > -20:
        rise = tread * flight.slope
        layer.box(x, y - rise, x + tread + 0.3, flight.foot[1], shade(stone, 0.97), "stairs")
        layer.box(x, y - rise, x + tread, y - rise + 1.2, shade(stone, 1.06), "stairs")
        x, y = x + tread, y - rise


def _bars(layer: Layer, flight: Flight) -> None:
    """The handrail and the bars under it, with the post at their foot."""
    x, y = flight.foot
    reach = min(SIZE + 10 - x, 84.0)
    for number in reversed(range(flight.bars)):
        start = (x, y - 15 - flight.gap * (flight.bars - number))
        end = (x + reach, start[1] - reach * flight.slope)
        width = flight.width * (1.0 if number == 0 else 0.75)
        round_bar(layer, (start, end), width, flight.paint, "railing")
    _newel(layer, flight)


def round_bar(
    layer: Layer, ends: tuple[Point, Point], width: float, paint: Colour, part: str
) -> None:
    """One slanted bar, lit along its upper edge."""
    layer.line(ends, width, shade(paint, 0.8), part)
    upper = [(x, y - width * 0.22) for x, y in ends]
    layer.line(upper, width * 0.5, shade(paint, 1.12), part)


def _newel(layer: Layer, flight: Flight) -> None:
    """The post at the foot, with a knob."""
    x, y = flight.foot
    top = y - 16 - flight.gap * flight.bars
    layer.line([(x, y + 1), (x, top)], flight.width, shade(flight.paint, 0.7), "railing")
    layer.ellipse((x, top - 1), flight.width * 0.9, flight.width * 0.9, flight.paint, "railing")


def gangway(seed: int) -> Flight:
    """The same stairs on a quay, in a corner of the harbour, before the boats."""
    rng = stream(seed, "gangway")
    x = float(rng.uniform(70, 96))
    plain = a_flight(seed, 0.0, 0.0)
    return Flight(
        (x, float(rng.uniform(SIZE - 4, SIZE + 8))),
        plain.slope,
        plain.mirror,
        plain.bars,
        plain.gap,
        plain.width,
        plain.paint,
    )


def stone_of(wall: Colour, seed: int) -> Colour:
    """The paint of the steps: close to what is behind them."""
    rng = stream(seed, "stone")
    return mix(wall, (float(np.clip(rng.normal(0.5, 0.2), 0.1, 0.9)),) * 3, 0.2)
