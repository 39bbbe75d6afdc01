"""Everything the player needs, packed once for the browser: the path, its gradients, its sums.

    uint32 length of the header | header (JSON) | blobs (each one zlib)

The image, the baseline and the final attribution travel as float32 and are exact. Gradients and
attributions so far travel as one signed byte a value: maps are heavy-tailed, so the byte holds the
square root, value = sign * largest * (code / 127)^2, and is within largest / 127 of the truth. The
attributions so far change slowly, so the bytes are differences to the frame before, modulo 256.
"""

from __future__ import annotations

import json
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import ExplorerError
from explorer.pictures.colours import magnitude_table, signed_table

if TYPE_CHECKING:
    from explorer.explanation import Explanation

MAX_FRAME_PIXELS = 1_600_000  # frames * height * width; bounds the payload whatever the steps
_CODE = 127  # the largest code of a signed byte


@dataclass(frozen=True)
class Frames:
    """What is shown at the nodes of the rule that are kept: all of them, or evenly chosen ones."""

    nodes: np.ndarray  # (f,) indices of evaluated steps, ascending, the last one included
    gradients: np.ndarray  # (f, C, H, W) float32, per pixel in [0, 1]
    so_far: np.ndarray  # (f, C, H, W) float32, the attribution up to and including each node
    sums: np.ndarray  # (n,) float64, what the attribution so far adds up to at every node


def pack(explanation: Explanation) -> bytes:
    """One explanation as the bytes that `player/web/unpack.js` reads."""
    _check_finite(explanation)
    frames = frames_of(explanation)
    arrays = _arrays(explanation, frames)
    with ThreadPoolExecutor(2) as pool:  # zlib works outside Python's lock
        blobs = list(pool.map(_compressed, arrays.values()))
    header = _header(explanation, frames) | {
        "blobs": [
            {"name": name, "type": array.dtype.name, "bytes": len(blob)}
            for (name, array), blob in zip(arrays.items(), blobs, strict=True)
        ]
    }
    return join(header, blobs)


def _check_finite(explanation: Explanation) -> None:
    for name in ("scores", "gradients", "attribution"):
        if not np.isfinite(getattr(explanation, name)).all():
            raise ExplorerError(
                f"the {name} along the path must be finite numbers; this model gave others. "
                "Explain the logit rather than the probability, or choose another baseline"
            )


def join(header: dict[str, Any], blobs: list[bytes]) -> bytes:
    """uint32 (little-endian) | JSON | blobs."""
    text = json.dumps(header, allow_nan=False).encode()
    return b"".join([struct.pack("<I", len(text)), text, *blobs])


def frames_of(explanation: Explanation, max_pixels: int = MAX_FRAME_PIXELS) -> Frames:
    """The kept frames; their sums are over all the nodes up to them, so none is an estimate."""
    height, width = explanation.image.shape[-2:]
    nodes = _kept_nodes(len(explanation.gradients), max(2, max_pixels // (height * width)))
    difference = explanation.image - explanation.baseline  # (C, H, W)
    kept, so_far = np.empty((2, len(nodes), *difference.shape), np.float32)
    total, sums, frame = np.zeros(difference.shape, np.float32), [], 0
    for node, weight in enumerate(explanation.weights):
        gradient = explanation.gradients[node]
        total += np.float32(weight) * gradient
        product = total * difference
        sums.append(float(product.sum(dtype=np.float64)))
        if node == nodes[frame]:
            kept[frame], so_far[frame] = gradient, product
            frame += 1
    return Frames(nodes, kept, so_far, np.array(sums))


def encode(values: np.ndarray, largest: np.ndarray | float) -> np.ndarray:
    """Signed bytes of the square root; `largest` broadcasts against values (..., C, H, W)."""
    scale = np.where(np.asarray(largest) > 0, largest, 1).astype(np.float32)
    root = np.sqrt(np.abs(values) / scale)
    return np.rint(np.copysign(root, values) * _CODE).astype(np.int8)


def decode(codes: np.ndarray, largest: np.ndarray | float) -> np.ndarray:
    """The inverse of `encode`, up to its rounding; the browser does the same by table."""
    part = codes.astype(np.float32) / _CODE
    return part * np.abs(part) * np.asarray(largest, dtype=np.float32)


def _kept_nodes(count: int, most: int) -> np.ndarray:
    if count <= most:
        return np.arange(count)
    return np.unique(np.rint(np.linspace(0, count - 1, most)).astype(int))


def _arrays(explanation: Explanation, frames: Frames) -> dict[str, np.ndarray]:
    so_far = encode(frames.so_far, _largest(frames.so_far))
    return {
        "image": np.asarray(explanation.image, np.float32),
        "baseline": np.asarray(explanation.baseline, np.float32),
        "attribution": np.asarray(explanation.attribution, np.float32),
        "gradients": encode(frames.gradients, _largest_each(frames.gradients)),
        "so_far": np.diff(so_far, axis=0, prepend=np.int8(0)),  # wraps, modulo 256
        "signed_light": signed_table(dark=False),
        "signed_dark": signed_table(dark=True),
        "magnitude_light": magnitude_table(dark=False),
        "magnitude_dark": magnitude_table(dark=True),
    }


def _largest(values: np.ndarray) -> float:
    return float(np.abs(values).max(initial=0))


def _largest_each(gradients: np.ndarray) -> np.ndarray:
    """(f, 1, 1, 1): a scale for each frame, so that small gradients keep their detail."""
    return np.abs(gradients).max(axis=(1, 2, 3), keepdims=True)


def _compressed(array: np.ndarray) -> bytes:
    """Entropy coding alone: bytes of a gradient repeat no patterns worth the time to look for."""
    squeeze = zlib.compressobj(1, strategy=zlib.Z_RLE)
    return squeeze.compress(np.ascontiguousarray(array).data.cast("B")) + squeeze.flush()


def _header(explanation: Explanation, frames: Frames) -> dict[str, Any]:
    channels, height, width = explanation.image.shape
    return {
        "channels": channels,
        "height": height,
        "width": width,
        "pixel_max": float(explanation.pixel_max),
        "image_title": str(explanation.image_title),
        "target": str(explanation.target),
        "against": None if explanation.against is None else str(explanation.against),
        "score_kind": str(explanation.score_kind),
        "score_label": str(explanation.score_label),
        "active_interval": _plain(explanation.active_interval),
        "nodes": frames.nodes.tolist(),
        "gradient_largest": _plain(_largest_each(frames.gradients)),
        "so_far_largest": _largest(frames.so_far),
        "sums": _plain(frames.sums),
        "total": float(np.sum(explanation.attribution, dtype=np.float64)),
        **_curve(explanation),
    }


def _curve(explanation: Explanation) -> dict[str, Any]:
    """Where the gradients were taken, and the score wherever it is known: more closely than that.

    alphas: of the nodes. curve: alphas of the scores, from 0 to 1, the nodes among them.
    """
    curve, scores = explanation.path.curve
    return {
        "alphas": _plain(explanation.alphas),
        "curve": _plain(curve),
        "scores": _plain(scores[:, 0]),
        "rivals": [
            {"name": str(name), "scores": _plain(along)}
            for name, along in zip(explanation.rivals, scores.T[1:], strict=True)
        ],
    }


def _plain(values: Any) -> list[float]:
    return np.asarray(values, dtype=np.float64).ravel().tolist()
