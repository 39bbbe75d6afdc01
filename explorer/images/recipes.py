"""Recipes: an image by its id, and what was done to it, written `child-railing|mirror`.

A recipe is resolved where pixels are needed, so an edited picture has an address, a cache key and a
place in a lesson like any other. Edits work on the model's own pixels, in the order written, and
take the part map along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import ClassVar

import numpy as np

from explorer.core.choice import Choice, Kind, Registry, Settings

from .samples import Sample

SEPARATOR = "|"
MOST_EDITS = 32


@dataclass(frozen=True)
class EditKind(Kind):
    """A way to change a picture. apply(sample, settings): the changed sample, of the same shape.

    done: what is said of the picture then, as in "Child beside a railing, mirrored".
    """

    apply: Callable[[Sample, Settings], Sample]
    done: str


def _mirror(sample: Sample, settings: Settings) -> Sample:
    parts = None if sample.parts is None else np.ascontiguousarray(sample.parts[:, ::-1])
    return replace(sample, pixels=np.ascontiguousarray(sample.pixels[:, :, ::-1]), parts=parts)


EDITS: Registry[EditKind] = Registry(
    "edit",
    (
        EditKind(
            "mirror",
            "Mirror",
            "Left and right change places: does the network care?",
            _mirror,
            "mirrored",
        ),
    ),
)


@dataclass(frozen=True)
class Edit(Choice):
    """An edit and its settings."""

    registry: ClassVar[Registry[EditKind]] = EDITS


@dataclass(frozen=True)
class Recipe:
    """An image and its edits. id: of the picture they begin with. str() is what `parse` reads."""

    id: str
    edits: tuple[Edit, ...] = ()

    def __post_init__(self) -> None:
        if len(self.edits) > MOST_EDITS:
            raise ValueError(f"expected at most {MOST_EDITS} edits; got {len(self.edits)}")

    @classmethod
    def parse(cls, text: str) -> Recipe:
        """Read `id` or `id|edit|edit`; ValueError on an edit that is none."""
        image_id, *edits = text.split(SEPARATOR)
        return cls(image_id, tuple(map(Edit.parse, edits)))

    def apply(self, sample: Sample) -> Sample:
        """The sample (of this recipe's id) after all edits, named by the whole recipe."""
        if not self.edits:
            return sample
        edited = reduce(lambda s, edit: edit.kind.apply(s, edit.values), self.edits, sample)
        said = ", ".join(edit.kind.done for edit in self.edits)
        return replace(edited, id=str(self), title=f"{sample.title}, {said}")

    def __str__(self) -> str:
        return SEPARATOR.join([self.id, *map(str, self.edits)])


def base(image: str) -> str:
    """The id of the picture that a recipe begins with, whatever its edits are."""
    return image.split(SEPARATOR, 1)[0]
