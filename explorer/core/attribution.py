"""Integrated Gradients over the straight path, by any quadrature rule.

    A_i = (x_i - b_i) * integral over alpha in [0, 1] of dF(b + alpha (x - b)) / dx_i
        ~ (x_i - b_i) * sum_k w_k * dF(b + alpha_k (x - b)) / dx_i

F: the score, x: the image, b: the baseline, (alpha_k, w_k): the rule's nodes.
Source: Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks" (2017), eq. 1 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .error import relative_error, rounding
from .evidence import ActiveInterval, Completeness, shortest_interval, step_shares
from .gradients import (
    Cancelled,
    GradientKeeper,
    NotFiniteError,
    Sampler,
    Score,
    StepGradients,
    Turn,
)
from .quadrature import Floats, Nodes
from .sealed import Sealed, read_only
from .tally import Tally
from .vectors import combination, norm

__all__ = [
    "Attribution", "AttributionMap", "Cancelled", "NotFiniteError", "Progress", "Score", "Scores",
    "Turn", "average", "integrated_gradients",
]  # fmt: skip

EXPLAINED = 2.0  # times the claimed error, of the score's swing: a gap that it explains
LEAST_CLAIM = 0.05  # smaller claims explain no smaller gaps than this one

Progress = Callable[[int, int], None]
"""Called with (gradients done, gradients in all) after every batch; raising in it ends the work."""


@dataclass(frozen=True, eq=False)
class Scores(Sealed):
    """Scores without gradients. alphas: (m,) ascending. values: (m, 1 + k), the target's first."""

    alphas: Floats
    values: Floats

    def __post_init__(self) -> None:
        read_only(self.alphas)
        read_only(self.values)


@dataclass(frozen=True, eq=False)
class AttributionMap(Sealed):
    """A map by any method, and the scores at the two ends. All arrays are read-only.

    image, baseline, attribution: (C, H, W) float32, pixels in [0, 1], attribution in the score's
    unit; any other shape for inputs that are no pictures. score_baseline, score_image: (1 + k,),
    column 0 the target's, then rivals'. error: |A - A_true| / |A|, estimated (see `error`); None
    where unknown, or where nothing is estimated. gradient_count: how many it was made of.
    It pickles small: pixels that are levels of 8 bits, and flat baselines, travel as such.
    """

    image: NDArray[np.float32]
    baseline: NDArray[np.float32]
    attribution: NDArray[np.float32]
    score_baseline: Floats
    score_image: Floats
    error: float | None
    gradient_count: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        for array in _arrays_in(vars(self).values()):
            read_only(array)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return state | {name: pack_pixels(state[name]) for name in ("image", "baseline")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        unpacked = {name: unpack_pixels(state[name]) for name in ("image", "baseline")}
        super().__setstate__(state | unpacked)

    @cached_property
    def completeness(self) -> Completeness:
        """Both sides of the completeness axiom for the target's score."""
        return Completeness(
            attribution_sum=float(self.attribution.sum(dtype=np.float64)),
            score_baseline=float(self.score_baseline[0]),
            score_image=float(self.score_image[0]),
        )

    def without_film(self) -> AttributionMap:
        """The same, without the gradients at each step, if it has any."""
        return self

    @property
    def nbytes(self) -> int:
        """The memory that the arrays take, in bytes."""
        return sum(array.nbytes for array in _arrays_in(vars(self).values()))


@dataclass(frozen=True, eq=False)
class Attribution(AttributionMap):
    """A map by integrating along the straight path, with everything it was made from.

    nodes: alphas and weights, (n,). scores: (n, 1 + k) at the nodes. gradients: (n, C, H, W), score
    per pixel unit, kept as float16, the attribution was summed before that; None where nobody asked
    for the film. step_shares: (n,), what each step gives to the map; None where the map is nothing.
    scouted: further scores, taken without gradients. tolerance: the error at which an adaptive rule
    was to stop; None for the other rules. contradicted: the scores speak against what the gradients
    let expect, and the error was raised for it.
    """

    nodes: Nodes
    scores: Floats
    gradients: StepGradients | None
    step_shares: Floats | None
    scouted: Scores | None = None
    tolerance: float | None = None
    contradicted: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "gradient_count", self.nodes.alphas.size)
        super().__post_init__()

    def without_film(self) -> Attribution:
        """The same, without the gradients at each step."""
        return replace(self, gradients=None)

    @property
    def nbytes(self) -> int:
        """The memory that map, scores and film take, in bytes."""
        return super().nbytes + (0 if self.gradients is None else self.gradients.nbytes)

    @property
    def within_tolerance(self) -> bool:
        """Whether an adaptive rule stopped because its map was good enough, not at its limit.

        A map whose gap its claim cannot explain is not called so.
        """
        if self.tolerance is None or self.error is None:
            return False
        return self.error <= self.tolerance and not self.disputed

    @cached_property
    def gap_of_swing(self) -> float:
        """The completeness gap over how far the score moves along the path.

        Beside a change that is nearly nothing every gap would be large. 0 where the gap is no more
        than the rounding of the scores themselves.
        """
        _, scores = self.curve
        gap, swing = self.completeness.gap, float(np.ptp(scores[:, 0]))
        if gap <= rounding(scores[:, 0]):
            return 0.0
        return gap / swing if swing > 0.0 else float("inf")

    @property
    def disputed(self) -> bool:
        """Whether the gap is more than the claimed error explains.

        Of a map with 5 % error the shares usually miss the change of the score by 1 to 6 %.
        """
        explained = EXPLAINED * max(self.error or 0.0, LEAST_CLAIM)
        return self.error is not None and self.gap_of_swing > explained

    @cached_property
    def unseen(self) -> tuple[float, float]:
        """The widest stretch of alpha in which neither a score nor a gradient was taken.

        What the score does there and takes back before its end, no rule can know.
        """
        alphas, _ = self.curve
        widest = int(np.argmax(np.diff(alphas)))
        return float(alphas[widest]), float(alphas[widest + 1])

    @cached_property
    def curve(self) -> tuple[Floats, Floats]:
        """All that is known of the score along the path: alphas (m,), scores (m, 1 + k)."""
        alphas = [np.array([0.0]), self.nodes.alphas, np.array([1.0])]
        scores = [self.score_baseline[None], self.scores, self.score_image[None]]
        if self.scouted is not None:
            alphas.append(self.scouted.alphas)
            scores.append(self.scouted.values)
        found, first = np.unique(np.concatenate(alphas), return_index=True)
        return read_only(found), read_only(np.concatenate(scores)[first])

    @cached_property
    def average_gradient(self) -> NDArray[np.float32]:
        """The average gradient along the path, shaped as the image: the map before (x - b).

        Exact where image and baseline differ; where they do not, to the 11 bits of the kept steps.
        Raises ValueError where they do not and the film was not kept.
        """
        difference = self.image - self.baseline
        average = np.zeros(difference.shape, np.float32)
        if self.gradients is not None:
            steps = np.asarray(self.gradients)
            average = combination(self.nodes.weights, steps).astype(np.float32)
        elif not difference.all():
            raise ValueError(
                "expected the gradients of each step, or an image that differs from its baseline "
                "everywhere; got neither: ask for the film"
            )
        np.divide(self.attribution, difference, out=average, where=difference != 0)
        return read_only(average)

    @cached_property
    def active_interval(self) -> ActiveInterval:
        """Where the curve still moves: the essays' "interesting gradients"."""
        alphas, scores = self.curve
        low, high = shortest_interval(alphas, scores[:, 0])
        inside = (self.nodes.alphas >= low) & (self.nodes.alphas <= high)
        share = None if self.step_shares is None else float(self.step_shares[inside].sum())
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
    tally.know(np.array([0.0, 1.0]), ends[:, 0])
    scores = np.empty((total, ends.shape[1]))
    keeper = GradientKeeper(pixels.shape, total)
    for first, values, gradients in sampler.gradients(nodes.alphas):
        for step, gradient in enumerate(gradients, first):
            tally.add(gradient, float(values[step - first, 0]))
            keeper.keep(step, gradient)
        scores[first : first + len(values)] = values
        if progress is not None:
            progress(first + len(values), total)
    kept = keeper.kept()
    return Attribution(
        image=pixels,
        baseline=start,
        attribution=tally.attribution,
        score_baseline=ends[0],
        score_image=ends[1],
        error=tally.error,
        nodes=nodes,
        scores=scores,
        gradients=kept,
        step_shares=step_shares(nodes.weights, kept, pixels - start, tally.attribution),
    )


