"""Evidence that goes with every attribution: how far it can be trusted, and where it was made.

    completeness:  sum_i A_i = F(x) - F(b)        (Sundararajan et al., 2017, proposition 1)

The gap between the two sides shows numerical error, but it is one number and can be small by luck:
it is necessary, not sufficient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .quadrature import Floats
from .vectors import inner


@dataclass(frozen=True)
class Completeness:
    """Both sides of the completeness axiom, in the score's unit."""

    attribution_sum: float
    score_baseline: float
    score_image: float

    @property
    def change(self) -> float:
        """F(x) - F(b): what the attribution has to add up to."""
        return self.score_image - self.score_baseline

    @property
    def gap(self) -> float:
        """|sum A - (F(x) - F(b))|, in the score's unit."""
        return abs(self.attribution_sum - self.change)

    @property
    def relative_gap(self) -> float:
        """The gap as a fraction of |F(x) - F(b)|; 0 if both vanish, inf if only the change does."""
        if self.gap == 0.0:
            return 0.0
        return self.gap / abs(self.change) if self.change else float("inf")


@dataclass(frozen=True)
class ActiveInterval:
    """The shortest interval of alpha that holds `mass` of the score's total variation.

    share: how much of the attribution A was made there, <A_I, A> / <A, A>, where A_I sums only the
    steps inside. It adds up to 1 over the pieces of a partition; None where A is all zeros.
    """

    low: float
    high: float
    mass: float
    share: float | None


def shortest_interval(alphas: Floats, scores: Floats, mass: float = 0.9) -> tuple[float, float]:
    """The shortest [low, high] with `mass` of the total variation of a piecewise linear curve.

    alphas: (m,) ascending. scores: (m,). A flat curve has no active part: the whole range returns.
    The length of such an interval is piecewise linear in where it starts, so the shortest one
    begins or ends at a node, and only those need trying.
    """
    moved = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(scores)))])
    if moved[-1] <= 0.0:
        return float(alphas[0]), float(alphas[-1])
    moved /= moved[-1]
    # np.interp wants strictly rising abscissae: flat stretches are entered late and left early
    starts = np.concatenate([moved, np.clip(moved - mass, 0.0, 1.0 - mass)])
    starts = np.unique(starts[starts <= 1.0 - mass + 1e-12])
    lows = np.array([_last_alpha_at(alphas, moved, s) for s in starts])
    highs = np.array([_first_alpha_at(alphas, moved, min(s + mass, 1.0)) for s in starts])
    best = int(np.argmin(highs - lows))
    return float(lows[best]), float(highs[best])


def _first_alpha_at(alphas: Floats, moved: Floats, level: float) -> float:
    """The smallest alpha by which the curve has moved `level`."""
    j = int(np.searchsorted(moved, level - 1e-12, side="left"))
    return _between(alphas, moved, j - 1, level) if j > 0 else float(alphas[0])


def _last_alpha_at(alphas: Floats, moved: Floats, level: float) -> float:
    """The largest alpha by which the curve has moved no more than `level`."""
    j = int(np.searchsorted(moved, level + 1e-12, side="right"))
    return _between(alphas, moved, j - 1, level) if j < moved.size else float(alphas[-1])


def _between(alphas: Floats, moved: Floats, j: int, level: float) -> float:
    rise = moved[j + 1] - moved[j]
    t = 0.0 if rise <= 0 else min(max((level - moved[j]) / rise, 0.0), 1.0)
    return float(alphas[j] + t * (alphas[j + 1] - alphas[j]))


def step_shares(
    weights: Floats,
    gradients: Sequence[NDArray[np.float32]],
    difference: NDArray[np.floating],
    attribution: NDArray[np.floating],
) -> Floats | None:
    """What each step gives to the map: <a_k, A> / <A, A> with a_k = w_k (x - b) g_k; they sum to 1.

    weights: (n,). gradients: n of (C, H, W). difference (x - b) and attribution A: (C, H, W).
    Returns (n,), or None where A is all zeros.
    """
    whole = attribution.astype(np.float64).ravel()
    total = inner(whole, whole)
    if total == 0.0:
        return None
    toward = difference.astype(np.float64).ravel() * whole
    along = np.array([inner(g, toward) for g in gradients])
    return np.asarray(weights * along / total)


def region_shares(
    attribution: NDArray[np.floating], regions: NDArray[np.integer], count: int
) -> Floats | None:
    """The share of the positive attribution in each region.

    attribution: (C, H, W), summed over channels before its positive part is taken. regions: (H, W)
    indices below `count`. Returns (count,), summing to 1; None where nothing is positive.
    """
    positive = np.clip(attribution.sum(axis=0, dtype=np.float64), 0.0, None)
    total = positive.sum()
    if total <= 0.0:
        return None
    mass = np.bincount(regions.ravel(), weights=positive.ravel(), minlength=count)
    return np.asarray(mass[:count] / total)
