"""Integrated Gradients by nodes that go where they are needed, until the map is good enough.

1. Scores alone map the curve: five even points, then the liveliest interval is halved while one
   holds much of the movement.
2. The first gradients stand at equal masses of |dS/dalpha|^(1/2), mixed with 5 % uniform.
3. The cell that adds most to the estimated error of the map (see `error`) is halved, again and
   again: the nodes nest, and every gradient taken counts to the end.
4. It stops where the estimate reaches the tolerance, or at a number of gradients, or, third, where
   no cell that still counts is wider than 2^-20: the estimate is then what it is, and where the
   score moves inside so narrow a cell it says that the map is not within its tolerance.

The integral is the trapezoid over these cells, exact for a gradient that is linear in alpha; where
the gradients turn out to be smooth along the path, `smooth` gives better weights, and the cells
whose halving tells it most. Nobody has to say which: the gradients do.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .attribution import Attribution, Progress, Scores, to_array
from .error import Estimate, rough
from .evidence import step_shares
from .gradients import Sampler, Score, StepGradients, Turn
from .quadrature import Floats, Nodes, check_tolerance
from .record import Record
from .smooth import smooth

EVEN_SCORES = 5  # the two ends and three between: they have to be taken in any case
MOST_SCORES = 9  # further ones cost more than the gradients that they save
MUCH = 0.5  # of the movement in one interval: it is too coarse to place gradients by
FIRST_CELLS = 6
AT_ONCE = 2  # cells halved in a round, or an eighth of all: one alone wastes the machine
UNIFORM = 0.05  # of the first nodes' mass, so that no stretch goes unseen
NARROWEST = 2.0**-20  # no cell is halved below this width


@dataclass(frozen=True, eq=False)
class Draft:
    """The map so far. attribution: (C, H, W). error: estimated, relative. gradients: taken."""

    attribution: NDArray[np.float32]
    error: float
    gradients: int


Preview = Callable[[Draft], None]
"""Called after every round of gradients, the first after a handful; raising in it ends the work."""


def adaptive_gradients(
    score: Score,
    image: Tensor,
    baseline: Tensor,
    *,
    tolerance: float = 0.05,
    most: int = 100,
    batch_size: int = 16,
    known: Scores | None = None,
    progress: Progress | None = None,
    preview: Preview | None = None,
    cancelled: Callable[[], bool] | None = None,
    turn: Turn = nullcontext,
) -> Attribution:
    """Attribute score(image) - score(baseline) to the pixels, to a tolerance.

    image, baseline: (C, H, W) float tensors in pixel space. tolerance: of |A - A_true| / |A|, as
    estimated. most: the largest number of gradients, from 2. progress is told how many gradients
    are done of how many it seems to take. batch_size: pictures a call, which changes memory and
    speed and nothing else. known: scores already taken on this path (see `closer`), which the first
    gradients are placed by and every claim is held against. Raises ValueError on a tolerance that
    is not above 0 or `most` below 2, and what `integrated_gradients` raises.
    """
    check_tolerance(tolerance)
    if most < 2:
        raise ValueError(f"an adaptive rule needs at least 2 gradients; got {most}")
    sampler = Sampler(score, image, baseline, batch_size, cancelled, turn)
    pixels, start = to_array(image), to_array(baseline)
    scouted = together(scout(sampler), known)
    nodes = _Nodes(pixels - start)
    nodes.record.know(scouted.alphas, scouted.values[:, 0])
    wanted = first_nodes(scouted, min(FIRST_CELLS, most - 1))
    expected = most
    while wanted.size:
        for first, values, gradients in sampler.gradients(wanted):
            for alpha, value, gradient in zip(wanted[first:], values, gradients, strict=False):
                nodes.add(float(alpha), value, gradient)
            if first + len(values) == wanted.size:  # only a whole round says anything
                expected = nodes.expected(tolerance, most)
            if progress is not None:
                progress(len(nodes), max(len(nodes), expected))
        if preview is not None:
            preview(nodes.draft())
        wanted = nodes.next_nodes(tolerance, most)
    return nodes.result(pixels, start, scouted, tolerance)


def scout(sampler: Sampler) -> Scores:
    """Scores alone, closer together where the target's moves."""
    alphas = np.linspace(0.0, 1.0, EVEN_SCORES)
    values = sampler.scores(alphas)
    while alphas.size < MOST_SCORES:
        moved = np.abs(np.diff(values[:, 0]))
        most = int(np.argmax(moved))
        if moved[most] <= MUCH * moved.sum():
            break
        middle = (alphas[most] + alphas[most + 1]) / 2
        found = sampler.scores(np.array([middle]))
        alphas = np.insert(alphas, most + 1, middle)
        values = np.insert(values, most + 1, found[0], axis=0)
    return Scores(alphas, values)


def together(one: Scores, two: Scores | None) -> Scores:
    """All scores of both, each place once, in order."""
    if two is None:
        return one
    alphas = np.concatenate([one.alphas, two.alphas])
    places, first = np.unique(alphas, return_index=True)
    return Scores(places, np.concatenate([one.values, two.values])[first])


