"""The bundled images, each with its true class, a sentence on what to look for, and its parts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.teaching.letters import PIXEL_MAX
from explorer.teaching.scenes import PARTS

from .preprocess import from_levels

ASSETS = Path(__file__).resolve().parents[2] / "assets"


@dataclass(frozen=True, eq=False)
class Sample:
    """An image ready for a model. pixels: (C, H, W) float32 in [0, 1].

    label: its true class, None where unknown (the user's own image).
    parts: (H, W) index of the part each pixel belongs to, with part_names; None where unknown.
    """

    id: str
    label: str | None
    title: str
    caption: str
    story: bool
    pixels: np.ndarray
    parts: np.ndarray | None = None
    part_names: tuple[str, ...] = ()


@cache
def load_samples(collection: str) -> Mapping[str, Sample]:
    """The samples of one collection ("scenes" or "letters"), by id, stories first."""
    entries = json.loads((ASSETS / collection / "samples.json").read_text(encoding="utf-8"))
    read = _read_letter if collection == "letters" else _read_scene
    samples = sorted((read(entry) for entry in entries), key=lambda s: not s.story)
    return {sample.id: sample for sample in samples}


def _read_letter(entry: dict) -> Sample:
    levels = np.asarray(entry.pop("levels"))
    return Sample(**entry, pixels=from_levels(levels, PIXEL_MAX))


def _read_scene(entry: dict) -> Sample:
    folder = ASSETS / "scenes" / "samples"
    with Image.open(folder / f"{entry['id']}.png") as picture:
        pixels = from_levels(np.asarray(picture.convert("RGB")), 255)
    with Image.open(folder / f"{entry['id']}.parts.png") as indices:
        parts = np.asarray(indices)
    return Sample(**entry, pixels=pixels, parts=parts, part_names=tuple(PARTS))
