"""The harbour: sky, far land and water, all before a boat arrives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.teaching.scenes.canvas import SIZE, Colour, Layer, Picture, Stamp
from explorer.teaching.scenes.light import (
    COLUMNS,
    ROWS,
    Hour,
    an_hour,
    blob,
    mix,
    noise,
    shade,
    smoothstep,
    stream,
)
from explorer.teaching.scenes.parts import PART


@dataclass(frozen=True)
class Harbour:
    """Where and when: everything about the place that the boat does not change."""

    seed: int
    hour: Hour
    horizon: float  # the row where sky and water meet
    sun_x: float
    sun_y: float
    ripple: np.ndarray  # (SIZE, SIZE), about unit spread: the water's small waves


def a_harbour(seed: int) -> Harbour:
    """The harbour of this seed."""
    rng = stream(seed, "harbour")
    horizon = float(rng.uniform(54, 70))
    sun_y = horizon - float(rng.uniform(4, 44))
    hour, sun_x = an_hour(rng), float(rng.uniform(6, SIZE - 6))
    return Harbour(seed, hour, horizon, sun_x, sun_y, _ripples(rng, horizon))


def _ripples(rng: np.random.Generator, horizon: float) -> np.ndarray:
    """Waves that lie flat and close together far away, and grow towards the viewer."""
    flat = 0.8 * noise(rng, 56, 6) + 0.7 * noise(rng, 110, 14) + 0.4 * noise(rng, 128, 34)
    depth = np.clip(np.arange(SIZE) + 0.5 - horizon, 0.2, None)
    rows = (SIZE - 1) * (1 - np.exp(-depth / 34))
    low = np.floor(rows).astype(int)
    share = (rows - low)[:, None].astype(np.float32)
    return flat[low] * (1 - share) + flat[np.minimum(low + 1, SIZE - 1)] * share


def backdrop(place: Harbour) -> Picture:
    """Sky, land and water of a harbour."""
    picture = Picture(_sky(place), np.full((SIZE, SIZE), PART["sky"], np.uint8))
    _clouds(picture, place)
    _land(picture, place)
    _water(picture, place)
    return picture


def _sky(place: Harbour) -> np.ndarray:
    """(SIZE, SIZE, 3): three colours from zenith to horizon, with the sun's glow and disc."""
    hour, height = place.hour, np.clip(ROWS / place.horizon, 0, 1)
    stops = [0.0, 0.55, 1.0]
    bands = zip(hour.top, hour.middle, hour.horizon, strict=True)
    sky = np.stack([np.interp(height, stops, band) for band in bands], axis=-1)
    wide = blob(place.sun_x, place.sun_y, 46, 34) * 0.55 + blob(place.sun_x, place.sun_y, 16, 14)
    light = np.asarray(hour.sun) * (wide * 0.5 * hour.strength)[..., None]
    sky = 1 - (1 - sky) * (1 - np.clip(light, 0, 1))
    return _disc(sky, place).astype(np.float32)


def _disc(sky: np.ndarray, place: Harbour) -> np.ndarray:
    """The sun or the moon itself, where the hour is clear enough to see it."""
    if place.hour.strength < 0.25:
        return sky
    distance = np.hypot(COLUMNS - place.sun_x, ROWS - place.sun_y)
    cover = np.clip(4.0 - distance, 0, 1)[..., None] * 0.9
    return sky + (np.asarray(shade(place.hour.sun, 1.4)) - sky) * cover


def _clouds(picture: Picture, place: Harbour) -> None:
    rng = stream(place.seed, "clouds")
    puffs = noise(rng, 9, 4) + 0.5 * noise(rng, 18, 9) + 0.22 * noise(rng, 40, 22)
    cover = smoothstep(puffs, float(rng.uniform(0.2, 1.0)), 2.4) * smoothstep(
        -ROWS, -place.horizon, -place.horizon * 0.45
    )
    lit = mix(place.hour.horizon, place.hour.sun, 0.5)
    picture.tint(lit, cover * float(rng.uniform(0.35, 0.8)))


def _land(picture: Picture, place: Harbour) -> None:
    """Far shores in up to three layers, each nearer one less drowned in haze."""
    rng = stream(place.seed, "land")
    ground = mix(place.hour.water, (0.16, 0.24, 0.16), float(rng.uniform(0.2, 0.8)))
    for haze in (0.72, 0.5, 0.3)[: int(rng.integers(0, 4))]:
        _ridge(picture, place, rng, mix(ground, place.hour.horizon, haze), 13 * (1.15 - haze))
    if rng.random() < 0.4:
        _skyline(picture, place, rng, mix(shade(ground, 0.8), place.hour.horizon, 0.42))


