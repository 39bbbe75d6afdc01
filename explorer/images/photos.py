"""Free photographs that scikit-image bundles, for models of everyday objects.

They are read from the installed package when they are wanted; the project keeps no copies. Credits
are those of scikit-image's documentation. A label is given only where one of ImageNet's classes is
plainly right and no other is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from PIL import Image

from explorer.errors import ExplorerError

from .decode import decode, read_file

COLLECTION = "photos"
_SOURCE = "; bundled with scikit-image"


@dataclass(frozen=True)
class Photo:
    """A bundled photograph. file: its name in the package. label: an ImageNet class, or None."""

    id: str
    file: str
    title: str
    caption: str
    credit: str
    label: str | None = None
    story: bool = False


PHOTOS: Mapping[str, Photo] = MappingProxyType(
    {
        photo.id: photo
        for photo in (
            Photo(
                "chelsea", "chelsea.png", "Cat",
                "A striped cat close up. ImageNet has several classes for such a cat: what in the "
                "picture speaks for which?",
                "Stefan van der Walt, CC0" + _SOURCE, story=True,
            ),
            Photo(
                "coffee", "coffee.png", "Coffee",
                "Espresso and cup are both right here. Does the class look at the coffee, the rim, "
                "or the spoon?",
                "Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0" + _SOURCE, story=True,
            ),
            Photo(
                "camera", "camera.png", "Man with a camera",
                "A grey photograph, and no class for people: what is left to recognise?",
                "Lav Varshney, CC0" + _SOURCE, label="tripod",
            ),
            Photo(
                "rocket", "rocket.jpg", "Rocket",
                "A rocket on its pad at dusk. ImageNet knows missiles and a space shuttle, but no "
                "rocket: which does the model take it for?",
                "SpaceX, public domain" + _SOURCE,
            ),
            Photo(
                "astronaut", "astronaut.png", "Astronaut",
                "Eileen Collins in her space suit. With no class for people, see what the model "
                "holds on to.",
                "NASA, public domain" + _SOURCE,
            ),
            Photo(
                "clock", "clock_motion.png", "Blurred clock",
                "A wall clock, photographed with a moving camera: the hands are gone.",
                "Stefan van der Walt, public domain" + _SOURCE, label="wall clock",
            ),
            Photo(
                "hubble", "hubble_deep_field.jpg", "Deep field",
                "Galaxies, of which ImageNet knows nothing: no class is right, and the model "
                "answers all the same.",
                "NASA, public domain" + _SOURCE,
            ),
        )
    }
)  # fmt: skip


@cache
def read_photo(photo_id: str) -> Image.Image:
    """The photograph as it is in the package, RGB; KeyError for an unknown id.

    Raises ExplorerError where scikit-image is not installed. The picture is shared: do not edit it.
    """
    file = PHOTOS[photo_id].file
    package = find_spec("skimage")  # found, not imported: only its folder is wanted
    if package is None or not package.submodule_search_locations:
        raise ExplorerError("expected scikit-image, whose photographs these are: install it")
    return decode(read_file(Path(package.submodule_search_locations[0]) / "data" / file))
