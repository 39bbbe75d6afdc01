"""The colour tables: value -> sRGB, as arrays that Python and the browser share.

Signed maps: blue (against) - neutral (zero) - orange (for), told apart with every common kind of
colour blindness. The neutral is light on light pages and dark on dark ones, and lightness runs
alike on both sides of it. One-signed maps are the two halves of the same table, so orange means
the same everywhere. Magnitudes have a table of their own: Crameri's `acton`, or `magma` on dark
pages.

Crameri, F., Shephard, G. E. and Heron, P. J. (2020), The misuse of colour in science
communication, Nature Communications 11, 5444.
"""

from __future__ import annotations

from functools import cache

import cmap
import numpy as np

SIGNED_ENTRIES = 513  # odd, so that one entry stands for zero exactly
ONE_SIGNED_ENTRIES = 257  # half of the signed table, zero included

_LIGHT = ("#08306b", "#1f6fc4", "#8fc1f0", "#f5f4f1", "#ffb56b", "#dd6a0c", "#7f2704")
_LIGHT_STOPS = (0.0, 0.20, 0.38, 0.5, 0.62, 0.80, 1.0)
_DARK = ("#a8d8ff", "#4a9df0", "#1d3f68", "#15171c", "#63380f", "#e68a2e", "#ffdca8")
_DARK_STOPS = (0.0, 0.22, 0.41, 0.5, 0.59, 0.78, 1.0)


@cache
def signed_table(dark: bool = False) -> np.ndarray:
    """(513, 3) uint8: entry 256 is the neutral colour of zero."""
    stops = zip(_DARK_STOPS, _DARK, strict=True) if dark else zip(_LIGHT_STOPS, _LIGHT, strict=True)
    return _entries(cmap.Colormap(list(stops)), SIGNED_ENTRIES)


@cache
def magnitude_table(dark: bool = False) -> np.ndarray:
    """(257, 3) uint8: entry 0 is the colour of zero, light on light pages, dark on dark ones."""
    name = "matplotlib:magma" if dark else "crameri:acton_r"
    return _entries(cmap.Colormap(name), ONE_SIGNED_ENTRIES)


def table_for(show: str, dark: bool = False) -> np.ndarray:
    """(m, 3) uint8 for one way to show a map; it runs from the scale's low end to its high end."""
    signed = signed_table(dark)
    zero = ONE_SIGNED_ENTRIES - 1
    tables = {"signed": signed, "negative": signed[: zero + 1], "positive": signed[zero:]}
    return tables.get(show, magnitude_table(dark))


def _entries(colours: cmap.Colormap, count: int) -> np.ndarray:
    rgb = np.asarray(colours(np.linspace(0, 1, count)))[:, :3]
    table = np.floor(rgb * 255 + 0.5).astype(np.uint8)
    table.flags.writeable = False  # cached, so nobody may change it
    return table
