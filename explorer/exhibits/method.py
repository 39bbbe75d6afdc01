"""Integrated Gradients in its parts, so that one part at a time can be wrong.

the rule    where gradients are taken, and how much each counts
the sum     how they are added up, batch by batch
the finish  what the integral is multiplied by
the target  which class is explained
the black   what the picture of a black baseline looks like
the place   where a value stands on the colour scale
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.core.quadrature import get_rule
from explorer.core.vectors import combination
from explorer.pictures.heatmap import heat_map
from explorer.pictures.look import Look

Slopes = Callable[[np.ndarray], np.ndarray]
"""Gradients (m, C, H, W) at alphas (m,) of one path."""


@dataclass(frozen=True)
class Method:
    """One way to do it, right or wrong.

    rule(steps): alphas and weights, (n,) each. add_up(slopes, alphas, weights, batch): the integral
    (C, H, W). finish(integral, difference): the map (C, H, W). target(asked, predicted): the class
    explained, where None was asked for if nobody chose. black(mean): the colour (C,) of a black
    baseline, for a network that subtracts that mean. place(map): (C, H, W) to positions (H, W) on a
    signed colour scale, 0 to 1, NaN where there is none.
    """

    rule: Callable[[int], tuple[np.ndarray, np.ndarray]]
    add_up: Callable[[Slopes, np.ndarray, np.ndarray, int], np.ndarray]
    finish: Callable[[np.ndarray, np.ndarray], np.ndarray]
    target: Callable[[int | None, int], int]
    black: Callable[[Sequence[float]], np.ndarray]
    place: Callable[[np.ndarray], np.ndarray]

    def attribute(
        self, slopes: Slopes, difference: np.ndarray, steps: int, batch: int
    ) -> np.ndarray:
        """The map (C, H, W) of a path. difference: image - baseline, (C, H, W)."""
        alphas, weights = self.rule(steps)
        return self.finish(self.add_up(slopes, alphas, weights, batch), difference)


def trapezoid(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The rule that most of the mistaken ones meant to be."""
    nodes = get_rule("trapezoid").nodes(steps)
    return nodes.alphas, nodes.weights


def every_batch(slopes: Slopes, alphas: np.ndarray, weights: np.ndarray, batch: int) -> np.ndarray:
    """The weighted sum over all batches."""
    parts = (slice(start, start + batch) for start in range(0, len(alphas), batch))
    return sum(combination(weights[part], slopes(alphas[part])) for part in parts)


def _place(attribution: np.ndarray) -> np.ndarray:
    drawn = heat_map(attribution, Look())
    return np.clip((drawn.values - drawn.low) / (drawn.high - drawn.low), 0.0, 1.0)


RIGHT = Method(
    rule=trapezoid,
    add_up=every_batch,
    finish=lambda integral, difference: integral * difference,
    target=lambda asked, predicted: predicted if asked is None else asked,
    black=lambda mean: np.zeros(len(mean)),
    place=_place,
)
