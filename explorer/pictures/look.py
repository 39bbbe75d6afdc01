"""How a map is looked at: which part of it, which channels, on which scale, over which backdrop.

A `Look` changes pixels on the screen and never a number of the explanation. It travels as a plain
dict of strings and numbers: in the page's address, in exports, and to and from the browser. What a
setting may be is written here alone: the player gets `limits()` with
every pack.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.errors import ExplorerError

if TYPE_CHECKING:
    from explorer.models.spec import ModelSpec

CHOICES: dict[str, tuple[str, ...]] = {
    "show": ("signed", "positive", "negative", "absolute", "normalised"),
    "channels": ("sum", "0", "1", "2"),
    "backdrop": ("grey", "colour"),
    "neutral": ("page", "light", "dark"),
    "gradient_view": ("gradient", "times-difference"),
    "gradient_scale": ("step", "path"),
}


class Range(NamedTuple):
    """The numbers that a setting may be; `step` is how finely a slider sets it."""

    low: float
    high: float
    step: float


RANGES: dict[str, Range] = {
    "clip": Range(50.0, 100.0, 0.5),
    "opacity": Range(0.0, 1.0, 0.05),
    "top": Range(1.0, 100.0, 1.0),
    "sigma": Range(0.0, 10.0, 0.5),
}


@dataclass(frozen=True)
class Look:
    """The settings of the maps; every default is what the page opens with."""

    show: str = "signed"  # or one sign, or the magnitude, or min-max to [0, 1]
    channels: str = "sum"  # or "0", "1", "2": red, green, blue
    clip: float = 99.0  # the scale ends at this percentile of |value|
    opacity: float = 0.75  # of the heat map over its backdrop
    top: float = 100.0  # only this many per cent of the pixels, the strongest
    sigma: float = 0.0  # of the Gaussian smoothing, in pixels; 0 is off
    backdrop: str = "grey"  # what lies under the heat map
    neutral: str = "page"  # zero is light on a light page and dark on a dark one, or always so
    gradient_view: str = "gradient"  # or times (image - baseline)
    gradient_scale: str = "step"  # one scale for each step, or for the whole path

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            object.__setattr__(self, name, _choice(name, getattr(self, name), choices))
        for name, allowed in RANGES.items():
            object.__setattr__(self, name, _number(name, getattr(self, name), allowed))

    def is_dark(self, page_is_dark: bool) -> bool:
        """Whether zero is drawn dark."""
        return page_is_dark if self.neutral == "page" else self.neutral == "dark"

    def to_dict(self) -> dict[str, str | float]:
        return asdict(self)

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> Look:
        """Missing settings keep their default; unknown ones are refused."""
        if not isinstance(settings, dict):
            raise ExplorerError(f"a look is a table of settings; got {settings!r:.80}")
        known = [field.name for field in fields(cls)]
        for name in settings:
            if name not in known:
                raise ExplorerError(f"a look has the settings {', '.join(known)}; got {name!r:.40}")
        return cls(**settings)


def limits() -> dict[str, Any]:
    """What every setting may be, and what it usually is: the browser's controls are made of it."""
    return {
        "choices": {name: list(choices) for name, choices in CHOICES.items()},
        "ranges": {name: allowed._asdict() for name, allowed in RANGES.items()},
        "usual": Look().to_dict(),
    }


def usual_look(model: ModelSpec) -> Look:
    """What a page for this model opens with."""
    return Look(opacity=model.overlay_opacity)


def _choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    if str(value) not in choices:
        raise ExplorerError(f"{name} must be one of {', '.join(choices)}; got {value!r:.40}")
    return str(value)


def _number(name: str, value: Any, allowed: Range) -> float:
    return number_within(name, value, allowed.low, allowed.high)


def number_within(name: str, value: Any, low: float, high: float) -> float:
    """The value as a finite float in [low, high]; ExplorerError says what was expected."""
    expectation = f"{name} must be a number from {low:g} to {high:g}; got {value!r:.40}"
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ExplorerError(expectation) from None
    if isinstance(value, bool) or not math.isfinite(number) or not low <= number <= high:
        raise ExplorerError(expectation)
    return number
