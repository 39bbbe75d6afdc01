"""Quadrature rules on the path: where to take gradients, and how much each counts.

    integral over alpha in [0, 1] of g(alpha)  ~  sum_k weights[k] * g(alphas[k])

`steps` is the number n of cells the path is cut into. Left, right and midpoint take one gradient a
cell; the trapezoid takes n + 1, because neighbouring cells share their ends; Gauss-Legendre has n
nodes and no cells. Source: Davis and Rabinowitz, "Methods of Numerical Integration" (1984), ch. 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .choice import Kind, Parameter, Registry
from .sealed import Sealed, read_only

Floats = NDArray[np.float64]
MAX_STEPS = 1000
FEWEST_ADAPTIVE = 2  # gradients: the two ends


@dataclass(frozen=True)
class Nodes(Sealed):
    """Checked nodes of a rule, kept as read-only copies.

    alphas: (n,) ascending, in [0, 1]. weights: (n,), summing to 1. Raises ValueError otherwise.
    """

    alphas: Floats
    weights: Floats

    def __post_init__(self) -> None:
        if self.alphas.ndim != 1 or self.alphas.shape != self.weights.shape or not self.alphas.size:
            raise ValueError(
                "alphas and weights must be two equally long, non-empty vectors; "
                f"got shapes {self.alphas.shape} and {self.weights.shape}"
            )
        if not (np.all(self.alphas >= 0) and np.all(self.alphas <= 1)):
            raise ValueError(
                f"alphas must lie in [0, 1]; got {self.alphas.min():g} to {self.alphas.max():g}"
            )
        if np.any(np.diff(self.alphas) < 0):
            raise ValueError("alphas must ascend; sort them together with their weights")
        if not np.isclose(self.weights.sum(), 1.0, rtol=0, atol=1e-9):
            raise ValueError(
                f"weights must sum to 1; got {self.weights.sum():.9g} for {self.weights.size} nodes"
            )
        for name in ("alphas", "weights"):
            object.__setattr__(self, name, read_only(getattr(self, name).copy()))

    def reversed(self) -> Nodes:
        """The same nodes seen from the other end of the path (alpha becomes 1 - alpha)."""
        return Nodes((1.0 - self.alphas)[::-1].copy(), self.weights[::-1].copy())


@dataclass(frozen=True)
class Rule(Kind):
    """A quadrature rule as data.

    order: the error on a smooth function falls as n ** -order; None where it falls faster than any
    power (Gauss-Legendre). exact_degree(n): the highest polynomial degree integrated exactly.
    mirror: the rule that this one becomes when the path is walked the other way.
    """

    order: int | None
    exact_degree: Callable[[int], int]
    mirror: str
    place: Callable[[int], tuple[Floats, Floats]]

    def nodes(self, steps: int) -> Nodes:
        """Nodes for `steps` cells; ValueError where steps is not a whole number from 1."""
        return Nodes(*self.place(check_steps(steps)))


def check_steps(steps: int) -> int:
    """The number of steps if it is a whole number from 1; ValueError otherwise."""
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1:
        raise ValueError(f"steps must be a whole number from 1; got {steps!r}")
    return int(steps)


def check_tolerance(tolerance: float) -> float:
    """The tolerance if it is a number above 0 and up to 1; ValueError otherwise."""
    if not (isinstance(tolerance, int | float) and 0.0 < tolerance <= 1.0):
        raise ValueError(f"the tolerance must be above 0 and at most 1; got {tolerance!r}")
    return float(tolerance)


def _equal(alphas: Floats) -> tuple[Floats, Floats]:
    return alphas, np.full(alphas.size, 1.0 / alphas.size)


def _left(n: int) -> tuple[Floats, Floats]:
    return _equal(np.arange(n) / n)


def _right(n: int) -> tuple[Floats, Floats]:
    return _equal(np.arange(1, n + 1) / n)


def _midpoint(n: int) -> tuple[Floats, Floats]:
    return _equal((np.arange(n) + 0.5) / n)


def _trapezoid(n: int) -> tuple[Floats, Floats]:
    weights = np.full(n + 1, 1.0 / n)
    weights[[0, -1]] = 0.5 / n  # the two ends belong to one cell each, every other node to two
    return np.arange(n + 1) / n, weights


def _gauss_legendre(n: int) -> tuple[Floats, Floats]:
    x, w = np.polynomial.legendre.leggauss(n)  # on [-1, 1], weights summing to 2
    return (x + 1.0) / 2.0, w / w.sum()


STEPS = Parameter(
    "steps", "Steps", 50, "Cells of the path; each costs one gradient. More steps, smaller error.",
    low=1, high=MAX_STEPS, step=10,
)  # fmt: skip
MOST = Parameter(
    "steps", "At most", 100, "The most gradients that it may take, good enough or not.",
    low=FEWEST_ADAPTIVE, high=MAX_STEPS, step=10,
)  # fmt: skip
TOLERANCE = Parameter(
    "tolerance", "Tolerance", 0.05,
    "It stops when the map is about this close to the exact one. Half of it costs about twice the "
    "gradients.",
    low=1e-6, high=1.0, step=0.01, offered=(0.005, 0.5), percent=True,
)  # fmt: skip

CLOSER = Parameter(
    "closer", "Look closer", 0,
    "A seed: the score is looked at in 128 further places that it draws, where something may hide. "
    "0 looks nowhere else.",
    low=0, high=2**31 - 1, silent=True,
)  # fmt: skip

RULES: Registry[Rule] = Registry(
    "quadrature rule",
    (
        Rule(
            "midpoint",
            "midpoint",
            "The middle of each cell: the safe choice, exact for straight lines.",
            order=2,
            exact_degree=lambda n: 1,
            mirror="midpoint",
            place=_midpoint,
            parameters=(STEPS,),
        ),
        Rule(
            "trapezoid",
            "trapezoid",
            "Both ends of each cell, averaged: one gradient more than cells, exact for lines.",
            order=2,
            exact_degree=lambda n: 1,
            mirror="trapezoid",
            place=_trapezoid,
            parameters=(STEPS,),
        ),
        Rule(
            "gauss-legendre",
            "gauss-legendre",
            "Nodes crowd towards both ends: unbeaten on smooth curves, no better on ReLU networks.",
            order=None,
            exact_degree=lambda n: 2 * n - 1,
            mirror="gauss-legendre",
            place=_gauss_legendre,
            parameters=(STEPS,),
        ),
        Rule(
            "left",
            "left",
            "The start of each cell: the simplest Riemann sum, and one of the two least accurate.",
            order=1,
            exact_degree=lambda n: 0,
            mirror="right",
            place=_left,
            parameters=(STEPS,),
        ),
        Rule(
            "right",
            "right",
            "The end of each cell, as in the paper's equation 3: simple, and not very accurate.",
            order=1,
            exact_degree=lambda n: 0,
            mirror="left",
            place=_right,
            parameters=(STEPS,),
        ),
    ),
)


@dataclass(frozen=True)
class AdaptiveRule(Kind):
    """A rule whose nodes are not known beforehand: `core.adaptive` places them as it goes."""


ADAPTIVE = AdaptiveRule(
    "adaptive",
    "adaptive",
    "Gradients go where the map still changes, until it is good enough: the fewest for its error.",
    parameters=(TOLERANCE, MOST, CLOSER),
)
EVERY_RULE: Registry[Rule | AdaptiveRule] = Registry("quadrature rule", (ADAPTIVE, *RULES.values()))
"""The adaptive rule, which is the default, and those with fixed nodes."""


def find_rule(name: str) -> Rule | AdaptiveRule:
    """The rule of that name, adaptive or not; ValueError naming the known ones otherwise."""
    return EVERY_RULE.find(name)


def get_rule(name: str) -> Rule:
    """The rule with fixed nodes of that name; ValueError otherwise."""
    rule = find_rule(name)
    if isinstance(rule, AdaptiveRule):
        raise ValueError(f"expected a rule with fixed nodes; got {name!r}: call adaptive_gradients")
    return rule
