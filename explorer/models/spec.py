"""What is known of a model before it is loaded, and a loaded model that scores pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from explorer.core.targets import Target

OWN_PREFIX = "own-"  # of ids that name somebody's own checkpoint


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
class ModelSpec:
    """A model as an entry of the registry.

    shape: (C, H, W) of its input. mean, std: per channel, of pixels in [0, 1]. samples: the folder
    of bundled images that suit it. pixel_max: the unit in which screens show pixels. load():
    returns the bare module, which takes normalised pixels and returns logits (n, classes).
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
    load: Callable[[], nn.Module]
    pixel_max: float = 1.0
    overlay_opacity: float = 0.75
    transform: InputTransform | None = None
    native: bool = False
    min_size: int = 1
    architecture: str | None = None
    parameters: int | None = None
    accuracy: float | None = None
    weights: WeightsFile | None = None


class LoadedModel:
    """A module ready to be explained: evaluation mode, frozen, normalisation inside."""

    def __init__(self, spec: ModelSpec, device: str = "cpu") -> None:
        self.spec = spec
        self.device = torch.device(device)
        self._net = spec.load().eval().requires_grad_(False).to(self.device)
        self._mean = torch.tensor(spec.mean, device=self.device).view(-1, 1, 1)
        self._std = torch.tensor(spec.std, device=self.device).view(-1, 1, 1)

    def logits(self, images: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, C, H, W) in [0, 1]; differentiable in the pixels."""
        logits: Tensor = self._net((images - self._mean) / self._std)
        return logits

    def score(self, target: Target) -> Callable[[Tensor], Tensor]:
        """The target's score and its rivals', for the core: (n, C, H, W) -> (n, 1 + k)."""
        return lambda images: target.scores(self.logits(images))

    def probabilities(self, images: Tensor) -> np.ndarray:
        """Softmax probabilities (n, classes) of images (n, C, H, W) in [0, 1]; no gradient kept."""
        with torch.no_grad():
            return self.logits(images.to(self.device)).softmax(dim=1).cpu().numpy()

    @property
    def nbytes(self) -> int:
        """The memory that parameters and buffers take, in bytes."""
        tensors = [*self._net.parameters(), *self._net.buffers()]
        return sum(t.numel() * t.element_size() for t in tensors)
