"""From a class and a seed to a picture and its part map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.teaching.scenes.boats import BOATS, a_yard, launch
from explorer.teaching.scenes.canvas import SIZE, Picture
from explorer.teaching.scenes.harbour import Harbour, a_harbour, backdrop, mirrored
from explorer.teaching.scenes.light import COLUMNS, ROWS, blob, noise, stream
from explorer.teaching.scenes.railing import a_flight, bars, gangway, steps, stone_of
from explorer.teaching.scenes.spray import some_jets, spray_stamp
from explorer.teaching.scenes.stairwell import Room, a_room, interior
from explorer.teaching.scenes.standing import OCCUPANTS, Spot, a_spot, stand

HARBOUR: tuple[str, ...] = tuple(BOATS)
STAIRWELL: tuple[str, ...] = tuple(OCCUPANTS)
CLASSES: tuple[str, ...] = HARBOUR + STAIRWELL


@dataclass(frozen=True)
class Scene:
    """A drawn picture with the truth about it."""

    image: np.ndarray  # (SIZE, SIZE, 3) uint8, RGB
    parts: np.ndarray  # (SIZE, SIZE) uint8, an index into PARTS for every pixel
    label: str  # one of CLASSES


def draw(class_name: str, seed: int, *, spray: bool = False, railing: bool = False) -> Scene:
    """The scene of a class and a seed; with `spray` off it is the very same scene without water."""
    if class_name in HARBOUR:
        picture = _harbour_scene(class_name, seed, spray, railing)
    elif class_name in STAIRWELL:
        picture = _stairwell_scene(class_name, seed, spray, railing)
    else:
        raise ValueError(f"class_name must be one of {', '.join(CLASSES)}; got {class_name!r}")
    return Scene(_developed(picture, seed), picture.parts, class_name)


def _harbour_scene(class_name: str, seed: int, spray: bool, railing: bool) -> Picture:
    place = a_harbour(seed)
    picture, yard = backdrop(place), a_yard(place)
    boat, source = launch(class_name, place, yard)
    stamp = boat.reduced()
    picture.tint(*mirrored(stamp, place, yard.waterline))
    picture.over(stamp)
    _foam(picture, place, yard.x, yard.waterline + 0.6, yard.length)
    if railing:
        quay = gangway(seed)
        picture.over(steps(quay, stone_of((0.5, 0.48, 0.45), seed)).reduced())
        picture.over(bars(quay).reduced())
    if spray:
        forward = -1.0 if yard.mirror else 1.0
        jets = some_jets(seed, source, forward, yard.waterline)
        picture.over(spray_stamp(seed, jets, place.hour.horizon))
    return picture


def _foam(picture: Picture, place: Harbour, x: float, y: float, length: float) -> None:
    """A thin broken line of white water along every hull."""
    along = np.exp(-(((COLUMNS - x) / (length * 0.52)) ** 6))
    cover = along * np.exp(-(((ROWS - y) / 1.0) ** 2)) * (0.42 + 0.2 * place.ripple)
    picture.tint((0.93, 0.96, 0.97), np.clip(cover, 0, 0.7))


def _stairwell_scene(class_name: str, seed: int, spray: bool, railing: bool) -> Picture:
    room = a_room(seed)
    picture, spot = interior(room), a_spot(seed, room.skirting)
    flight = a_flight(seed, spot.x, spot.foot)
    in_front = bool(stream(seed, "in front").random() < 0.3)
    if railing:
        picture.over(steps(flight, stone_of(room.wall, seed)).reduced())
    if railing and not in_front:
        picture.over(bars(flight).reduced())
    _occupy(picture, class_name, seed, spot)
    if railing and in_front:
        picture.over(bars(flight).reduced())
    if spray:
        _burst_pipe(picture, room, spot)
    return picture


def _occupy(picture: Picture, class_name: str, seed: int, spot: Spot) -> None:
    """Put the occupant in its place, with its shadow, and its light if it gives any."""
    _cast_shadow(picture, spot)
    picture.over(stand(class_name, seed, spot).reduced())
    if class_name == "floor lamp":
        picture.glow((1.0, 0.86, 0.6), blob(spot.x, spot.foot - 62 * spot.size, 26, 24) * 0.3)


def _cast_shadow(picture: Picture, spot: Spot) -> None:
    """The soft shadow on the floor under whatever stands there."""
    cover = blob(spot.x, spot.foot - 0.5, 13 * spot.size, 3.4) * 0.5
    picture.tint((0.05, 0.04, 0.07), cover)


def _burst_pipe(picture: Picture, room: Room, spot: Spot) -> None:
    """Water indoors: a pipe has burst beside the occupant."""
    rng = stream(room.seed, "pipe")
    source = (spot.x + float(rng.uniform(-26, 26)), spot.foot - float(rng.uniform(4, 26)))
    jets = some_jets(room.seed, source, float(rng.choice([-1.0, 1.0])), spot.foot)
    picture.over(spray_stamp(room.seed, jets, room.light))


def _developed(picture: Picture, seed: int) -> np.ndarray:
    """The finished (SIZE, SIZE, 3) uint8 picture: a breath of vignette and of film grain."""
    rng = stream(seed, "grain")
    radius = np.hypot(COLUMNS / SIZE - 0.5, ROWS / SIZE - 0.5)
    grain = 0.007 * noise(rng, SIZE, SIZE)
    colour = picture.colour * (1 - 0.3 * np.clip(radius - 0.3, 0, 1))[..., None] + grain[..., None]
    return np.rint(np.clip(colour, 0, 1) * 255).astype(np.uint8)
