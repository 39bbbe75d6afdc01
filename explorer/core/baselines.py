"""Baselines: the pictures from which a path starts, standing for "nothing to see".

A baseline is a choice, and the attribution answers relative to it: where image and baseline agree
there is nothing to attribute. Source: Sundararajan et al. (2017), section 3; Sturmfels, Lundberg,
Lee, "Visualizing the Impact of Feature Attribution Baselines" (Distill, 2020).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import torch
from torch import Tensor

Value = float | int | str


@dataclass(frozen=True)
class Parameter:
    """One setting of a baseline. Numbers lie in [low, high]; a colour is written #rrggbb.

    step: what one press of a button changes it by.
    """

    name: str
    title: str
    default: Value
    help: str
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0

    def check(self, value: Value) -> Value:
        """The value as this parameter keeps it; ValueError with the expectation otherwise."""
        if isinstance(self.default, str):
            return self._colour(value)
        try:
            number = type(self.default)(value)
        except (TypeError, ValueError, OverflowError):
            number = None
        if number is None or not self.low <= number <= self.high:
            raise ValueError(
                f"{self.name} must be a number from {self.low:g} to {self.high:g}; "
                f"got {value!r:.80}"
            )
        return number

    def _colour(self, value: Value) -> str:
        text = f"#{str(value).lstrip('#').lower()}"
        if not re.fullmatch(r"#[0-9a-f]{6}", text):
            raise ValueError(f"{self.name} must be written #rrggbb; got {value!r:.80}")
        return text


SEED = Parameter(
    "seed", "Seed", 0, "The same seed draws the same noise again.", low=0, high=2**31 - 1
)


@dataclass(frozen=True)
class BaselineKind:
    """A way to make a baseline. make(image, values): (C, H, W) in [0, 1] -> the same shape."""

    name: str
    title: str
    description: str
    make: Callable[[Tensor, Mapping[str, Value]], Tensor]
    parameters: tuple[Parameter, ...] = ()


def _flat(level: float) -> Callable[[Tensor, Mapping[str, Value]], Tensor]:
    return lambda image, values: torch.full_like(image, level)


def _colour(image: Tensor, values: Mapping[str, Value]) -> Tensor:
    code = str(values["colour"])
    rgb = torch.tensor([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)], dtype=image.dtype)
    if image.shape[0] == 1:  # a grey picture takes the colour's luma (ITU-R BT.601)
        rgb = (rgb * torch.tensor([0.299, 0.587, 0.114])).sum().view(1)
    return rgb.to(image.device).view(-1, 1, 1).expand_as(image).clone()


def _uniform(image: Tensor, values: Mapping[str, Value]) -> Tensor:
    noise = torch.rand(image.shape, generator=_generator(values))
    return noise.to(image.device, image.dtype)


def _gaussian(image: Tensor, values: Mapping[str, Value]) -> Tensor:
    noise = torch.randn(image.shape, generator=_generator(values)) * float(values["strength"])
    return noise.clamp(0.0, 1.0).to(image.device, image.dtype)


def _blurred(image: Tensor, values: Mapping[str, Value]) -> Tensor:
    from scipy.ndimage import gaussian_filter  # a third of a second that only a blur should cost

    sigma = float(values["sigma"])
    pixels = gaussian_filter(image.detach().cpu().numpy(), sigma=(0, sigma, sigma), mode="nearest")
    return torch.from_numpy(pixels).to(image.device, image.dtype).clamp(0.0, 1.0)


def _generator(values: Mapping[str, Value]) -> torch.Generator:
    return torch.Generator().manual_seed(int(values["seed"]))


BASELINES: Mapping[str, BaselineKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
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
                (Parameter("colour", "Colour", "#7fa8c9", "The colour that stands for nothing."),),
            ),
            BaselineKind(
                "uniform",
                "Uniform noise",
                "Every pixel drawn evenly from 0 to its maximum: favours no colour, but is grainy.",
                _uniform,
                (SEED,),
            ),
            BaselineKind(
                "gaussian",
                "Faint Gaussian noise",
                "Black with faint normal noise, cut off at 0: a black picture that is not empty.",
                _gaussian,
                (
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
                (
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
        )
    }
)


@dataclass(frozen=True)
class Baseline:
    """A baseline and its settings, checked; written `blur:sigma=8` or `uniform:seed=3`.

    values: every parameter of the kind, defaults filled in. Raises ValueError on unknown names and
    values out of range.
    """

    name: str = "black"
    values: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name not in BASELINES:
            raise ValueError(
                f"expected a baseline out of {', '.join(BASELINES)}; got {self.name!r:.80}"
            )
        known = {p.name: p for p in self.kind.parameters}
        unknown = set(self.values) - set(known)
        if unknown:
            raise ValueError(
                f"the baseline {self.name!r} has {', '.join(known) or 'no settings'}; "
                f"got {', '.join(sorted(unknown))}"
            )
        full = {n: p.check(self.values.get(n, p.default)) for n, p in known.items()}
        object.__setattr__(self, "values", MappingProxyType(full))

    @property
    def kind(self) -> BaselineKind:
        """The registry's entry."""
        return BASELINES[self.name]

    def make(self, image: Tensor) -> Tensor:
        """The baseline (C, H, W) in [0, 1] for an image (C, H, W) in [0, 1]."""
        return self.kind.make(image, self.values)

    @classmethod
    def parse(cls, text: str) -> Baseline:
        """Read `name` or `name:key=value,key=value`; ValueError on anything else."""
        name, _, rest = text.strip().partition(":")
        values: dict[str, Value] = {}
        for item in filter(None, rest.split(",")):
            key, equals, value = item.partition("=")
            if not equals:
                raise ValueError(f"expected settings such as blur:sigma=8; got {text!r:.80}")
            values[key.strip()] = value.strip()
        return cls(name, values)

    def __str__(self) -> str:
        settings = ",".join(
            f"{k}={v:.12g}" if isinstance(v, float) else f"{k}={v}" for k, v in self.values.items()
        )
        return f"{self.name}:{settings}" if settings else self.name

    def __hash__(self) -> int:
        return hash(str(self))
