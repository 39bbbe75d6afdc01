"""Integrated Gradients over the straight path, by any quadrature rule.

    A_i = (x_i - b_i) * integral over alpha in [0, 1] of dF(b + alpha (x - b)) / dx_i
        ~ (x_i - b_i) * sum_k w_k * dF(b + alpha_k (x - b)) / dx_i

F: the score, x: the image, b: the baseline, (alpha_k, w_k): the rule's nodes.
Source: Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks" (2017), eq. 1 and 3.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .error import Tally
from .evidence import ActiveInterval, Completeness, shortest_interval, step_shares
from .gradients import Cancelled, NotFiniteError, Sampler, Score, StepGradients, Turn
from .quadrature import Floats, Nodes

__all__ = [
    "Attribution", "Cancelled", "NotFiniteError", "Progress", "Score", "Scores", "Turn",
    "integrated_gradients",
]  # fmt: skip

Progress = Callable[[int, int], None]
"""Called with (gradients done, gradients in all) after every batch; raising in it ends the work."""


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores without gradients. alphas: (m,) ascending. values: (m, 1 + k), the target's first."""

    alphas: Floats
    values: Floats


@dataclass(frozen=True, eq=False)
class Attribution:
    """An attribution together with everything it was made from. All arrays are read-only.

    image, baseline, attribution: (C, H, W) float32, pixels in [0, 1], attribution in the score's
    unit. nodes: alphas and weights, (n,). gradients: (n, C, H, W), score per pixel unit, kept as
    float16; the attribution was summed before that. scores: (n, 1 + k), score_baseline,
    score_image: (1 + k,), column 0 the target's, then rivals'. scouted: further scores, taken
    without gradients. error: |A - A_true| / |A|, estimated (see `error`); None where unknown.
    tolerance: the error at which an adaptive rule was to stop; None for the other rules.
    """

    image: NDArray[np.float32]
    baseline: NDArray[np.float32]
    attribution: NDArray[np.float32]
    nodes: Nodes
    gradients: StepGradients
    scores: Floats
    score_baseline: Floats
    score_image: Floats
    error: float | None
    scouted: Scores | None = None
    tolerance: float | None = None

    def __post_init__(self) -> None:
        for array in (self.image, self.baseline, self.attribution, self.scores):
            array.setflags(write=False)

    @cached_property
    def completeness(self) -> Completeness:
        """Both sides of the completeness axiom for the target's score."""
        return Completeness(
            attribution_sum=float(self.attribution.sum(dtype=np.float64)),
            score_baseline=float(self.score_baseline[0]),
            score_image=float(self.score_image[0]),
        )

    @property
    def within_tolerance(self) -> bool:
        """Whether an adaptive rule stopped because its map was good enough, not at its limit."""
        if self.tolerance is None or self.error is None:
            return False
        return self.error <= self.tolerance

    @cached_property
    def curve(self) -> tuple[Floats, Floats]:
        """All that is known of the score along the path: alphas (m,), scores (m, 1 + k)."""
        alphas = [np.array([0.0]), self.nodes.alphas, np.array([1.0])]
        scores = [self.score_baseline[None], self.scores, self.score_image[None]]
        if self.scouted is not None:
            alphas.append(self.scouted.alphas)
            scores.append(self.scouted.values)
        found, first = np.unique(np.concatenate(alphas), return_index=True)
        return found, np.concatenate(scores)[first]

    @cached_property
    def shares(self) -> Floats | None:
        """What each step gives to the map, (n,); see `evidence.step_shares`."""
        return step_shares(
            self.nodes.weights, self.gradients, self.image - self.baseline, self.attribution
        )

    @cached_property
    def active_interval(self) -> ActiveInterval:
        """Where the curve still moves: the essays' "interesting gradients"."""
        alphas, scores = self.curve
        low, high = shortest_interval(alphas, scores[:, 0])
        inside = (self.nodes.alphas >= low) & (self.nodes.alphas <= high)
        share = None if self.shares is None else float(self.shares[inside].sum())
        return ActiveInterval(low, high, mass=0.9, share=share)


def integrated_gradients(
    score: Score,
    image: Tensor,
    baseline: Tensor,
    nodes: Nodes,
    *,
    batch_size: int = 16,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    turn: Turn = nullcontext,
) -> Attribution:
    """Attribute score(image) - score(baseline) to the pixels, by a rule's fixed nodes.

    image, baseline: (C, H, W) float tensors in pixel space, on the device where `score` works.
    batch_size: pictures a call; it changes memory and speed, never the result. Running out of
    memory halves it and goes on. turn: entered around every call of `score`. Raises ValueError on
    mismatched shapes, NotFiniteError on a NaN or infinite score or gradient, Cancelled when
    `cancelled()` turns true.
    """
    sampler = Sampler(score, image, baseline, batch_size, cancelled, turn)
    ends = sampler.scores(np.array([0.0, 1.0]))
    pixels, start = to_array(image), to_array(baseline)
    tally, total = Tally(nodes, pixels - start), nodes.alphas.size
    scores = np.empty((total, ends.shape[1]))
    kept = StepGradients(pixels.shape, total)
    for first, values, gradients in sampler.gradients(nodes.alphas):
        for step, gradient in enumerate(gradients, first):
            tally.add(gradient)
            kept.set(step, gradient)
        scores[first : first + len(values)] = values
        if progress is not None:
            progress(first + len(values), total)
    return Attribution(
        pixels, start, tally.attribution, nodes, kept, scores, ends[0], ends[1], tally.error
    )


def to_array(pixels: Tensor) -> NDArray[np.float32]:
    """A copy of (C, H, W) pixels on the CPU, float32."""
    return pixels.detach().to("cpu").numpy().astype(np.float32, copy=True)
