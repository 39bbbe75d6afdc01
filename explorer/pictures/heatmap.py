"""A map (C, H, W) becomes a picture (H, W, 3): channels, smoothing, part, scale, colour, overlay.

The order is fixed, and the browser's copy (player/web/maps.js) keeps to it:

    1. the channels are added up (or one is taken)
    2. Gaussian smoothing, on the signed values
    3. the part that is shown: signed, one sign, magnitude, or min-max to [0, 1]
    4. the scale's limits: symmetric for signed maps, at the clip percentile of |value|
    5. all but the top k % of the pixels are set to zero
    6. the colour is linear in the value; beyond the limits it stays at the end's colour

Nothing else happens to a value: no gamma, no square, no hidden clip.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.core.vectors import combination
from explorer.errors import ExplorerError
from explorer.pictures.colours import table_for
from explorer.pictures.look import Look
from explorer.pictures.view import View

if TYPE_CHECKING:
    from explorer.explanation import Explanation

ALPHA_MARGIN = 1e-4  # an address rounds alpha; a step at alpha belongs to the sum up to alpha
LUMA = np.array([0.299, 0.587, 0.114])  # grey as the eye weighs red, green and blue (Rec. 601)


@dataclass(frozen=True)
class HeatMap:
    """One map, ready to be coloured; `low` and `high` are the limits to print beside it."""

    values: np.ndarray  # (H, W) float64
    low: float
    high: float
    table: np.ndarray  # (m, 3) uint8, from low to high

    @property
    def rgb(self) -> np.ndarray:
        """(H, W, 3) uint8."""
        last = len(self.table) - 1
        position = (self.values - self.low) / (self.high - self.low) * last
        return self.table[np.clip(np.floor(position + 0.5), 0, last).astype(int)]


def heat_map(attribution: np.ndarray, look: Look, dark: bool = False) -> HeatMap:
    """attribution: (C, H, W), in the unit of the score; dark: whether the page is."""
    values = shown_values(attribution, look)
    low, high = limits(values, look)
    return HeatMap(keep_top(values, look.top), low, high, table_for(look.show, look.is_dark(dark)))


def heat_map_so_far(
    so_far: np.ndarray, finished: np.ndarray, look: Look, dark: bool = False
) -> HeatMap:
    """A sum that is not finished, on the scale of the finished one, so that it is seen to grow.

    so_far, finished: (C, H, W). The limits, the smallest value that `top` keeps, and the range of
    a min-max map are those of the finished attribution.
    """
    end = shown_values(finished, look)
    low, high = limits(end, look)
    values = shown_values(so_far, look)
    if look.show == "normalised":
        values = _normalised(_smoothed(so_far, look), _smoothed(finished, look))
    if look.top < 100:
        values = np.where(np.abs(values) >= top_threshold(end, look.top), values, 0.0)
    return HeatMap(values, low, high, table_for(look.show, look.is_dark(dark)))


def overlay(explanation: Explanation, view: View, dark: bool = False) -> np.ndarray:
    """(H, W, 3) uint8: what the player's last stage shows; dark: as `heat_map`.

    At rest, and for a method without a path, the attribution; else what it has come to at alpha.
    """
    finished, look = explanation.attribution, view.look
    so_far = attribution_so_far(explanation, view.alpha)
    drawn = heat_map_so_far(so_far, finished, look, dark)
    return _blended(drawn.rgb, explanation.image, look)


def attribution_so_far(explanation: Explanation, alpha: float | None) -> np.ndarray:
    """(C, H, W): the gradients up to alpha, weighted and times (image - baseline).

    The attribution itself where every step lies before alpha, at rest (alpha None), and for a
    method without a path, or where its film was not kept.
    """
    film = explanation.film
    if film is None or alpha is None or alpha + ALPHA_MARGIN >= explanation.alphas[-1]:
        return explanation.attribution
    total = np.zeros(explanation.image.shape, np.float32)
    for step in np.flatnonzero(explanation.alphas <= alpha + ALPHA_MARGIN):
        total += np.float32(explanation.weights[step]) * film[step]
    return total * (explanation.image - explanation.baseline)


def laid_over(
    attribution: np.ndarray, image: np.ndarray, look: Look, dark: bool = False
) -> np.ndarray:
    """(H, W, 3) uint8 of an attribution and an image that need no explanation yet: (C, H, W)."""
    return _blended(heat_map(attribution, look, dark).rgb, image, look)


def _blended(colour: np.ndarray, image: np.ndarray, look: Look) -> np.ndarray:
    under = backdrop(image, look) * 255
    blend = (1 - look.opacity) * under + look.opacity * colour
    return np.floor(blend + 0.5).astype(np.uint8)


def backdrop(image: np.ndarray, look: Look) -> np.ndarray:
    """image: (C, H, W) in [0, 1] -> (H, W, 3) in [0, 1], in grey or in its colours."""
    pixels = np.clip(np.asarray(image, dtype=np.float64), 0, 1)
    if pixels.shape[0] == 1:
        return np.repeat(pixels[0][..., None], 3, axis=2)
    if look.backdrop == "colour":
        return pixels.transpose(1, 2, 0)
    return np.repeat(combination(LUMA, pixels)[..., None], 3, axis=2)


def shown_values(attribution: np.ndarray, look: Look) -> np.ndarray:
    """Steps 1 to 3: (C, H, W) -> (H, W) float64."""
    values = _smoothed(attribution, look)
    if look.show == "normalised":
        return _normalised(values, values)
    parts = {
        "signed": lambda v: v,
        "positive": lambda v: np.maximum(v, 0),
        "negative": lambda v: np.minimum(v, 0),
        "absolute": np.abs,
    }
    return parts[look.show](values)


def _smoothed(attribution: np.ndarray, look: Look) -> np.ndarray:
    return smooth(_channels(attribution, look.channels), look.sigma)


def smooth(values: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian smoothing with mirrored edges, which keeps the sum; sigma in pixels, 0 is off."""
    if sigma == 0:
        return values
    from scipy import ndimage  # a third of a second that only smoothing should cost

    return ndimage.gaussian_filter(values, sigma, mode="reflect", truncate=4.0)


