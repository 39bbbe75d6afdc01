"""Baselines: the pictures from which a path starts, standing for "nothing to see".

A baseline is a choice, and the attribution answers relative to it: where image and baseline agree
there is nothing to attribute. Source: Sundararajan et al. (2017), section 3; Sturmfels, Lundberg,
Lee, "Visualizing the Impact of Feature Attribution Baselines" (Distill, 2020).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from .choice import Choice, Kind, Parameter, Registry, Settings

SEED = Parameter(
    "seed", "Seed", 0, "The same seed draws the same noise again.", low=0, high=2**31 - 1
)


@dataclass(frozen=True)
class BaselineKind(Kind):
    """A way to make a baseline. make(image, values): (C, H, W) in [0, 1] -> the same shape."""

    make: Callable[[Tensor, Settings], Tensor]


def _flat(level: float) -> Callable[[Tensor, Settings], Tensor]:
    return lambda image, values: torch.full_like(image, level)


def _colour(image: Tensor, values: Settings) -> Tensor:
    code = str(values["colour"])
    rgb = torch.tensor([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)], dtype=image.dtype)
    if image.shape[0] == 1:  # a grey picture takes the colour's luma (ITU-R BT.601)
        rgb = (rgb * torch.tensor([0.299, 0.587, 0.114])).sum().view(1)
    return rgb.to(image.device).view(-1, 1, 1).expand_as(image).clone()


def _uniform(image: Tensor, values: Settings) -> Tensor:
    noise = torch.rand(image.shape, generator=_generator(values))
    return noise.to(image.device, image.dtype)


def _gaussian(image: Tensor, values: Settings) -> Tensor:
    noise = torch.randn(image.shape, generator=_generator(values)) * float(values["strength"])
    return noise.clamp(0.0, 1.0).to(image.device, image.dtype)


def _blurred(image: Tensor, values: Settings) -> Tensor:
    from scipy.ndimage import gaussian_filter  # a third of a second that only a blur should cost

    sigma = float(values["sigma"])
    pixels = gaussian_filter(image.detach().cpu().numpy(), sigma=(0, sigma, sigma), mode="nearest")
    return torch.from_numpy(pixels).to(image.device, image.dtype).clamp(0.0, 1.0)


def _generator(values: Settings) -> torch.Generator:
    return torch.Generator().manual_seed(int(values["seed"]))


BASELINES: Registry[BaselineKind] = Registry(
    "baseline",
    (
        BaselineKind(
            "black",
            "Black",
            "All pixels 0, the usual choice; dark parts of the image can get no attribution.",
            _flat(0.0),
        ),
        BaselineKind(
            "white",
            "White",
            "All pixels at their maximum; bright parts of the image can get no attribution.",
            _flat(1.0),
        ),
        BaselineKind(
            "grey",
            "Mid-grey",
            "All pixels half way; treats dark and bright parts alike.",
            _flat(0.5),
        ),
        BaselineKind(
            "colour",
            "A colour",
            "One colour everywhere; parts of exactly this colour can get no attribution.",
            _colour,
            parameters=(
                Parameter("colour", "Colour", "#7fa8c9", "The colour that stands for nothing."),
            ),
        ),
        BaselineKind(
            "uniform",
            "Uniform noise",
            "Every pixel drawn evenly from 0 to its maximum: favours no colour, but is grainy.",
            _uniform,
            parameters=(SEED,),
        ),
        BaselineKind(
            "gaussian",
            "Faint Gaussian noise",
            "Black with faint normal noise, cut off at 0: a black picture that is not empty.",
            _gaussian,
            parameters=(
                Parameter(
                    "strength",
                    "Strength",
                    0.1,
                    "Standard deviation of the noise, as a fraction of the full pixel range.",
                    low=0.0,
                    high=1.0,
                    step=0.05,
                ),
                SEED,
            ),
        ),
        BaselineKind(
            "blur",
            "Blurred copy",
            "The image itself, out of focus: asks what the fine detail adds.",
            _blurred,
            parameters=(
                Parameter(
                    "sigma",
                    "Blur (sigma)",
                    8.0,
                    "Standard deviation of the blur, in pixels.",
                    low=0.1,
                    high=64.0,
                ),
            ),
        ),
    ),
)


@dataclass(frozen=True)
class Baseline(Choice):
    """A baseline and its settings; written `blur:sigma=8` or `uniform:seed=3`."""

    name: str = "black"

    registry: ClassVar[Registry[BaselineKind]] = BASELINES

    def make(self, image: Tensor) -> Tensor:
        """The baseline (C, H, W) in [0, 1] for an image (C, H, W) in [0, 1]."""
        made: Tensor = self.kind.make(image, self.values)
        return made
