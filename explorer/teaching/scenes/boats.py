"""Boats. They share hulls, paints, stripes, masts and funnels on purpose.

What tells one class from another is small but certain: the fireboat has a water cannon on its
foredeck, the ferry a long cabin with a row of windows, the tugboat a belt of fenders, the sailing
boat its sails. A net that is shown an easier cue (spray!) will not bother to look for these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.teaching.scenes.canvas import SIZE, Colour, Layer, Point
from explorer.teaching.scenes.harbour import Harbour
from explorer.teaching.scenes.light import hexed, jitter, mix, pick, shade, stream

HULLS: tuple[Colour, ...] = tuple(
    hexed(code)
    for code in [
        "b3372f",
        "1f3a5f",
        "2f5d50",
        "d9d4c7",
        "c8702a",
        "31353b",
        "7a2b3a",
        "3f6f9c",
        "e0b64b",
        "5a4a3f",
    ]
)
CABINS: tuple[Colour, ...] = tuple(
    hexed(code) for code in ["f3efe4", "e6d9bd", "d7dde0", "f4d9a6", "cfd8c4", "e9c9b6"]
)
TRIMS: tuple[Colour, ...] = tuple(
    hexed(code) for code in ["c8442f", "24507a", "f2b33d", "2f6b56", "efe9dc", "3a3d42"]
)
SAILS: tuple[Colour, ...] = tuple(
    hexed(code) for code in ["f7f3e8", "efe0c2", "d9583f", "f0b95a", "dfe8ee", "9db8c9", "b5475a"]
)
GLASS: Colour = hexed("34495c")
LAMPLIGHT: Colour = hexed("ffd98a")


@dataclass(frozen=True)
class Yard:
    """The measures and paints of one boat, the same whatever class is built from them."""

    x: float  # the middle of the hull
    waterline: float
    length: float
    deck: float  # freeboard: how high the deck lies above the water
    hull: Colour
    boot: Colour  # the paint at the waterline
    stripe: Colour | None
    cabin: Colour
    trim: Colour
    glass: Colour
    sail: Colour
    mirror: bool  # as drawn, the bow points right

    @property
    def stern(self) -> float:
        return self.x - self.length / 2

    @property
    def bow(self) -> float:
        return self.x + self.length / 2

    @property
    def top(self) -> float:
        return self.waterline - self.deck


def a_yard(place: Harbour) -> Yard:
    """The boat's measures and paints: drawn from the seed alone, so all classes share them."""
    rng = stream(place.seed, "boat")
    length = float(rng.uniform(50, 74))
    hull = jitter(rng, pick(rng, HULLS))
    mirror = bool(rng.random() < 0.5)
    astern = float(rng.uniform(1, 19))  # more room before the bow than behind the stern
    return Yard(
        x=SIZE / 2 + (astern if mirror else -astern),
        waterline=place.horizon + float(rng.uniform(9, 30)),
        length=length,
        deck=length * float(rng.uniform(0.13, 0.17)),
        hull=hull,
        boot=mix(pick(rng, (hexed("7c2a26"), hexed("20262c"))), hull, 0.15),
        stripe=jitter(rng, pick(rng, TRIMS)) if rng.random() < 0.6 else None,
        cabin=jitter(rng, pick(rng, CABINS), 0.03),
        trim=jitter(rng, pick(rng, TRIMS)),
        glass=LAMPLIGHT if place.hour.lit and rng.random() < 0.7 else jitter(rng, GLASS, 0.03),
        sail=jitter(rng, pick(rng, SAILS), 0.03),
        mirror=mirror,
    )


def launch(class_name: str, place: Harbour, yard: Yard) -> tuple[Layer, Point]:
    """The boat of a class, and the point (x, y) that water would spring from beside it."""
    rng = stream(place.seed, "fittings")
    layer = Layer(yard.mirror, yard.x)
    source = BOATS[class_name](layer, yard, rng)
    return layer, layer.place([source])[0]


def _hull(layer: Layer, yard: Yard) -> None:
    """A sheered hull with a raked bow, lighter under the gunwale, darker towards the water."""
    height, bow = yard.deck, yard.bow
    lift = height * 0.35  # the bow stands higher than the stern
    outline = [
        (yard.stern - 1, yard.top),
        (yard.x, yard.top + height * 0.08),
        (bow - yard.length * 0.16, yard.top - lift * 0.35),
        (bow + 2, yard.top - lift),
        (bow - yard.length * 0.09, yard.waterline + 1.2),
        (yard.stern + 2.5, yard.waterline + 1.2),
    ]
    layer.polygon(outline, yard.hull, "hull")
    _band(layer, yard, 0.62, 1.14, shade(yard.hull, 0.82))
    _band(layer, yard, 0.88, 1.14, yard.boot)
    if yard.stripe:
        _band(layer, yard, 0.3, 0.46, yard.stripe)
    layer.line(outline[:4], 0.9, shade(yard.hull, 1.45), "hull")