def _ridge(
    picture: Picture, place: Harbour, rng: np.random.Generator, colour: Colour, height: float
) -> None:
    hills = noise(rng, 2, 6)[0] + 0.35 * noise(rng, 2, 16)[0] + 0.12 * noise(rng, 2, 50)[0]
    top = place.horizon - height * np.clip(0.55 + 0.42 * hills, 0.08, 1.6)
    cover = np.clip(ROWS - top + 0.5, 0, 1) * np.clip(place.horizon - ROWS + 0.5, 0, 1)
    picture.tint(colour, cover)
    picture.parts[cover > 0.5] = PART["land"]


def _skyline(picture: Picture, place: Harbour, rng: np.random.Generator, colour: Colour) -> None:
    layer, x = Layer(), float(rng.uniform(-8, 30))
    end = x + float(rng.uniform(50, 120))
    while x < min(end, SIZE):
        width, height = float(rng.uniform(5, 12)), float(rng.uniform(5, 19))
        layer.box(x, place.horizon - height, x + width, place.horizon, colour, "land")
        if place.hour.lit:
            _lit_windows(layer, rng, x, place.horizon - height, width, height)
        x += width + float(rng.uniform(0, 3.5))
    picture.over(layer.reduced())


def _lit_windows(
    layer: Layer, rng: np.random.Generator, x: float, y: float, width: float, height: float
) -> None:
    for column in np.arange(x + 1.2, x + width - 1.4, 2.4):
        for row in np.arange(y + 1.5, y + height - 1.5, 2.8):
            if rng.random() < 0.4:
                layer.box(column, row, column + 1.0, row + 1.3, (0.98, 0.83, 0.52), "land")


def _water(picture: Picture, place: Harbour) -> None:
    """Water takes the sky's colour far away and its own close by, broken by its waves."""
    depth = (ROWS - place.horizon) / (SIZE - place.horizon)
    near = smoothstep(depth, -0.05, 0.75)[..., None]
    far = np.asarray(mix(place.hour.horizon, place.hour.water, 0.45))
    colour = far * (1 - near) + np.asarray(place.hour.water) * near
    waves = place.ripple * (0.02 + 0.03 * np.clip(depth, 0, 1))
    sky = np.asarray(place.hour.middle)
    colour = colour + (sky - colour) * np.clip(place.ripple * 0.16, 0, 0.4)[..., None]
    colour = np.clip(colour + waves[..., None], 0, 1)
    cover = np.clip(ROWS - place.horizon + 0.5, 0, 1)
    picture.tint(colour, cover)
    picture.parts[cover > 0.5] = PART["water"]
    picture.glow(place.hour.sun, _glints(place, depth) * cover)


def _glints(place: Harbour, depth: np.ndarray) -> np.ndarray:
    """The sun's path on the water (SIZE, SIZE): broken light that widens towards the viewer."""
    width = 5 + 16 * np.clip(depth, 0, 1)
    column = np.exp(-(((COLUMNS - place.sun_x) / width) ** 2))
    return column * smoothstep(place.ripple, 0.1, 1.5) * 0.75 * place.hour.strength


def mirrored(stamp: Stamp, place: Harbour, waterline: float) -> tuple[np.ndarray, np.ndarray]:
    """A boat's reflection: colour (SIZE, SIZE, 3) and cover (SIZE, SIZE), broken by the waves."""
    below = ROWS - waterline
    sway = np.clip(below, 0, 30) * 0.12
    rows = np.rint(waterline - 0.5 - below * 1.15 + place.ripple * sway).astype(int)
    columns = np.rint(COLUMNS - 0.5 + place.ripple * sway * 0.8).astype(int)
    inside = (below > 0) & (rows >= 0)
    rows, columns = np.clip(rows, 0, SIZE - 1), np.clip(columns, 0, SIZE - 1)
    fade = 0.68 * np.exp(-np.clip(below, 0, None) / 24)
    cover = stamp.cover[rows, columns] * inside * fade
    dimmed = stamp.colour[rows, columns] * 0.7 + np.asarray(place.hour.water) * 0.3
    return dimmed.astype(np.float32), cover.astype(np.float32)