def limits(values: np.ndarray, look: Look) -> tuple[float, float]:
    """The ends of the colour scale of already shown values (H, W)."""
    if look.show == "normalised":
        return 0.0, 1.0
    end = scale_end(values, look.clip)
    ends = {"signed": (-end, end), "negative": (-end, 0.0)}
    return ends.get(look.show, (0.0, end))


def scale_end(values: np.ndarray, clip: float) -> float:
    """The clip percentile of |value|; the maximum where that is 0; 1 for a map of zeros."""
    sizes = np.abs(values)
    return float(np.percentile(sizes, clip) or sizes.max() or 1.0)


def keep_top(values: np.ndarray, top: float) -> np.ndarray:
    """The strongest `top` per cent of the pixels; the others become zero."""
    if top >= 100:
        return values
    return np.where(np.abs(values) >= top_threshold(values, top), values, 0.0)


def top_threshold(values: np.ndarray, top: float) -> float:
    """The smallest |value| among the strongest `top` per cent of the pixels (at least one)."""
    sizes = np.sort(np.abs(values), axis=None)
    kept = min(sizes.size, max(1, math.ceil(top / 100 * sizes.size)))
    return float(sizes[sizes.size - kept])


def _channels(attribution: np.ndarray, channels: str) -> np.ndarray:
    """A map of one channel has no choice of channels, so a look made for pictures fits it too."""
    maps = np.asarray(attribution, dtype=np.float64)
    if maps.ndim != 3 or maps.size == 0:
        raise ExplorerError(f"a map has the shape (channels, height, width); got {maps.shape}")
    if channels == "sum" or len(maps) == 1:
        return maps.sum(axis=0)
    return maps[int(channels)]


def _normalised(values: np.ndarray, finished: np.ndarray) -> np.ndarray:
    """By the min-max of the finished map; a flat one has no range and becomes zeros."""
    low, high = finished.min(), finished.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)
