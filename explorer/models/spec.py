"""What is known of a model before it is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields

from torch import nn

OWN_PREFIX = "own-"  # of ids that name somebody's own checkpoint
NAMED = 12  # classes, at most, that a sentence lists
_IMAGENET = (1000, "tench", "toilet tissue")  # how many classes, the first, the last


@dataclass(frozen=True)
class InputTransform:
    """How the weights' authors made an input of a photograph.

    resize: length of the shorter side in pixels, by `interpolation` (torchvision's name of it),
    with or without antialiasing. crop: side of the square then cut from the middle.
    """

    resize: int
    crop: int
    interpolation: str = "bilinear"
    antialias: bool = True


@dataclass(frozen=True)
class WeightsFile:
    """A published file of weights. url: where it is. name: what torch calls it on disk.

    size: its bytes, as published (rounded to about a kilobyte).
    """

    url: str
    name: str
    size: int


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model, as plain data.

    shape: (C, H, W) of its input. mean, std: per channel, of pixels in [0, 1]. samples: the folder
    of bundled images that suit it. pixel_max: the unit in which screens show pixels.
    overlay_opacity: of the heat map over the image, unless somebody sets another.

    transform: how a photograph becomes the input; None where the bundled images are inputs already.
    native: whether it takes other input sizes than its own, down to min_size on a side.
    architecture: torchvision's name. parameters: how many. accuracy: published top-1 on ImageNet's
    validation images, in percent. weights: the file to download; None where there is none.
    """

    id: str
    title: str
    description: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    samples: str
    pixel_max: float = 1.0
    overlay_opacity: float = 0.75
    transform: InputTransform | None = None
    native: bool = False
    min_size: int = 1
    architecture: str | None = None
    parameters: int | None = None
    accuracy: float | None = None
    weights: WeightsFile | None = None

    @property
    def knows(self) -> str:
        """Which classes it can answer with: "knows only 2 classes: cat, dog", after its name."""
        count = len(self.classes)
        if (count, self.classes[0], self.classes[-1]) == _IMAGENET:
            return f"knows ImageNet's {count} classes"
        listed = ", ".join(self.classes[:NAMED])
        if count > NAMED:
            return f"knows only {count:,} classes, such as {listed}"
        return f"knows only {count} class{'es' * (count > 1)}: {listed}"


@dataclass(frozen=True)
class ModelSpec(ModelFacts):
    """A model as an entry of the registry.

    load(): returns the bare module, which takes normalised pixels and returns logits (n, classes).
    """

    load: Callable[[], nn.Module] = field(kw_only=True)

    @property
    def facts(self) -> ModelFacts:
        """The entry without what loads it: it pickles, and holds on to nothing."""
        return ModelFacts(**{f.name: getattr(self, f.name) for f in fields(ModelFacts)})
