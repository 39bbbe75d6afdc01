"""Integrated Gradients by nodes that go where they are needed, until the map is good enough.

1. Scores alone map the curve: five even points, then the liveliest interval is halved while one
   holds much of the movement.
2. The first gradients stand at equal masses of |dS/dalpha|^(1/2), mixed with 5 % uniform.
3. The cell that adds most to the estimated error of the map (see `error`) is halved, again and
   again: the nodes nest, and every gradient taken counts to the end.
4. It stops where the estimate reaches the tolerance, or at a number of gradients.

The integral is the trapezoid over these cells, exact for a gradient that is linear in alpha.
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
from .error import Spread, best_weights, relative_error
from .evidence import step_shares
from .gradients import Sampler, Score, StepGradients, Turn
from .quadrature import Floats, Nodes, check_tolerance
from .vectors import inner, norm

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
    progress: Progress | None = None,
    preview: Preview | None = None,
    cancelled: Callable[[], bool] | None = None,
    turn: Turn = nullcontext,
) -> Attribution:
    """Attribute score(image) - score(baseline) to the pixels, to a tolerance.

    image, baseline: (C, H, W) float tensors in pixel space. tolerance: of |A - A_true| / |A|, as
    estimated. most: the largest number of gradients, from 2. progress is told how many gradients
    are done of how many it seems to take. batch_size: pictures a call, which changes memory and
    speed and nothing else. Raises ValueError on a tolerance that is not above 0 or `most` below 2,
    and what `integrated_gradients` raises.
    """
    check_tolerance(tolerance)
    if most < 2:
        raise ValueError(f"an adaptive rule needs at least 2 gradients; got {most}")
    sampler = Sampler(score, image, baseline, batch_size, cancelled, turn)
    pixels, start = to_array(image), to_array(baseline)
    scouted = scout(sampler)
    cells = _Cells(pixels - start)
    wanted = first_nodes(scouted, min(FIRST_CELLS, most - 1))
    while wanted.size:
        for first, values, gradients in sampler.gradients(wanted):
            for alpha, value, gradient in zip(wanted[first:], values, gradients, strict=False):
                cells.add(float(alpha), value, gradient)
            if progress is not None:
                progress(len(cells), cells.expected(tolerance, most))
        if preview is not None:
            preview(cells.draft())
        wanted = cells.next_nodes(tolerance, most)
    return cells.result(pixels, start, scouted, tolerance)


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


class _Cells:
    """The nodes taken so far, in order, and what each cell between them may still hide."""

    def __init__(self, difference: NDArray[np.float32]) -> None:
        self._difference = difference
        self._total = np.zeros(difference.shape, np.float64)  # of weighted gradients
        self._alphas: list[float] = []
        self._scores: list[Floats] = []
        self._gradients: list[NDArray[np.float32]] = []
        self._squares: dict[tuple[float, ...], float] = {}
        self._crosses: dict[tuple[float, ...], float] = {}
        self._draft: Draft | None = None

    def __len__(self) -> int:
        return len(self._alphas)

    def add(self, alpha: float, scores: Floats, gradient: NDArray[np.float32]) -> None:
        """Take in one node, which changes its neighbours' weights. gradient: (C, H, W)."""
        place = int(np.searchsorted(self._alphas, alpha))
        before = np.insert(self._weights(), place, 0.0)
        self._alphas.insert(place, alpha)
        self._scores.insert(place, scores)
        self._gradients.insert(place, gradient)
        change = self._weights() - before
        for k in np.flatnonzero(change):
            self._total += change[k] * self._gradients[k].astype(np.float64)
        self._draft = None

    def _weights(self) -> Floats:
        return best_weights(np.array(self._alphas)) if self._alphas else np.empty(0)

    def draft(self) -> Draft:
        """The map of all nodes so far, summed in float64, and its error; made once a state."""
        if self._draft is None:
            attribution = (self._difference * self._total).astype(np.float32)
            squared = self._spread().squared_error(np.array(self._alphas))
            error = relative_error(squared, norm(attribution))
            self._draft = Draft(attribution, error, len(self))
        return self._draft

    def expected(self, tolerance: float, most: int) -> int:
        """How many gradients it seems to take: the error falls as one over their number."""
        if len(self) < 2:
            return most
        wanted = len(self) * self.draft().error / tolerance
        return math.ceil(min(most, max(len(self), wanted)))

    def next_nodes(self, tolerance: float, most: int) -> Floats:
        """The middles of the cells to halve next; empty where it is time to stop.

        No more at once than half of what seems to be missing, lest the last round overshoots.
        """
        if len(self) >= most or self.draft().error <= tolerance:
            return np.empty(0)
        missing = self.expected(tolerance, most) - len(self)
        count = min(max(AT_ONCE, len(self) // 8), max(AT_ONCE, missing // 2))
        return self._middles(min(count, most - len(self)))

    def _middles(self, count: int) -> Floats:
        """Middles of the worst cells; a half counts as its share of what was expected of it."""
        alphas = np.array(self._alphas)
        errors = self._spread().cell_errors(alphas)
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

    def _spread(self) -> Spread:
        """Only what the newest nodes changed is computed; the rest is remembered."""
        pairs = [tuple(self._alphas[k : k + 2]) for k in range(len(self) - 1)]
        triples = [tuple(self._alphas[k : k + 3]) for k in range(len(self) - 2)]
        for k, pair in enumerate(pairs):
            if pair not in self._squares:
                step = self._step(k)
                self._squares[pair] = inner(step, step)
        for k, triple in enumerate(triples):
            if triple not in self._crosses:
                self._crosses[triple] = inner(self._step(k), self._step(k + 1))
        return Spread([self._squares[p] for p in pairs], [self._crosses[t] for t in triples])

    def _step(self, k: int) -> NDArray[np.float32]:
        """The change of the contributions (x - b) g from node k to the next, (C * H * W,)."""
        change = self._gradients[k + 1] - self._gradients[k]
        return np.asarray((change * self._difference).ravel(), np.float32)

    def result(
        self,
        image: NDArray[np.float32],
        baseline: NDArray[np.float32],
        scouted: Scores,
        tolerance: float,
    ) -> Attribution:
        nodes = Nodes(np.array(self._alphas), self._weights())
        attribution, kept = self.draft().attribution, StepGradients.of(self._gradients)
        return Attribution(
            image=image,
            baseline=baseline,
            attribution=attribution,
            score_baseline=scouted.values[0],
            score_image=scouted.values[-1],
            error=self.draft().error,
            nodes=nodes,
            scores=np.array(self._scores),
            gradients=kept,
            step_shares=step_shares(nodes.weights, kept, image - baseline, attribution),
            scouted=scouted,
            tolerance=tolerance,
        )
