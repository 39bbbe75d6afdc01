"""Everything the player needs, packed once for the browser: the path, its gradients, its sums.

    uint32 length of the header | header (JSON) | blobs (each one zlib)

The image, the baseline and the final attribution travel as float32 and are exact. Gradients and
attributions so far travel as one signed byte a value: maps are heavy-tailed, so the byte holds the
square root, value = sign * largest * (code / 127)^2, and is within largest / 127 of the truth. The
attributions so far change slowly, so the bytes are differences to the frame before, modulo 256.

Frame follows frame into the compressor, so packing takes the room of what it makes and a few frames
more, however many steps there are. A method without a path has no film: its pack ends there.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import ExplorerError
from explorer.pictures.colours import magnitude_table, signed_table
from explorer.pictures.look import limits

if TYPE_CHECKING:
    from explorer.explanation import Explanation

MAX_FRAME_PIXELS = 1_600_000  # frames * height * width; bounds the payload whatever the steps
_CODE = 127  # the largest code of a signed byte


@dataclass(frozen=True)
class Blob:
    """One array of the pack, compressed."""

    name: str
    type: str  # float32, int8 or uint8
    data: bytes


@dataclass(frozen=True)
class Tally:
    """What has to be known of the whole path before its frames can be written."""

    sums: np.ndarray  # (n,) float64, what the attribution so far adds up to at every node
    given: np.ndarray  # (n,) float64, what each node gives to the finished map, in no unit
    largest: float  # of |attribution so far| in the kept frames


def pack(explanation: Explanation) -> bytes:
    """One explanation as the bytes that `player/web/unpack.js` reads.

    Raises ExplorerError where a number along the path is not finite.
    """
    _check_finite("attribution", explanation.attribution)
    header, blobs = _header(explanation), _still_blobs(explanation)
    if explanation.film is not None:
        header["film"], more = _film(explanation)
        blobs += more
    header["blobs"] = [{"name": b.name, "type": b.type, "bytes": len(b.data)} for b in blobs]
    return join(header, [blob.data for blob in blobs])


def _check_finite(name: str, values: Any) -> None:
    if not np.isfinite(values).all():
        raise ExplorerError(
            f"the {name} along the path must be finite numbers; this model gave others. "
            "Explain the logit rather than the probability, or choose another baseline"
        )


def join(header: dict[str, Any], blobs: list[bytes]) -> bytes:
    """uint32 (little-endian) | JSON | blobs."""
    text = json.dumps(header, allow_nan=False).encode()
    return b"".join([struct.pack("<I", len(text)), text, *blobs])


def kept_nodes(count: int, frame_pixels: int, max_pixels: int = MAX_FRAME_PIXELS) -> np.ndarray:
    """Which of `count` steps are sent: all, or evenly chosen ones, the first and last included."""
    most = max(2, max_pixels // frame_pixels)
    if count <= most:
        return np.arange(count)
    return np.unique(np.rint(np.linspace(0, count - 1, most)).astype(int))


def attributions_so_far(explanation: Explanation) -> Iterator[np.ndarray]:
    """(C, H, W) float32 after each step: the sum over all steps up to it, none left out."""
    difference = explanation.image - explanation.baseline
    total = np.zeros(difference.shape, np.float32)
    for weight, gradient in zip(explanation.weights, explanation.film, strict=True):
        total += np.float32(weight) * gradient
        yield total * difference


def encode(values: np.ndarray, largest: np.ndarray | float) -> np.ndarray:
    """Signed bytes of the square root; `largest` broadcasts against values (..., C, H, W)."""
    scale = np.where(np.asarray(largest) > 0, largest, 1).astype(np.float32)
    root = np.sqrt(np.abs(values) / scale)
    return np.rint(np.copysign(root, values) * _CODE).astype(np.int8)


def decode(codes: np.ndarray, largest: np.ndarray | float) -> np.ndarray:
    """The inverse of `encode`, up to its rounding; the browser does the same by table."""
    part = codes.astype(np.float32) / _CODE
    return part * np.abs(part) * np.asarray(largest, dtype=np.float32)


# ---- The stills: what every method has ----------------------------------------------------------


def _header(explanation: Explanation) -> dict[str, Any]:
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
        "total": float(np.sum(explanation.attribution, dtype=np.float64)),
        "limits": limits(),
        "film": None,
        "uses_baseline": bool(explanation.method.uses_baseline),
    }


def _still_blobs(explanation: Explanation) -> list[Blob]:
    arrays = {
        "image": np.asarray(explanation.image, np.float32),
        "baseline": np.asarray(explanation.baseline, np.float32),
        "attribution": np.asarray(explanation.attribution, np.float32),
        "signed_light": signed_table(dark=False),
        "signed_dark": signed_table(dark=True),
        "magnitude_light": magnitude_table(dark=False),
        "magnitude_dark": magnitude_table(dark=True),
    }
    return [_blob(name, array.dtype.name, [array]) for name, array in arrays.items()]


def _blob(name: str, kind: str, arrays: Iterable[np.ndarray]) -> Blob:
    """Arrays one after the other; entropy coding alone, for bytes of a map repeat no patterns that
    are worth the time to look for."""
    squeeze = zlib.compressobj(1, strategy=zlib.Z_RLE)
    parts = [squeeze.compress(np.ascontiguousarray(a).data.cast("B")) for a in arrays]
    return Blob(name, kind, b"".join([*parts, squeeze.flush()]))


# ---- The film: what a method with a path has beside them ----------------------------------------


def _film(explanation: Explanation) -> tuple[dict[str, Any], list[Blob]]:
    """Two passes: one measures, one writes; the gradients are written beside the first."""
    _check_finite("scores", explanation.scores)
    nodes = kept_nodes(len(explanation.film), int(np.prod(explanation.image.shape[-2:])))
    with ThreadPoolExecutor(1) as beside:  # numpy and zlib work outside Python's lock
        written = beside.submit(_gradients, explanation.film, nodes)
        tally = _tally(explanation, nodes)
        _check_finite("gradients", tally.sums)  # one that is not finite spoils every later sum
        so_far = _blob("so_far", "int8", _differences(explanation, nodes, tally.largest))
        gradients, largest = written.result()
    header = _film_header(explanation, nodes, tally) | {"gradient_largest": largest}
    return header, [gradients, so_far]


def _tally(explanation: Explanation, nodes: np.ndarray) -> Tally:
    toward = (explanation.image - explanation.baseline) * explanation.attribution
    kept, sums, given, largest = set(nodes.tolist()), [], [], 0.0
    for node, so_far in enumerate(attributions_so_far(explanation)):
        sums.append(float(so_far.sum(dtype=np.float64)))
        if node in kept:
            largest = max(largest, _largest(so_far))
        along = float((explanation.film[node] * toward).sum(dtype=np.float64))
        given.append(float(explanation.weights[node]) * along)
    return Tally(np.array(sums), np.array(given), largest)


def _gradients(film: Sequence[np.ndarray], nodes: np.ndarray) -> tuple[Blob, list[float]]:
    """Every frame has a scale of its own, so that small gradients keep their detail."""
    largest: list[float] = []

    def codes() -> Iterator[np.ndarray]:
        for node in nodes:
            gradient = film[node]
            largest.append(_largest(gradient))
            _check_finite("gradients", largest[-1])
            yield encode(gradient, largest[-1])

    return _blob("gradients", "int8", codes()), largest


def _differences(
    explanation: Explanation, nodes: np.ndarray, largest: float
) -> Iterator[np.ndarray]:
    """(C, H, W) int8 for each kept node: its code minus the one before, which wraps."""
    before, kept = np.int8(0), set(nodes.tolist())
    for node, so_far in enumerate(attributions_so_far(explanation)):
        if node in kept:
            codes = encode(so_far, largest)
            yield codes - before
            before = codes


def _film_header(explanation: Explanation, nodes: np.ndarray, tally: Tally) -> dict[str, Any]:
    return {
        "active_interval": _plain(explanation.active_interval),
        "nodes": nodes.tolist(),
        "so_far_largest": tally.largest,
        "sums": _plain(tally.sums),
        "liveliest": liveliest(
            explanation.alphas[nodes], tally.given[nodes], explanation.active_interval
        ),
        **_curve(explanation),
    }


def liveliest(alphas: np.ndarray, given: np.ndarray, active: Sequence[float]) -> int:
    """The frame that gives most to the map, among those where the score moves, or among all.

    alphas, given: (f,) of the frames. active: the alphas between which the score moves.
    """
    inside = (alphas >= active[0]) & (alphas <= active[1])
    return int(np.argmax(np.where(inside, given, -np.inf) if inside.any() else given))


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


def _largest(values: np.ndarray) -> float:
    return float(np.abs(values).max(initial=0))


def _plain(values: Any) -> list[float]:
    return np.asarray(values, dtype=np.float64).ravel().tolist()