def first_nodes(scouted: Scores, cells: int) -> Floats:
    """Alphas (cells + 1,) with both ends, cells of equal mass under |dS/dalpha|^(1/2) and 5 %."""
    widths = np.diff(scouted.alphas)
    lively = np.sqrt(np.abs(np.diff(scouted.values[:, 0])) * widths)  # density times width
    total = lively.sum()
    mass = UNIFORM * widths + (1 - UNIFORM) * (lively / total if total > 0 else widths)
    reached = np.concatenate([[0.0], np.cumsum(mass) / mass.sum()])
    nodes = np.interp(np.linspace(0.0, 1.0, cells + 1), reached, scouted.alphas)
    nodes[[0, -1]] = 0.0, 1.0
    return nodes


class _Nodes:
    """The gradients taken so far, in order of alpha, and what they make of the map."""

    def __init__(self, difference: NDArray[np.float32]) -> None:
        self._difference = difference
        self._scores: list[Floats] = []
        self._gradients: list[NDArray[np.float32]] = []
        self.record = Record(difference)
        self._estimate: Estimate | None = None
        self._draft: Draft | None = None
        self._ask_again = 0  # whether they are smooth, at so many gradients

    def __len__(self) -> int:
        return len(self._gradients)

    def add(self, alpha: float, scores: Floats, gradient: NDArray[np.float32]) -> None:
        """Take in one node. scores: (1 + k,). gradient: shaped as the image."""
        place = self.record.add(alpha, float(scores[0]), gradient)
        self._scores.insert(place, scores)
        self._gradients.insert(place, gradient)
        self._estimate = self._draft = None

    @property
    def estimate(self) -> Estimate:
        """How to weigh the nodes and how far off the map is; made once a state."""
        if self._estimate is None:
            self._estimate = self._smooth() or rough(self.record)
        return self._estimate

    def _smooth(self) -> Estimate | None:
        """What comes of smooth gradients; where they are not, it is not asked after every round."""
        if len(self) < self._ask_again:
            return None
        found = smooth(self.record)
        if found is None and len(self) > 2 * FIRST_CELLS:
            self._ask_again = len(self) * 4 // 3
        return found

    @property
    def error(self) -> float:
        """Of the map, estimated, relative."""
        return self.estimate.error(self.record)

    def draft(self) -> Draft:
        """The map of all nodes so far, summed in float64, and its error; made once a state."""
        if self._draft is None:
            total = np.zeros(self._difference.shape, np.float64)
            for weight, gradient in zip(self.estimate.weights, self._gradients, strict=True):
                total += float(weight) * gradient
            attribution = (self._difference * total).astype(np.float32)
            self._draft = Draft(attribution, self.error, len(self))
        return self._draft

    def expected(self, tolerance: float, most: int) -> int:
        """How many gradients it seems to take: the error falls as one over their number."""
        if len(self) < 2:
            return most
        wanted = min(most, len(self) * self.error / tolerance)
        return math.ceil(max(len(self), wanted))

    def next_nodes(self, tolerance: float, most: int) -> Floats:
        """The middles of the cells to halve next; empty where it is time to stop.

        No more at once than half of what seems to be missing, lest the last round overshoots.
        """
        if len(self) >= most or self.error <= tolerance:
            return np.empty(0)
        missing = self.expected(tolerance, most) - len(self)
        count = min(max(AT_ONCE, len(self) // 8), max(AT_ONCE, missing // 2))
        return _middles(self.record.alphas, self.estimate.cells, min(count, most - len(self)))

    def result(
        self,
        image: NDArray[np.float32],
        baseline: NDArray[np.float32],
        scouted: Scores,
        tolerance: float,
    ) -> Attribution:
        nodes = Nodes(self.record.alphas, self.estimate.weights)
        attribution, kept = self.draft().attribution, StepGradients.of(self._gradients)
        return Attribution(
            image=image,
            baseline=baseline,
            attribution=attribution,
            score_baseline=scouted.values[0],
            score_image=scouted.values[-1],
            error=self.error,
            nodes=nodes,
            scores=np.array(self._scores),
            gradients=kept,
            step_shares=step_shares(nodes.weights, kept, image - baseline, attribution),
            scouted=scouted,
            tolerance=tolerance,
            contradicted=self.estimate.contradicted,
        )


def _middles(alphas: Floats, errors: Floats, count: int) -> Floats:
    """Middles of the worst cells; a half counts as its share of what was expected of it."""
    cells = zip(errors, alphas[:-1], alphas[1:], strict=True)
    worst = [(-float(e), float(a), float(b)) for e, a, b in cells if b - a > NARROWEST]
    heapq.heapify(worst)
    middles: list[float] = []
    while worst and len(middles) < count:
        error, low, high = heapq.heappop(worst)
        if error == 0.0:
            break
        middle = (low + high) / 2
        middles.append(middle)
        for half in ((low, middle), (middle, high)):
            if half[1] - half[0] > NARROWEST:
                heapq.heappush(worst, (error / 8, *half))  # it goes as the width cubed
    return np.array(sorted(middles))
