"""What can stand in a stairwell: a child, an upright vacuum cleaner, a floor lamp, a potted plant.

Every painter gets the same place to stand and works upwards from it. A child may look at us or
away; clothes, hair and skin vary, so that what makes a child a child is its shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.teaching.scenes.canvas import SIZE, Colour, Layer, Point
from explorer.teaching.scenes.light import hexed, jitter, mix, pick, shade, stream
from explorer.teaching.scenes.railing import BARS, round_bar

SKINS: tuple[Colour, ...] = tuple(
    hexed(code)
    for code in ["f6d7bf", "eab993", "d79a6c", "b9774a", "8f5634", "6a3d25", "4d2b1b", "f1c9a5"]
)
HAIRS: tuple[Colour, ...] = tuple(
    hexed(code)
    for code in ["241a17", "3c271c", "5f3b22", "8a5a2c", "c98f3f", "e6c470", "a2482a", "151316"]
)
CLOTHES: tuple[Colour, ...] = tuple(
    hexed(code)
    for code in [
        "d9483b",
        "2f6fb0",
        "f2b63c",
        "3f8f63",
        "8b5aa6",
        "e98aa3",
        "f0ece2",
        "37465c",
        "58b0b4",
        "e0743a",
    ]
)
SHADES: tuple[Colour, ...] = tuple(
    hexed(code) for code in ["f5e6c4", "e8b468", "d9634a", "f2efe6", "9fb7a4", "d8a6a0"]
)
LEAVES: tuple[Colour, ...] = tuple(
    hexed(code) for code in ["3f7d4a", "2f6a45", "6a9a4a", "4d8f6a", "7fa65a", "2b5a3c"]
)
POTS: tuple[Colour, ...] = tuple(
    hexed(code) for code in ["c2693f", "e6ddd0", "46586b", "8a5a44", "d7a24e", "5f7f78"]
)


@dataclass(frozen=True)
class Spot:
    """Where something stands: the column, the row of its feet, and how large it is drawn."""

    x: float
    foot: float
    size: float


def a_spot(seed: int, skirting: float) -> Spot:
    """The place to stand of this seed, somewhat in front of the wall."""
    rng = stream(seed, "spot")
    foot = skirting + float(rng.uniform(7, 24))
    return Spot(float(rng.uniform(36, SIZE - 36)), foot, float(rng.uniform(0.85, 1.15)))


def stand(class_name: str, seed: int, spot: Spot) -> Layer:
    """The occupant of a class on a layer of its own."""
    rng = stream(seed, class_name)
    layer = Layer(bool(stream(seed, "turn").random() < 0.5), spot.x)
    OCCUPANTS[class_name](layer, spot, rng)
    return layer


# --- a child -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Child:
    """Proportions and colours of one child; `unit` is the height of its head."""

    x: float
    foot: float
    unit: float
    skin: Colour
    hair: Colour
    top: Colour
    bottom: Colour
    facing: bool  # towards us, or seen from behind
    dress: bool
    hat: bool

    @property
    def hip(self) -> float:
        return self.foot - self.unit * 1.35

    @property
    def shoulder(self) -> float:
        return self.foot - self.unit * 2.75

    @property
    def head(self) -> Point:
        return self.x, self.shoulder - self.unit * 0.62


def _child(layer: Layer, spot: Spot, rng: np.random.Generator) -> None:
    child = Child(
        spot.x,
        spot.foot,
        unit=9.2 * spot.size * float(rng.uniform(0.88, 1.12)),
        skin=jitter(rng, pick(rng, SKINS), 0.02),
        hair=jitter(rng, pick(rng, HAIRS), 0.02),
        top=jitter(rng, pick(rng, CLOTHES)),
        bottom=jitter(rng, pick(rng, CLOTHES)),
        facing=bool(rng.random() < 0.55),
        dress=bool(rng.random() < 0.4),
        hat=bool(rng.random() < 0.15),
    )
    _legs(layer, child, rng)
    _arms(layer, child, rng)
    _torso(layer, child, rng)
    _head(layer, child, rng)


def _legs(layer: Layer, child: Child, rng: np.random.Generator) -> None:
    u, stride = child.unit, float(rng.uniform(0.16, 0.34))
    cloth = child.skin if child.dress else child.bottom
    for side in (-1, 1):
        hip, foot = child.x + side * u * 0.19, child.x + side * u * stride
        layer.line(
            [(hip, child.hip - u * 0.2), (foot, child.foot - 1)],
            u * 0.33,
            shade(cloth, 0.88 if side < 0 else 1.0),
            "child",
        )
        shoe = (foot + u * 0.08, child.foot - u * 0.07)
        layer.ellipse(shoe, u * 0.26, u * 0.14, shade(child.bottom, 0.45), "child")


def _arms(layer: Layer, child: Child, rng: np.random.Generator) -> None:
    u = child.unit
    for side in (-1, 1):
        lift = float(rng.uniform(-0.1, 0.5))  # a little away from the body, never a long bar
        shoulder = (child.x + side * u * 0.42, child.shoulder + u * 0.16)
        elbow = (child.x + side * u * (0.62 + lift * 0.3), child.shoulder + u * 0.72)
        hand = (child.x + side * u * (0.62 + lift), child.shoulder + u * 1.2)
        tone = shade(child.top, 0.84 if side < 0 else 0.96)
        layer.line([elbow, hand], u * 0.2, child.skin, "child")
        layer.line([shoulder, elbow], u * 0.27, tone, "child")
        layer.ellipse(hand, u * 0.15, u * 0.15, child.skin, "child")


def _torso(layer: Layer, child: Child, rng: np.random.Generator) -> None:
    u, x = child.unit, child.x
    hem = child.foot - u * 0.75 if child.dress else child.hip + u * 0.1
    flare = 0.82 if child.dress else 0.5
    body = [
        (x - u * 0.42, child.shoulder),
        (x + u * 0.42, child.shoulder),
        (x + u * flare, hem),
        (x - u * flare, hem),
    ]
    layer.polygon(body, child.top, "child")
    side = [
        (x - u * 0.42, child.shoulder),
        (x - u * 0.18, child.shoulder),
        (x - u * flare * 0.45, hem),
        (x - u * flare, hem),
    ]
    layer.polygon(side, shade(child.top, 0.84), "child")
    if rng.random() < 0.4:
        for y in np.arange(child.shoulder + u * 0.3, child.hip - u * 0.1, u * 0.36):
            layer.box(x - u * 0.43, y, x + u * 0.43, y + u * 0.14, child.bottom, "child")


def _head(layer: Layer, child: Child, rng: np.random.Generator) -> None:
    u, (x, y) = child.unit, child.head
    layer.box(
        x - u * 0.13, y, x + u * 0.13, child.shoulder + u * 0.1, shade(child.skin, 0.85), "child"
    )
    HAIRCUTS[int(rng.integers(len(HAIRCUTS)))](layer, child)
    if child.facing:
        _face(layer, child)
    if child.hat:
        layer.ellipse((x, y - u * 0.34), u * 0.56, u * 0.3, child.bottom, "child")
        layer.line(
            [(x - u * 0.5, y - u * 0.2), (x + u * 0.78, y - u * 0.2)],
            u * 0.14,
            shade(child.bottom, 0.8),
            "child",
        )


def _face(layer: Layer, child: Child) -> None:
    u, (x, y) = child.unit, child.head
    layer.ellipse((x, y + u * 0.07), u * 0.45, u * 0.47, child.skin, "child")
    for side in (-1, 1):
        layer.ellipse(
            (x + side * u * 0.17, y + u * 0.06), u * 0.065, u * 0.075, hexed("241a17"), "child"
        )
        layer.ellipse(
            (x + side * u * 0.27, y + u * 0.22),
            u * 0.09,
            u * 0.06,
            mix(child.skin, hexed("d8604a"), 0.35),
            "child",
        )
    smile = [(x - u * 0.12, y + u * 0.26), (x, y + u * 0.31), (x + u * 0.12, y + u * 0.26)]
    layer.line(smile, u * 0.06, mix(child.skin, hexed("7a2a22"), 0.6), "child")
    hairline = ((-0.44, -0.12), (-0.3, -0.42), (0.34, -0.4), (0.44, -0.06), (0.1, -0.22))
    layer.polygon([(x + u * a, y + u * b) for a, b in hairline], child.hair, "child")


def _cap_of_hair(layer: Layer, child: Child) -> None:
    u, (x, y) = child.unit, child.head
    layer.ellipse((x, y), u * 0.5, u * 0.53, child.hair, "child")
    layer.ellipse((x + u * 0.14, y - u * 0.24), u * 0.2, u * 0.14, shade(child.hair, 1.12), "child")


def _bob(layer: Layer, child: Child) -> None:
    u, (x, y) = child.unit, child.head
    layer.box(x - u * 0.55, y, x + u * 0.55, y + u * 0.52, shade(child.hair, 0.9), "child")
    layer.ellipse((x, y), u * 0.56, u * 0.56, child.hair, "child")


def _pigtails(layer: Layer, child: Child) -> None:
    u, (x, y) = child.unit, child.head
    for side in (-1, 1):
        layer.ellipse((x + side * u * 0.62, y + u * 0.22), u * 0.18, u * 0.38, child.hair, "child")
    _cap_of_hair(layer, child)


def _bun(layer: Layer, child: Child) -> None:
    u, (x, y) = child.unit, child.head
    layer.ellipse((x, y - u * 0.6), u * 0.24, u * 0.22, child.hair, "child")
    _cap_of_hair(layer, child)


def _curls(layer: Layer, child: Child) -> None:
    u, (x, y) = child.unit, child.head
    for turn in np.linspace(np.pi * 0.95, np.pi * 2.05, 8):
        centre = (x + u * 0.48 * np.cos(turn), y + u * 0.42 * np.sin(turn))
        layer.ellipse(centre, u * 0.25, u * 0.25, child.hair, "child")
    _cap_of_hair(layer, child)


HAIRCUTS = (_cap_of_hair, _bob, _pigtails, _bun, _curls)


# --- things ------------------------------------------------------------------------------------


def _vacuum(layer: Layer, spot: Spot, rng: np.random.Generator) -> None:
    """An upright vacuum cleaner: small head and body, and a long handle with its pipe beside."""
    x, y = spot.x - 14 * spot.size, spot.foot - 2
    slope, reach = float(rng.uniform(0.65, 1.15)), float(rng.uniform(44, 72))
    paint, metal = jitter(rng, pick(rng, CLOTHES)), jitter(rng, pick(rng, BARS))
    gap, width = float(rng.uniform(4.0, 6.5)), float(rng.uniform(1.7, 2.6))
    tubes = int(rng.integers(2, 4))  # the handle, the pipe, and on some the hose

    def at(across: float, tube: float = 0.0) -> Point:
        return x + across, y - across * slope - tube * gap

    for tube in range(tubes):
        ends = at(4 + 2 * tube, tube), at(reach - 3 * tube, tube)
        thick = width * (0.75 if tube else 1.0)
        round_bar(layer, ends, thick, metal, "handle and pipe")
    for across in (reach * 0.3, reach - 3 * tubes):
        clip = (at(across), at(across, tubes - 1))
        round_bar(layer, clip, width * 0.7, shade(metal, 0.8), "handle and pipe")
    _vacuum_body(layer, (x, y), (at(4), at(10 * spot.size)), paint, spot.size * 0.85)


def _vacuum_body(
    layer: Layer, foot: Point, spine: tuple[Point, Point], paint: Colour, size: float
) -> None:
    x, y = foot
    layer.line(list(spine), 6.6 * size, shade(paint, 0.85), "vacuum cleaner")
    layer.ellipse(spine[1], 3.25 * size, 3.25 * size, shade(paint, 0.85), "vacuum cleaner")
    shifted = [(px + 0.9, py - 0.9) for px, py in spine]
    layer.line(shifted, 2.6 * size, shade(paint, 1.1), "vacuum cleaner")
    head = [
        (x - 9 * size, y + 2),
        (x - 6 * size, y - 3.6 * size),
        (x + 5 * size, y - 4 * size),
        (x + 7 * size, y + 2),
    ]
    layer.polygon(head, shade(paint, 0.62), "vacuum cleaner")
    layer.ellipse((x + 3.5 * size, y + 0.6), 2.2, 2.2, hexed("22252a"), "vacuum cleaner")


def _lamp(layer: Layer, spot: Spot, rng: np.random.Generator) -> None:
    """A floor lamp: foot, pole, and a shade that glows."""
    height, wide = float(rng.uniform(54, 68)) * spot.size, float(rng.uniform(9, 13)) * spot.size
    metal, cloth = jitter(rng, pick(rng, BARS)), jitter(rng, pick(rng, SHADES), 0.03)
    top, x = spot.foot - height, spot.x
    layer.ellipse((x, spot.foot - 1.2), wide * 0.62, 2.2, shade(metal, 0.6), "floor lamp")
    layer.line([(x, spot.foot - 1), (x, top)], 1.8, shade(metal, 0.85), "floor lamp")
    layer.line([(x + 0.4, spot.foot - 2), (x + 0.4, top)], 0.7, shade(metal, 1.2), "floor lamp")
    narrow, deep = wide * float(rng.uniform(0.45, 0.8)), wide * float(rng.uniform(0.95, 1.3))
    for share, tone in ((1.0, 0.92), (0.62, 1.12), (0.3, 1.4)):
        a, b, rim, hem = narrow * share, wide * share, top - deep * 0.5, top + deep * 0.5
        corners = [(x - a, rim), (x + a, rim), (x + b, hem), (x - b, hem)]
        layer.polygon(corners, shade(cloth, tone), "floor lamp")


def _plant(layer: Layer, spot: Spot, rng: np.random.Generator) -> None:
    """A plant in a pot: a crown of round leaves on short stems."""
    wide, deep = float(rng.uniform(6.5, 9)) * spot.size, float(rng.uniform(11, 15)) * spot.size
    rim, green = spot.foot - deep, jitter(rng, pick(rng, LEAVES))
    reach = float(rng.uniform(14, 20)) * spot.size
    for turn in rng.permutation(np.linspace(np.pi * 1.02, np.pi * 1.98, 17)):
        _leaf(
            layer,
            (spot.x, rim),
            float(turn),
            reach * float(rng.uniform(0.45, 1.25)),
            shade(green, float(rng.uniform(0.7, 1.2))),
            spot.size,
        )
    _pot(layer, spot, wide, deep, jitter(rng, pick(rng, POTS)))


def _leaf(layer: Layer, root: Point, turn: float, reach: float, green: Colour, size: float) -> None:
    """A stem and an oval leaf of seven corners at its end."""
    ahead = np.array([np.cos(turn), np.sin(turn)])
    beside = np.array([-ahead[1], ahead[0]])
    tip = np.asarray(root) + ahead * reach
    layer.line([root, tuple(tip)], 0.8, shade(green, 0.75), "potted plant")
    outline = [
        (-5.5, 0),
        (-3.5, 2.6),
        (0, 3.6),
        (3.6, 2.2),
        (6.2, 0),
        (3.6, -2.2),
        (0, -3.6),
        (-3.5, -2.6),
    ]
    corners = [tuple(tip + (ahead * a + beside * b) * size) for a, b in outline]
    layer.polygon(corners, green, "potted plant")
    layer.polygon(corners[:5], shade(green, 1.12), "potted plant")


def _pot(layer: Layer, spot: Spot, wide: float, deep: float, clay: Colour) -> None:
    x, rim = spot.x, spot.foot - deep
    for share, tone in ((1.0, 0.82), (0.55, 1.0), (0.2, 1.12)):
        layer.polygon(
            [
                (x - wide * share, rim),
                (x + wide * share, rim),
                (x + wide * 0.7 * share, spot.foot),
                (x - wide * 0.7 * share, spot.foot),
            ],
            shade(clay, tone),
            "potted plant",
        )
    layer.box(x - wide - 1, rim - 1, x + wide + 1, rim + 2, shade(clay, 0.95), "potted plant")


OCCUPANTS: dict[str, Callable[[Layer, Spot, np.random.Generator], None]] = {
    "child": _child,
    "vacuum cleaner": _vacuum,
    "floor lamp": _lamp,
    "potted plant": _plant,
}
