"""Functions of a few pixels whose maps are known, and which no network would be: cliffs.

The path goes from black to an image of ones, so pixel i is alpha, and its share of the map is
magnitude_i * (f_i(1) - f_i(0)). Half of the functions have all pixels' cliffs at one place and with
one steepness, the other half each at its own; signs and magnitudes are random. All are seeded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from explorer.core.adaptive import FIRST_CELLS, _Nodes, first_nodes, scout
from explorer.core.attribution import Scores

PIXELS = (1, 2, 64, 1000)


@dataclass(frozen=True, eq=False)
class Field:
    """F(alpha) = sum_i magnitude_i f_i(alpha). rise, slope: (a,) alphas to (a, pixels)."""

    magnitudes: np.ndarray
    rise: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]

    @property
    def truth(self) -> np.ndarray:
        """The exact map, (pixels,)."""
        first, last = self.rise(np.array([0.0, 1.0]))
        return self.magnitudes * (last - first)

    def scores(self, alphas: np.ndarray) -> np.ndarray:
        """(a, 1)."""
        return (self.rise(alphas) * self.magnitudes).sum(axis=1, keepdims=True)

    def gradients(self, alphas: np.ndarray) -> np.ndarray:
        """(a, pixels), float32."""
        return (self.slope(alphas) * self.magnitudes).astype(np.float32)


def _sigmoid(t: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(t / 2)) / 2


def _bell(t: np.ndarray) -> np.ndarray:
    return _sigmoid(t) * _sigmoid(-t)


def _kink_low(draw):
    c = draw(0.005, 0.995)
    return lambda a: np.minimum(a[:, None], c) / c, lambda a: (a[:, None] < c) / c


def _kink_high(draw):
    c = draw(0.005, 0.995)
    return (
        lambda a: np.maximum(a[:, None] - c, 0) / (1 - c),
        lambda a: (a[:, None] > c) / (1 - c),
    )


def _steep(draw):
    c, k = draw(0.01, 0.99), np.exp(draw(np.log(20), np.log(10_000)))
    return lambda a: _sigmoid(k * (a[:, None] - c)), lambda a: k * _bell(k * (a[:, None] - c))


def _staircase(draw):
    places = [draw(0.01, 0.99) for _ in range(2 + int(7 * draw(0, 1)[0]))]
    k, m = np.exp(draw(np.log(50), np.log(3000))), len(places)
    return (
        lambda a: sum(_sigmoid(k * (a[:, None] - c)) for c in places) / m,
        lambda a: sum(k * _bell(k * (a[:, None] - c)) for c in places) / m,
    )


def _sine(draw):
    w = 2 * np.pi * draw(3, 14)
    return (
        lambda a: a[:, None] + np.sin(w * a[:, None]) / w,
        lambda a: 1 + np.cos(w * a[:, None]),
    )


FAMILIES: Mapping[str, Callable] = {
    "kinks, low": _kink_low,
    "kinks, high": _kink_high,
    "sigmoids": _steep,
    "staircases": _staircase,
    "sines": _sine,
}


def field(family: str, pixels: int, seed: int) -> Field:
    """One function of a family."""
    rng = np.random.default_rng([seed, pixels, list(FAMILIES).index(family)])
    alike = rng.random() < 0.5

    def draw(low: float, high: float) -> np.ndarray:
        one = rng.uniform(low, high)
        return np.full(pixels, one) if alike else rng.uniform(low, high, pixels)

    magnitudes = rng.choice([-1.0, 1.0], pixels) * rng.uniform(0.5, 1.5, pixels)
    return Field(magnitudes, *FAMILIES[family](draw))


@dataclass(frozen=True)
class Outcome:
    """What the adaptive rule made. claim, true: relative errors. gap: over the score's swing."""

    gradients: int
    claim: float
    true: float
    gap: float
    smooth: bool


def attribute(
    function: Field, tolerance: float = 0.05, most: int = 100, drafts: list | None = None
) -> Outcome:
    """The adaptive rule on a field, without torch: thousands of them in a few seconds."""
    scouted: Scores = scout(SimpleNamespace(scores=function.scores))
    nodes = _Nodes(np.ones(function.magnitudes.size, np.float32))
    nodes.record.know(scouted.alphas, scouted.values[:, 0])
    wanted = first_nodes(scouted, min(FIRST_CELLS, most - 1))
    while wanted.size:
        found = zip(wanted, function.scores(wanted), function.gradients(wanted), strict=True)
        for alpha, scores, gradient in found:
            nodes.add(float(alpha), scores, gradient)
        if drafts is not None:
            drafts.append(_outcome(function, nodes))
        wanted = nodes.next_nodes(tolerance, most)
    return _outcome(function, nodes)


def _outcome(function: Field, nodes: _Nodes) -> Outcome:
    map_, truth = nodes.draft().attribution, function.truth
    (_, scores), change = nodes.record.known, function.truth.sum()
    swing = max(float(np.ptp(scores)), 1e-300)
    true = float(np.linalg.norm(map_ - truth) / np.linalg.norm(truth))
    gap = abs(float(map_.sum()) - change) / swing
    return Outcome(len(nodes), nodes.error, true, gap, nodes.estimate.smooth)
