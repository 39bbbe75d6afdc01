"""From a picture of any size to the pixels a model takes: (C, H, W) float32 in [0, 1]."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps


def to_pixels(picture: Image.Image, shape: tuple[int, int, int]) -> np.ndarray:
    """Scale the shorter side to fit, crop the middle, and make it (C, H, W) in [0, 1].

    shape: the model's (C, H, W), with C 1 (grey) or 3 (RGB). A picture that already has the
    model's size keeps its very pixels.
    """
    channels, height, width = shape
    picture = picture.convert("L" if channels == 1 else "RGB")
    if picture.size != (width, height):
        picture = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
    return from_levels(np.asarray(picture), 255)


def from_levels(levels: np.ndarray, maximum: float) -> np.ndarray:
    """(H, W) or (H, W, C) levels 0 to maximum -> (C, H, W) float32 in [0, 1]."""
    pixels = np.atleast_3d(np.asarray(levels, dtype=np.float32)) / np.float32(maximum)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))