def to_array(pixels: Tensor) -> NDArray[np.float32]:
    """A copy of (C, H, W) pixels on the CPU, float32."""
    return pixels.detach().to("cpu").numpy().astype(np.float32, copy=True)


def average(maps: Sequence[AttributionMap]) -> AttributionMap:
    """The mean of maps of one image and score from several baselines; ValueError of none.

    It adds up to F(x) - mean F(b) where each map does: both sides of completeness are averaged. Its
    error is at most the mean of the maps' own errors (triangle inequality), None if one is unknown.
    Source: Erion et al., "Improving performance of deep learning models with axiomatic attribution
    priors and expected gradients" (2021), eq. 2, for a finite set of baselines.
    """
    if not maps:
        raise ValueError("expected one map or more to average; got none")
    whole = _mean([m.attribution for m in maps])
    return AttributionMap(
        image=maps[0].image,
        baseline=_mean([m.baseline for m in maps]),
        attribution=whole,
        score_baseline=np.asarray(np.mean([m.score_baseline for m in maps], axis=0)),
        score_image=maps[0].score_image,
        gradient_count=sum(m.gradient_count for m in maps),
        error=_error_at_most(maps, norm(whole)),
    )


def _mean(arrays: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.asarray(np.mean(arrays, axis=0, dtype=np.float64), np.float32)


def _error_at_most(maps: Sequence[AttributionMap], size: float) -> float | None:
    errors = [None if m.error is None else m.error * norm(m.attribution) for m in maps]
    known = [error for error in errors if error is not None]
    if len(known) < len(maps):
        return None
    return relative_error((sum(known) / len(known)) ** 2, size)


Packed = tuple[str, NDArray[Any], tuple[int, ...]]


def pack_pixels(pixels: NDArray[np.float32]) -> Packed:
    """Pixels (C, ...) in the least room that keeps every bit: flat, levels of 8 bits, or as is."""
    flat = pixels[(slice(None), *[slice(1)] * (pixels.ndim - 1))]
    if np.array_equal(np.broadcast_to(flat, pixels.shape), pixels):
        return "flat", flat.copy(), pixels.shape
    levels = np.rint(pixels * 255).clip(0, 255).astype(np.uint8)
    if np.array_equal(_from_levels(levels), pixels):
        return "levels", levels, pixels.shape
    return "pixels", pixels, pixels.shape


def unpack_pixels(packed: Packed) -> NDArray[np.float32]:
    """The inverse of `pack_pixels`, bit for bit."""
    how, kept, shape = packed
    if how == "flat":
        return np.broadcast_to(kept, shape).astype(np.float32)
    return _from_levels(kept) if how == "levels" else kept


def _from_levels(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(levels.astype(np.float32) / np.float32(255))


def _arrays_in(values: Iterable[Any]) -> Iterator[NDArray[Any]]:
    return (value for value in values if isinstance(value, np.ndarray))
