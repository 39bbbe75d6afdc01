"""Pixels as levels, as a PNG, and as a PNG inside a page."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image


def levels(pixels: np.ndarray) -> np.ndarray:
    """(C, H, W) in [0, 1] -> 0 to 255, uint8: (H, W) of one channel, (H, W, 3) of three."""
    found = np.rint(pixels.transpose(1, 2, 0) * 255).astype(np.uint8)
    return found.squeeze(axis=2) if found.shape[2] == 1 else found


def png_bytes(picture: Image.Image, quickly: bool = False) -> bytes:
    """The picture as a PNG; quickly: larger, for one that is seen for a moment."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1 if quickly else 6)
    return buffer.getvalue()


def data_uri(picture: Image.Image, quickly: bool = False) -> str:
    """The same as an address that holds the picture itself."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(picture, quickly)).decode()
