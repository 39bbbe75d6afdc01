"""How fast each rule comes near the truth on one picture, and what each would have said of itself.

    error = |A - A_ref| / |A_ref|        A_ref: the trapezoid over 1,024 cells
    gap   = |sum A - (F(x) - F(b))| / |F(x) - F(b)|

The gap needs no reference, but it is one number: it can be small by luck where the error, over all
pixels, is not. The nodes of left, right, midpoint and trapezoid at powers of two are nodes of the
reference as well, so they cost nothing more; every gradient is taken once, added to each sum that
has a place for it, and forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .adaptive import Draft, adaptive_gradients
from .attribution import Progress, to_array
from .evidence import Completeness
from .gradients import Sampler, Score, Turn
from .quadrature import ADAPTIVE, RULES, Floats, Nodes, get_rule
from .tally import Tally
from .vectors import norm

COUNTS = (4, 8, 16, 32, 64, 128)
CELLS = 1024
MOST = 128
UNREACHABLE = 1e-9  # a tolerance for which the adaptive rule goes on to its limit


@dataclass(frozen=True)
class Point:
    """One map of one rule. error: |A - A_ref| / |A_ref|; inf where only A_ref vanishes.

    gradients: how many it was made of. estimate: the error as its own gradients tell it (see
    `error`), None where they are too few. gap: the completeness gap as a fraction of the change of
    the score; inf where only the change vanishes.
    """

    rule: str
    gradients: int
    error: float
    estimate: float | None
    gap: float


@dataclass(frozen=True, eq=False)
class Convergence:
    """Every rule's points, and the map they are measured against.

    points: rule by rule, each by rising number of gradients. reference: (C, H, W) float32, of
    reference_gradients gradients; reference_error: its own estimate.
    """

    points: tuple[Point, ...]
    reference: NDArray[np.float32]
    reference_gradients: int
    reference_error: float | None

    def of(self, rule: str) -> tuple[Point, ...]:
        """The points of one rule."""
        return tuple(point for point in self.points if point.rule == rule)

    def error_of(self, attribution: NDArray[np.floating]) -> float:
        """The true relative error of any map (C, H, W) of the same path."""
        return distance(attribution, self.reference)

    @property
    def nbytes(self) -> int:
        """The memory it takes, in bytes: what a bounded cache counts."""
        return self.reference.nbytes + 200 * len(self.points)


def distance(attribution: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """|A - A_ref| / |A_ref|; 0 if the two agree, inf if they do not and A_ref is all zeros."""
    wrong = norm(attribution.astype(np.float64) - reference)
    if wrong == 0.0:
        return 0.0
    whole = norm(reference)
    return wrong / whole if whole > 0.0 else float("inf")


def gradients_needed(counts: Sequence[int] = COUNTS, cells: int = CELLS, most: int = MOST) -> int:
    """How many gradients `measure` takes at most."""
    return int(_every_alpha(_fixed(counts, cells)).size) + most


def measure(
    score: Score,
    image: Tensor,
    baseline: Tensor,
    *,
    counts: Sequence[int] = COUNTS,
    cells: int = CELLS,
    most: int = MOST,
    batch_size: int = 16,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    turn: Turn = nullcontext,
) -> Convergence:
    """Measure every fixed rule at these numbers of cells, and the adaptive rule on its way.

    image, baseline: (C, H, W) float tensors in pixel space. counts: steps of the fixed rules.
    cells: of the reference's trapezoid. most: gradients of the adaptive rule. progress is told how
    many of `gradients_needed` are done. Memory: about 160 pictures' worth. Raises ValueError on a
    count that is not a whole number from 1, and what `integrated_gradients` raises.
    """
    fixed = _fixed(counts, cells)
    total = gradients_needed(counts, cells, most)
    report = progress or (lambda done, of: None)
    sampler = Sampler(score, image, baseline, batch_size, cancelled, turn)
    tallies, ends = _sweep(sampler, fixed, lambda done: report(done, total))
    reference, own_estimate = tallies[-1].attribution, tallies[-1].error
    judge = _Judge(reference, ends)
    points = [
        judge.point(name, nodes.alphas.size, tally.attribution, tally.error)
        for (name, nodes), tally in zip(fixed[:-1], tallies, strict=False)
    ]
    swept = total - most
    adaptive_gradients(
        score, image, baseline, tolerance=UNREACHABLE, most=most, batch_size=batch_size,
        progress=lambda done, of: report(swept + done, total),
        preview=lambda draft: points.append(judge.draft(draft)),
        cancelled=cancelled, turn=turn,
    )  # fmt: skip
    return Convergence(tuple(points), reference, fixed[-1][1].alphas.size, own_estimate)


def _fixed(counts: Sequence[int], cells: int) -> list[tuple[str, Nodes]]:
    """Every fixed rule's nodes at every count, and the reference's last of all."""
    rules = [(name, rule.nodes(n)) for name, rule in RULES.items() for n in sorted(counts)]
    return [*rules, ("reference", get_rule("trapezoid").nodes(cells))]


def _every_alpha(fixed: Sequence[tuple[str, Nodes]]) -> Floats:
    """All alphas that any of them needs, (m,) ascending, each once."""
    return np.unique(np.concatenate([nodes.alphas for _, nodes in fixed]))


def _sweep(
    sampler: Sampler, fixed: Sequence[tuple[str, Nodes]], report: Callable[[int], None]
) -> tuple[list[Tally], tuple[float, float]]:
    """Each one's sum, and the scores at both ends, in one walk along the path."""
    alphas = _every_alpha(fixed)
    difference = to_array(sampler.image) - to_array(sampler.baseline)
    tallies = [Tally(nodes, difference) for _, nodes in fixed]
    takers: list[list[Tally]] = [[] for _ in alphas]
    for (_, nodes), tally in zip(fixed, tallies, strict=True):
        for place in np.searchsorted(alphas, nodes.alphas):
            takers[place].append(tally)
    scores: list[float] = []
    for first, values, gradients in sampler.gradients(alphas):
        scores += values[:, 0].tolist()
        for score, gradient, tallied in zip(values[:, 0], gradients, takers[first:], strict=False):
            for tally in tallied:
                tally.add(gradient, float(score))
        report(len(scores))
    ends = np.array([scores[0], scores[-1]])  # the trapezoid holds both
    for tally in tallies:
        tally.know(np.array([0.0, 1.0]), ends)
    return tallies, (scores[0], scores[-1])


@dataclass(frozen=True, eq=False)
class _Judge:
    """Holds maps against the reference (C, H, W), and their sums against both ends' scores."""

    reference: NDArray[np.float32]
    ends: tuple[float, float]

    def point(
        self, rule: str, gradients: int, attribution: NDArray[np.float32], estimate: float | None
    ) -> Point:
        both_sides = Completeness(float(attribution.sum(dtype=np.float64)), *self.ends)
        error = distance(attribution, self.reference)
        return Point(rule, gradients, error, estimate, both_sides.relative_gap)

    def draft(self, draft: Draft) -> Point:
        return self.point(ADAPTIVE.name, draft.gradients, draft.attribution, draft.error)