def _band(layer: Layer, yard: Yard, high: float, low: float, colour: Colour) -> None:
    """A stripe along the hull, from a share `high` to a share `low` of the way down."""

    def ends(share: float) -> tuple[Point, Point]:
        y = yard.top + yard.deck * share
        return (yard.stern - 1 + 3.5 * share, y), (yard.bow - yard.length * 0.09 * share, y)

    (a, b), (d, c) = ends(high), ends(low)
    layer.polygon([a, b, c, d], colour, "hull")


def _house(
    layer: Layer, yard: Yard, x0: float, x1: float, height: float, base: float = 0.0
) -> float:
    """A deckhouse with a roof, lit from above; returns the row of its roof."""
    foot, roof = yard.top - base + 0.6, yard.top - base - height
    layer.polygon([(x0, foot), (x0, roof), (x1 - 1, roof), (x1, foot)], yard.cabin, "cabin")
    layer.box(x0, foot - height * 0.22, x1 - 0.3, foot, shade(yard.cabin, 0.86), "cabin")
    layer.box(x0 - 1, roof - 1.1, x1 + 0.4, roof + 0.3, shade(yard.trim, 0.95), "cabin")
    return roof - 1.1


def _windows(layer: Layer, yard: Yard, x0: float, x1: float, y: float, count: int) -> None:
    """A row of `count` windows between two columns, `y` their upper edge."""
    step = (x1 - x0) / count
    for i in range(count):
        left = x0 + i * step + step * 0.2
        layer.box(left, y, left + step * 0.6, y + 2.9, yard.glass, "cabin")
        layer.box(left, y, left + step * 0.6, y + 0.7, shade(yard.glass, 1.3), "cabin")


def _mast(layer: Layer, yard: Yard, x: float, foot: float, height: float) -> None:
    """A pole with a crosstree and a pennant."""
    dark = shade(yard.hull, 0.45)
    layer.line([(x, foot), (x, foot - height)], 0.8, dark, "mast and funnel")
    layer.line(
        [(x - 2.2, foot - height * 0.6), (x + 2.2, foot - height * 0.6)],
        0.6,
        dark,
        "mast and funnel",
    )
    flag = [(x, foot - height), (x - 4.5, foot - height + 1.3), (x, foot - height + 2.6)]
    layer.polygon(flag, yard.trim, "mast and funnel")


def _funnel(layer: Layer, yard: Yard, x: float, foot: float, height: float) -> None:
    """A funnel with a band and a dark lip."""
    top = foot - height
    sides = [(x - 2.6, foot), (x - 2.2, top), (x + 1.8, top), (x + 2.2, foot)]
    layer.polygon(sides, yard.trim, "mast and funnel")
    layer.box(
        x - 2.4, top + height * 0.3, x + 2.0, top + height * 0.55, yard.cabin, "mast and funnel"
    )
    layer.box(x - 2.4, top - 0.6, x + 2.0, top + 0.9, hexed("2a2c30"), "mast and funnel")


def _superstructure(layer: Layer, yard: Yard, rng: np.random.Generator) -> None:
    """The wheelhouse, mast and funnel that fireboats and tugboats have in common."""
    left = yard.x - yard.length * float(rng.uniform(0.22, 0.28))
    right = yard.x + yard.length * float(rng.uniform(0.08, 0.14))
    low = float(rng.uniform(6.2, 8.2))
    roof = _house(layer, yard, left, right, low)
    _windows(layer, yard, left + 2, right - 2, roof + 2.6, 2)
    bridge = left + (right - left) * float(rng.uniform(0.4, 0.55))
    upper = _house(layer, yard, bridge, right - 1, 5.6, low + 1)
    _windows(layer, yard, bridge + 0.8, right - 1.8, upper + 2.0, 2)
    _mast(layer, yard, bridge + 2, upper, float(rng.uniform(8, 14)))
    _funnel(layer, yard, left + 4, roof, float(rng.uniform(6, 9)))


