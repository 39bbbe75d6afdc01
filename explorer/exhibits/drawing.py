"""An exhibit's panels as pictures and as words."""

from __future__ import annotations

import numpy as np

from explorer.pictures.colours import signed_table
from explorer.pictures.png import levels

from .show import Panel

SMALLEST = 360  # pixels: a picture of fewer is enlarged without smoothing
STRIPES = 6  # the width of the stripes that stand for "no number here"


def picture(panel: Panel, dark: bool = False) -> np.ndarray:
    """(H, W, 3) uint8; where there is no number to draw, stripes that no map has."""
    places = _enlarged(panel.places)
    table = signed_table(dark)
    known = np.isfinite(places)
    entries = np.floor(np.where(known, places, 0.0) * (len(table) - 1) + 0.5).astype(int)
    down, across = np.indices(places.shape)
    stripes = np.where((down + across) // STRIPES % 2, 190, 90).astype(np.uint8)
    return np.where(known[..., None], table[entries], stripes[..., None])


def baseline_picture(panel: Panel) -> np.ndarray:
    """(H, W) or (H, W, 3) uint8: the baseline as pixels."""
    return _enlarged(levels(panel.start))


def alternative(panel: Panel, which: str) -> str:
    """The picture in words, for whoever cannot see it."""
    known = np.isfinite(panel.places)
    if not known.any():
        return f"{which}: nothing, since no pixel has a number"
    above, below = (float(np.mean(panel.places[known] * way > 0.5 * way + 0.05)) for way in (1, -1))
    return (
        f"{which}: map for {panel.explained}, {100 * above:.0f} % of the pixels clearly for it, "
        f"{100 * below:.0f} % clearly against"
    )


def facts(panel: Panel) -> str:
    """What the map explains and whether it adds up."""
    return (
        f"Explains {panel.explained}. Adds up to {panel.total:.3g}; the score changes by "
        f"{panel.change:.3g}."
    )


def _enlarged(pixels: np.ndarray) -> np.ndarray:
    """By a whole factor, each pixel staying a square."""
    times = max(1, round(SMALLEST / pixels.shape[1]))
    return pixels.repeat(times, axis=0).repeat(times, axis=1)
