"""Looking closer: scores at many places of the path that nobody chose, to find what hides.

No rule with finitely many nodes can see what a score does between them and takes back before the
next one: a bump narrower than the gaps, or one pixel's rise that another's fall undoes. Scores
alone at places drawn by a seed, one in each of `places` equal cells, find everything that moves
the score in an interval wider than two cells, and narrower things as often as they are wide. They
cost a third to a half of as many gradients, which can be told beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from .attribution import Attribution, Scores
from .gradients import Sampler, Score, Turn
from .quadrature import Floats, check_steps

PLACES = 128
FOUND = 0.1  # of the score's swing: further from the curve as it was known


@dataclass(frozen=True, eq=False)
class Closer:
    """What was seen. scores: those taken, to hand to `adaptive_gradients` as known.

    surprise: the largest distance of a score from the curve as it was known, over its swing; at:
    its alpha. seed: where the places came from.
    """

    scores: Scores
    surprise: float
    at: float
    seed: int

    @property
    def found(self) -> bool:
        """Whether the score does something that the attribution's claim did not know of."""
        return self.surprise > FOUND


def places_of(count: int, seed: int) -> Floats:
    """`count` alphas (count,), ascending, one at random in each of as many equal cells."""
    drawn = np.random.default_rng(seed).random(check_steps(count))
    return np.asarray((np.arange(count) + drawn) / count)


def cost(count: int = PLACES) -> str:
    """What `look_closer` takes, in words."""
    low, high = round(count / 3), round(count / 2)
    return f"{count} scores, about as long as {low} to {high} gradients"


def look_closer(
    score: Score,
    image: Tensor,
    baseline: Tensor,
    attribution: Attribution,
    *,
    count: int = PLACES,
    seed: int = 0,
    batch_size: int = 16,
    cancelled: Callable[[], bool] | None = None,
    turn: Turn = nullcontext,
) -> Closer:
    """Take `count` scores between those that an attribution of the same path knows of.

    Where something was found, `adaptive_gradients(..., known=closer.scores)` goes and gets it.
    Raises ValueError on a count that is no whole number from 1, and what `integrated_gradients`
    raises.
    """
    alphas = places_of(count, seed)
    values = Sampler(score, image, baseline, batch_size, cancelled, turn).scores(alphas)
    known, scores = attribution.curve
    beside = np.abs(values[:, 0] - np.interp(alphas, known, scores[:, 0]))
    swing = float(np.ptp(scores[:, 0])) or float(np.ptp(values[:, 0]))
    surprise = beside / swing if swing > 0.0 else np.zeros(count)
    worst = int(np.argmax(surprise))
    return Closer(Scores(alphas, values), float(surprise[worst]), float(alphas[worst]), seed)