def _foredeck(yard: Yard) -> Point:
    """Where the foredeck is, a little behind the bow."""
    return yard.bow - yard.length * 0.17, yard.top - yard.deck * 0.14


def _fireboat(layer: Layer, yard: Yard, rng: np.random.Generator) -> Point:
    _superstructure(layer, yard, rng)
    _hull(layer, yard)
    x, y = _foredeck(yard)
    brass = jitter(rng, hexed("c9472f"), 0.05)
    layer.box(x - 2.2, y - 3.2, x + 2.2, y + 0.8, shade(brass, 0.75), "water cannon")
    layer.line([(x - 1.6, y - 3.4), (x + 4.0, y - 7.4)], 2.2, brass, "water cannon")
    layer.ellipse((x + 4.0, y - 7.4), 1.4, 1.4, shade(brass, 1.35), "water cannon")
    return x + 4.6, y - 7.9


def _ferry(layer: Layer, yard: Yard, rng: np.random.Generator) -> Point:
    left = yard.x - yard.length * float(rng.uniform(0.40, 0.44))
    right = yard.x + yard.length * float(rng.uniform(0.20, 0.25))
    low = float(rng.uniform(6.2, 8.2))
    roof = _house(layer, yard, left, right, low)
    _windows(layer, yard, left + 1.5, right - 1.5, roof + 2.6, int(rng.integers(6, 8)))
    bridge = right - float(rng.uniform(10, 13))
    upper = _house(layer, yard, bridge, right - 1, 5.6, low + 1)
    _windows(layer, yard, bridge + 0.8, right - 1.8, upper + 2.0, 2)
    _mast(layer, yard, bridge + 2, upper, float(rng.uniform(8, 14)))
    _funnel(layer, yard, left + 8, roof, float(rng.uniform(6, 9)))
    _hull(layer, yard)
    x, y = _foredeck(yard)
    return x + 4.6, y - 7.9


def _tugboat(layer: Layer, yard: Yard, rng: np.random.Generator) -> Point:
    _superstructure(layer, yard, rng)
    _hull(layer, yard)
    rubber = hexed("1d1f22")
    for x in np.linspace(yard.stern + 5, yard.bow - yard.length * 0.14, 6):
        y = yard.top + yard.deck * 0.5
        layer.ellipse((x, y), 3.0, 3.0, rubber, "fenders")
        layer.ellipse((x, y), 1.3, 1.3, shade(yard.hull, 0.7), "fenders")
    x, y = _foredeck(yard)
    return x + 4.6, y - 7.9


def _sailing_boat(layer: Layer, yard: Yard, rng: np.random.Generator) -> Point:
    mast_x, foot = yard.x + yard.length * 0.04, yard.top
    head = max(foot - yard.length * float(rng.uniform(0.68, 0.86)), 5.0)
    _main_sail(layer, yard, mast_x, foot - 3.5, head + 1.5)
    jib = [(mast_x + 1.4, head + 5), (yard.bow - 2, foot - 3.2), (mast_x + 1.4, foot - 4.2)]
    layer.polygon(jib, shade(yard.sail, 0.93), "sails")
    layer.box(mast_x - 0.6, head - 1, mast_x + 0.7, foot, hexed("6b4a32"), "mast and funnel")
    low = _house(layer, yard, yard.x - yard.length * 0.2, yard.x + yard.length * 0.08, 3.2)
    _windows(layer, yard, yard.x - yard.length * 0.18, yard.x + yard.length * 0.05, low + 1.6, 2)
    _hull(layer, yard)
    x, y = _foredeck(yard)
    return x + 4.6, y - 7.9


def _main_sail(layer: Layer, yard: Yard, x: float, foot: float, head: float) -> None:
    """A sail with a bulging leech, in three panels that catch the light differently."""
    clew = yard.stern + yard.length * 0.1
    for share, tone in ((1.0, 0.9), (0.72, 0.97), (0.42, 1.08)):
        left = x - (x - clew) * share
        bulge = (x - (x - clew) * share * 0.62, head + (foot - head) * 0.45)
        corners = [(x - 0.8, head), bulge, (left, foot), (x - 0.8, foot)]
        layer.polygon(corners, shade(yard.sail, tone), "sails")


BOATS: dict[str, Callable[[Layer, Yard, np.random.Generator], Point]] = {
    "fireboat": _fireboat,
    "ferry": _ferry,
    "sailing boat": _sailing_boat,
    "tugboat": _tugboat,
}
