"""Light: colours and how they mix, smooth noise, hours of the day, soft shadows."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

from explorer.teaching.scenes.canvas import SIZE, Colour

# Pixel centres, shared by everything that is computed rather than drawn.
ROWS, COLUMNS = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) + 0.5  # each (SIZE, SIZE)


def stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers for one thing of a scene: turning another thing off never changes them."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def pick(rng: np.random.Generator, options: tuple):
    """One of several, all equally likely."""
    return options[int(rng.integers(len(options)))]


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with a share of `other` in it: 0 leaves it, 1 replaces it."""
    return tuple(a + (b - a) * share for a, b in zip(one, other, strict=True))


def shade(colour: Colour, factor: float) -> Colour:
    """Darker below 1; above 1, lighter towards white, so that colours never burn out."""
    if factor <= 1:
        return tuple(c * factor for c in colour)
    return mix(colour, (1.0, 1.0, 1.0), min(factor - 1, 1.0))


def jitter(rng: np.random.Generator, colour: Colour, amount: float = 0.04) -> Colour:
    """The same paint from another tin."""
    moved = np.asarray(colour) + rng.normal(0, amount, 3)
    return tuple(np.clip(moved, 0.02, 0.98).tolist())


def hexed(code: str) -> Colour:
    """'e8b27a' as (r, g, b) in [0, 1]."""
    return tuple(int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))


def smoothstep(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below `low`, 1 above `high`, and an S between them."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def noise(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Smooth noise (SIZE, SIZE), about unit spread, with `rows` x `columns` bumps."""
    coarse = Image.fromarray(rng.normal(0, 1, (rows, columns)).astype(np.float32))
    return np.asarray(coarse.resize((SIZE, SIZE), Image.Resampling.BICUBIC))


def blob(x: float, y: float, rx: float, ry: float) -> np.ndarray:
    """A soft spot (SIZE, SIZE), 1 in its middle, falling off as a bell of radii rx and ry."""
    return np.exp(-(((COLUMNS - x) / rx) ** 2) - ((ROWS - y) / ry) ** 2)


@dataclass(frozen=True)
class Hour:
    """The light of one hour: sky from top to horizon, deep water, and the colour of the sun."""

    top: Colour
    middle: Colour
    horizon: Colour
    water: Colour
    sun: Colour
    strength: float  # how much the sun glows, 0 to 1
    lit: bool  # windows are lit at this hour


def _hour(codes: str, strength: float, lit: bool = False) -> Hour:
    return Hour(*(hexed(code) for code in codes.split()), strength, lit)


HOURS: tuple[Hour, ...] = (
    _hour("3f7fc4 86b6e0 dbe9ee 20587e fff6dc", 0.45),  # a clear morning
    _hour("2a6ab5 6ea7da c4e0ea 14607a fffdf0", 0.30),  # noon
    _hour("4a6fa5 d9a679 f7d394 3a5a72 ffe2a0", 0.85),  # the golden hour
    _hour("2e3566 8a5a8c ee9a78 2c3558 ffb27a", 0.85, True),  # dusk
    _hour("7c8792 a3abb1 c9cccb 4c5d68 f2f2ee", 0.20),  # overcast
    _hour("0f1c3c 24406c 54739a 122644 dce8ff", 0.55, True),  # a moonlit night
    _hour("7d8fc4 d5a9c0 f9d5c4 53719a fff0dc", 0.60),  # a rose dawn
    _hour("3d6470 6f9a9c b9cfbf 20545a f4f6e0", 0.35),  # after the storm
)


def an_hour(rng: np.random.Generator) -> Hour:
    """One of the hours, with all its colours a little off, so that no two skies are alike."""
    hour = pick(rng, HOURS)
    shifted = (jitter(rng, c, 0.03) for c in (hour.top, hour.middle, hour.horizon, hour.water))
    return Hour(*shifted, hour.sun, hour.strength * float(rng.uniform(0.6, 1.1)), hour.lit)
