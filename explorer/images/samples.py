"""The bundled images, each with its true class, a sentence on what to look for, and its parts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.teaching.letters import PIXEL_MAX
from explorer.teaching.scenes import PARTS

from . import photos
from .preprocess import from_levels, to_pixels

ASSETS = Path(__file__).resolve().parents[2] / "assets"
USUAL_SHAPE = (3, 224, 224)  # of most models that take photographs


@dataclass(frozen=True, eq=False)
class ImageFacts:
    """What is known of an image, beside its pixels.

    label: its true class, None where unknown (the user's own image).
    parts: (H, W) index of the part each pixel belongs to, with part_names; None where unknown.
    credit: whose picture it is. original_size: (width, height) of the picture it was made from, of
    which the model sees box: (left, top, right, bottom), as the note says in words.
    """

    id: str
    label: str | None
    title: str
    caption: str
    story: bool
    parts: np.ndarray | None = None
    part_names: tuple[str, ...] = ()
    credit: str = ""
    original_size: tuple[int, int] | None = None
    box: tuple[int, int, int, int] | None = None
    note: str = ""


@dataclass(frozen=True, eq=False)
class Sample(ImageFacts):
    """An image ready for a model. pixels: (C, H, W) float32 in [0, 1]."""

    pixels: np.ndarray = field(kw_only=True)

    @property
    def facts(self) -> ImageFacts:
        """What is known of it, without its pixels."""
        return ImageFacts(**{f.name: getattr(self, f.name) for f in fields(ImageFacts)})


@cache
def load_samples(collection: str) -> Mapping[str, Sample]:
    """The samples of one collection ("scenes", "letters" or "photos"), by id, stories first.

    Photographs come here at the size that most models take; `library.image_for` fits them to one.
    """
    if collection == photos.COLLECTION:
        return {photo.id: _read_photo(photo) for photo in photos.PHOTOS.values()}
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


def _read_photo(photo: photos.Photo) -> Sample:
    picture = photos.read_photo(photo.id)
    return Sample(
        id=photo.id, label=photo.label, title=photo.title, caption=photo.caption,
        story=photo.story, pixels=to_pixels(picture, USUAL_SHAPE), credit=photo.credit,
        original_size=picture.size,
    )  # fmt: skip
