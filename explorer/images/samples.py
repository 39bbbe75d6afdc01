"""The bundled images, each with its true class, a sentence on what to look for, and its parts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.core.sealed import Sealed, read_only
from explorer.teaching.letters import PIXEL_MAX
from explorer.teaching.scenes import PARTS

from . import photos
from .preprocess import from_levels, unseen_share, with_unseen

ASSETS = Path(__file__).resolve().parents[2] / "assets"
NO_PIXELS = np.empty((0, 0, 0), np.float32)  # of what is not fitted to a model yet


@dataclass(frozen=True, eq=False)
class ImageFacts(Sealed):
    """What is known of an image, beside its pixels. Its parts, if any, are read-only.

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

    def __post_init__(self) -> None:
        if self.parts is not None:
            read_only(self.parts)

    @property
    def cut(self) -> str:
        """The note, and how much of the picture is not seen; "" where the picture is the pixels."""
        if self.box is None or self.original_size is None:
            return self.note
        return with_unseen(self.note, unseen_share(self.box, self.original_size))


@dataclass(frozen=True, eq=False)
class Sample(ImageFacts):
    """An image ready for a model. pixels: (C, H, W) float32 in [0, 1], read-only."""

    pixels: np.ndarray = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        read_only(self.pixels)

    @property
    def facts(self) -> ImageFacts:
        """What is known of it, without its pixels."""
        return ImageFacts(**{f.name: getattr(self, f.name) for f in fields(ImageFacts)})


@cache
def load_samples(collection: str) -> Mapping[str, Sample]:
    """The samples of one collection ("scenes", "letters" or "photos"), by id, stories first.

    Photographs have no pixels here: `library.image_for` reads one and fits it to a model.
    """
    if collection == photos.COLLECTION:
        return {photo.id: _name_photo(photo) for photo in photos.PHOTOS.values()}
    read = _read_letter if collection == "letters" else _read_scene
    return {entry["id"]: read(dict(entry)) for entry in _entries(collection)}


def sample_ids(collection: str) -> tuple[str, ...]:
    """The ids of one collection, in the same order; no picture is read."""
    if collection == photos.COLLECTION:
        return tuple(photos.PHOTOS)
    return tuple(entry["id"] for entry in _entries(collection))


@cache
def _entries(collection: str) -> list[dict]:
    """What the collection's file says of each sample, stories first."""
    entries = json.loads((ASSETS / collection / "samples.json").read_text(encoding="utf-8"))
    return sorted(entries, key=lambda entry: not entry["story"])


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


def _name_photo(photo: photos.Photo) -> Sample:
    return Sample(
        id=photo.id, label=photo.label, title=photo.title, caption=photo.caption,
        story=photo.story, pixels=NO_PIXELS, credit=photo.credit,
    )  # fmt: skip
