"""An explanation as files: JSON, the attribution as an array, and the overlay as a picture."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from explorer.explanation import Explanation
from explorer.pictures.heatmap import overlay
from explorer.pictures.png import png_bytes
from explorer.pictures.verdict import verdict
from explorer.pictures.view import View

SMALLEST_OVERLAY = 96  # pixels: a 3x3 letter is enlarged to be seen at all
PREDICTIONS_KEPT = 10
MOST_LETTERS = 60  # of one part of a file's name


def as_dict(explanation: Explanation) -> dict[str, Any]:
    """The explanation without its pictures, ready for JSON; what is undefined is None."""
    evidence = explanation.completeness
    gap = evidence.relative_gap
    return {
        "request": explanation.request.to_params(),
        "predictions": [
            {"class": p.name, "probability": p.probability}
            for p in explanation.predictions[:PREDICTIONS_KEPT]
        ],
        "target": explanation.target,
        "score_baseline": evidence.score_baseline,
        "score_image": evidence.score_image,
        "attribution_sum": evidence.attribution_sum,
        "completeness_gap": gap if math.isfinite(gap) else None,
        "error_estimate": explanation.error if math.isfinite(explanation.error or 0.0) else None,
        **_path(explanation),
        "sees": explanation.sample.cut or None,
        "part_shares": _shares(explanation.part_shares),
        "part_shares_against": _shares(explanation.part_shares_against),
        "seconds": explanation.seconds,
        "verdict": verdict(explanation).sentence,
        "versions": dict(explanation.versions),
    }


def _shares(shares: Mapping[str, float] | None) -> dict[str, float] | None:
    return None if shares is None else dict(shares)


def _path(explanation: Explanation) -> dict[str, Any]:
    """The path and the score along it, where the method walks one."""
    if explanation.path is None:
        return {}
    return {
        "alphas": explanation.alphas.tolist(),
        "weights": explanation.weights.tolist(),
        "scores": explanation.scores.tolist(),
        "active_interval": list(explanation.active_interval),
    }


def json_text(explanation: Explanation) -> str:
    """`as_dict` as indented JSON."""
    return json.dumps(as_dict(explanation), indent=2, allow_nan=False) + "\n"


def npy_bytes(explanation: Explanation) -> bytes:
    """The attribution, float32 (C, H, W) in the score's unit, as a .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, explanation.attribution)
    return buffer.getvalue()


def overlay_bytes(explanation: Explanation, view: View, dark: bool = False) -> bytes:
    """The overlay at a view as a PNG, one pixel a pixel of the image, tiny images enlarged.

    dark: whether zero is drawn dark, as on a dark page.
    """
    picture = Image.fromarray(overlay(explanation, view, dark))
    factor = math.ceil(SMALLEST_OVERLAY / min(picture.size))
    size = (picture.width * factor, picture.height * factor)
    return png_bytes(picture.resize(size, Image.Resampling.NEAREST))


def file_name(explanation: Explanation, what: str, ending: str) -> str:
    """Which model saw which image as which class, what is inside, and the request's own letters."""
    request = explanation.request
    parts = (request.model, request.image, explanation.target, what, request.key[:8])
    return "-".join(_safe(part) for part in parts) + f".{ending}"


def overlay_name(explanation: Explanation, view: View, dark: bool = False) -> str:
    """The same for an overlay: two that look different have two names."""
    neutral = "dark" if view.look.is_dark(dark) else "light"
    settled = replace(view, look=replace(view.look, neutral=neutral))
    return file_name(explanation, f"overlay-{settled.words()}", "png")


def _safe(text: str) -> str:
    """Letters, digits, dots and dashes, and not too many: what every file system takes."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")
    return plain[:MOST_LETTERS] or "unnamed"
