"""Checks that tell a right implementation of Integrated Gradients from a wrong one.

Each is a few lines, needs no reference map, and can be run on anybody's implementation. Where the
answer has to be known, it is asked of a function whose integral is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from explorer.core.vectors import inner, norm
from explorer.pictures.words import percent

from .method import Method, Slopes

LINEAR = 1e-4  # a linear function is exact, but for rounding
SAME = 1e-3  # two batch sizes round differently
ORDER, ORDER_KEPT = 2, 1.7  # of the trapezoid; and what may be measured for it
NEUTRAL, SHADE = 0.5, 1 / 512  # where zero stands on the scale; one entry of the colour table


@dataclass(frozen=True, eq=False)
class Trial:
    """What a check may look at: a method, and one path through somebody's network.

    slopes, difference: of the path shown. steps, batch: as shown. mean: (C,) what the network
    subtracts from pixels. predicted: a class out of `classes`.
    """

    method: Method
    slopes: Slopes
    difference: np.ndarray
    steps: int
    batch: int
    mean: tuple[float, ...]
    predicted: int
    classes: int


@dataclass(frozen=True)
class Finding:
    """What one check found. text: with the numbers."""

    check: str
    passed: bool
    text: str


@dataclass(frozen=True)
class Check:
    """A question to an implementation. run(trial): whether it passed, and the numbers in words."""

    name: str
    title: str
    run: Callable[[Trial], tuple[bool, str]]

    def finding(self, trial: Trial) -> Finding:
        passed, text = self.run(trial)
        return Finding(self.name, passed, text)


def findings(trial: Trial) -> tuple[Finding, ...]:
    """Every check's, in the order of the registry."""
    with np.errstate(all="ignore"):  # the mistaken ones divide by zero: that is what is shown
        return tuple(check.finding(trial) for check in CHECKS.values())


def _weights(trial: Trial) -> tuple[bool, str]:
    total = float(trial.method.rule(trial.steps)[1].sum())
    return abs(total - 1) < 1e-9, f"steps: {trial.steps}, sum of their weights: {total:.4g}"


def _completeness(trial: Trial) -> tuple[bool, str]:
    """On F(x) = x1 + 2 x2 + ... from 1 to 2, where every rule is exact."""
    slope = np.arange(1.0, 10.0).reshape(1, 3, 3)
    difference = np.full_like(slope, 0.5)
    found = trial.method.attribute(
        lambda alphas: np.repeat(slope[None], len(alphas), 0), difference, trial.steps, trial.batch
    ).sum()
    wanted = float((slope * difference).sum())
    return abs(found / wanted - 1) < LINEAR, f"a linear one's: {found:.4g} of {wanted:.4g}"


def _order(trial: Trial) -> tuple[bool, str]:
    """On the integral of exp from 0 to 1."""
    few, many = (_error_on_exp(trial.method, n) for n in (8, 32))
    if many < 1e-12:
        return True, "exact on a smooth curve"
    order = math.log(few / many) / math.log(4)
    return order > ORDER_KEPT, f"on a smooth curve, order {order:.1f} of the trapezoid's {ORDER}"


def _error_on_exp(method: Method, steps: int) -> float:
    alphas, weights = method.rule(steps)
    return abs(inner(weights, np.exp(alphas)) - (math.e - 1))


def _batches(trial: Trial) -> tuple[bool, str]:
    """The shown path one gradient at a time, in the shown batches, and all at once."""
    maps = [
        trial.method.attribute(trial.slopes, trial.difference, trial.steps, batch)
        for batch in (1, trial.batch, trial.steps + 1)
    ]
    size = max(norm(m) for m in maps)
    apart = max(norm(m - maps[0]) for m in maps)
    share = apart / size if size > 0 else 0.0
    told = "agree" if share < SAME else f"differ by {percent(share)}"
    return share < SAME, f"maps made in batches of 1, {trial.batch} and all at once {told}"


def _class(trial: Trial) -> tuple[bool, str]:
    for asked in range(trial.classes):
        for predicted in {trial.predicted, (asked + 1) % trial.classes}:
            told = trial.method.target(asked, predicted)
            if told != asked:
                return False, f"asked for class {asked}, class {told} is explained"
    return True, f"asked for {trial.classes} classes, each was explained"


def _black(trial: Trial) -> tuple[bool, str]:
    brightest = float(trial.method.black(trial.mean).max())
    return brightest < 1e-6, f"its brightest pixel is {brightest:.2g} of 1"


def _neutral(trial: Trial) -> tuple[bool, str]:
    """Zero among values of both signs, of one, and of the other."""
    ramp = np.linspace(-1.0, 1.0, 101).reshape(1, 1, 101)
    maps = (ramp, np.minimum(ramp, 0), np.maximum(ramp, 0))
    zeros = [float(trial.method.place(values)[0, 50]) for values in maps]
    worst = max(zeros, key=lambda z: abs(z - NEUTRAL) if math.isfinite(z) else math.inf)
    return abs(worst - NEUTRAL) <= SHADE, f"it stands at {worst:.2g}, neutral is {NEUTRAL}"


def _drawable(trial: Trial) -> tuple[bool, str]:
    place = trial.method.place(np.zeros((1, 4, 4)))
    found = float(np.isfinite(place).mean())
    return found == 1.0, f"{percent(found)} of its pixels have a place on the scale"


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        check.name: check
        for check in (
            Check("weights", "The weights add up to 1", _weights),
            Check("completeness", "The map adds up, where it must do so exactly", _completeness),
            Check("order", "The error falls as fast as promised", _order),
            Check("batches", "The batch size changes nothing", _batches),
            Check("class", "The class explained is the one asked for", _class),
            Check("black", "The black baseline is black", _black),
            Check("neutral", "Zero has the neutral colour", _neutral),
            Check("drawable", "A map of zeros can be drawn", _drawable),
        )
    }
)
