"""Integrated Gradients over the straight path, by any quadrature rule.

    A_i = (x_i - b_i) * integral over alpha in [0, 1] of dF(b + alpha (x - b)) / dx_i
        ~ (x_i - b_i) * sum_k w_k * dF(b + alpha_k (x - b)) / dx_i

F: the score, x: the image, b: the baseline, (alpha_k, w_k): the rule's nodes.
Source: Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks" (2017), eq. 1 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .evidence import ActiveInterval, Completeness, shortest_interval, step_shares
from .path import along, check_pair
from .quadrature import Nodes

Array = TypeVar("Array", NDArray[np.float32], NDArray[np.float64])
Score = Callable[[Tensor], Tensor]
"""(n, C, H, W) -> (n,), or (n, 1 + k): column 0 is differentiated, the rest is only watched."""
Progress = Callable[[int, int], None]
"""Called with (gradients done, gradients in all) after every batch; raising in it ends the work."""


Turn = Callable[[], AbstractContextManager[None]]
"""Entered around every call of the score: where several share a machine, it waits for its turn."""


class Cancelled(Exception):  # noqa: N818 - an event asked for, not an error
    """The work was stopped because `cancelled()` said so; nothing is kept."""


class NotFiniteError(ValueError):
    """A score or gradient was NaN or infinite; the message names the step."""


@dataclass(frozen=True, eq=False)
class Attribution:
    """An attribution together with everything it was made from. All arrays are read-only.

    image, baseline, attribution: (C, H, W) float32, pixels in [0, 1], attribution in the score's
    unit. gradients: (n, C, H, W) float32, score per pixel unit. nodes: alphas and weights, (n,).
    scores: (n, 1 + k), score_baseline, score_image: (1 + k,), column 0 the target's, then rivals'.
    """

    image: NDArray[np.float32]
    baseline: NDArray[np.float32]
    nodes: Nodes
    gradients: NDArray[np.float32]
    scores: NDArray[np.float64]
    score_baseline: NDArray[np.float64]
    score_image: NDArray[np.float64]

    @cached_property
    def attribution(self) -> NDArray[np.float32]:
        """(C, H, W): the path integral, summed in float64 so that the order does not matter."""
        integral = np.tensordot(self.nodes.weights, self.gradients, axes=1)
        difference = self.image.astype(np.float64) - self.baseline
        return _read_only((difference * integral).astype(np.float32))

    @cached_property
    def completeness(self) -> Completeness:
        """Both sides of the completeness axiom for the target's score."""
        return Completeness(
            attribution_sum=float(self.attribution.sum(dtype=np.float64)),
            score_baseline=float(self.score_baseline[0]),
            score_image=float(self.score_image[0]),
        )

    @cached_property
    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The score along the path with both ends: alphas (n + 2,), scores (n + 2, 1 + k)."""
        alphas = np.concatenate([[0.0], self.nodes.alphas, [1.0]])
        scores = np.vstack([self.score_baseline, self.scores, self.score_image])
        return alphas, scores

    @cached_property
    def active_interval(self) -> ActiveInterval:
        """Where the curve still moves: the essays' "interesting gradients"."""
        alphas, scores = self.curve
        low, high = shortest_interval(alphas, scores[:, 0])
        shares = step_shares(
            self.nodes.weights, self.gradients, self.image - self.baseline, self.attribution
        )
        inside = (self.nodes.alphas >= low) & (self.nodes.alphas <= high)
        share = None if shares is None else float(shares[inside].sum())
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
    """Attribute score(image) - score(baseline) to the pixels.

    image, baseline: (C, H, W) float tensors in pixel space, on the device where `score` works.
    batch_size: pictures a call; it changes memory and speed, never the result. Running out of
    memory halves it and goes on. turn: entered around every call of `score`. Raises ValueError on
    mismatched shapes, NotFiniteError on a NaN or infinite score or gradient, Cancelled when
    `cancelled()` turns true.
    """
    check_pair(image, baseline)
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1; got {batch_size}")
    with turn():
        ends = _score_only(score, torch.stack([baseline, image]))
    scores, gradients = [], []
    total = nodes.alphas.size
    for start, values, slopes in _sweep(score, image, baseline, nodes, batch_size, cancelled, turn):
        _require_finite(values, slopes, start, nodes)
        scores.append(values)
        gradients.append(slopes)
        if progress is not None:
            progress(start + len(values), total)
    return Attribution(
        image=_read_only(_numpy(image).copy()),
        baseline=_read_only(_numpy(baseline).copy()),
        nodes=nodes,
        gradients=_read_only(np.concatenate(gradients)),
        scores=_read_only(np.concatenate(scores)),
        score_baseline=ends[0],
        score_image=ends[1],
    )


def _sweep(
    score: Score,
    image: Tensor,
    baseline: Tensor,
    nodes: Nodes,
    batch_size: int,
    cancelled: Callable[[], bool] | None,
    turn: Turn,
) -> Iterator[tuple[int, NDArray[np.float64], NDArray[np.float32]]]:
    """Yield (first step, scores, gradients) by batches, halving them when memory is short."""
    alphas = torch.from_numpy(nodes.alphas)
    start = 0
    while start < len(alphas):
        if cancelled is not None and cancelled():
            raise Cancelled(f"stopped after {start} of {len(alphas)} gradients")
        try:
            with turn():
                pictures = along(image, baseline, alphas[start : start + batch_size])
                values, slopes = _differentiate(score, pictures)
        except (RuntimeError, MemoryError) as error:
            if batch_size == 1 or not _is_out_of_memory(error):
                raise
            batch_size = max(1, batch_size // 2)
            continue
        yield start, values, slopes
        start += len(values)


def _differentiate(
    score: Score, pictures: Tensor
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Scores (n, 1 + k) and the gradients of column 0, (n, C, H, W), of pictures (n, C, H, W)."""
    with torch.enable_grad():
        leaves = pictures.detach().requires_grad_(True)
        values = _columns(score(leaves), len(leaves))
        if not values.requires_grad:
            raise ValueError("the score does not depend on the pixels in a differentiable way")
        # a picture's score depends on that picture alone: the sum's gradient is each one's own
        (slopes,) = torch.autograd.grad(values[:, 0].sum(), leaves)
    return _numpy(values).astype(np.float64), _numpy(slopes)


def _score_only(score: Score, pictures: Tensor) -> NDArray[np.float64]:
    """Scores (n, 1 + k) of pictures (n, C, H, W) at the two ends, checked to be finite."""
    with torch.no_grad():
        values = _numpy(_columns(score(pictures), len(pictures))).astype(np.float64)
    for name, row in zip(("baseline", "image"), values, strict=True):
        if not np.isfinite(row).all():
            raise NotFiniteError(f"the score of the {name} is NaN or infinite; expected a number")
    return values


def _columns(values: Tensor, n: int) -> Tensor:
    columns = values.unsqueeze(1) if values.ndim == 1 else values
    if columns.ndim != 2 or columns.shape[0] != n or columns.shape[1] < 1:
        raise ValueError(
            f"the score must return ({n},) or ({n}, 1 + rivals); got {tuple(values.shape)}"
        )
    return columns


def _require_finite(
    values: NDArray[np.float64], slopes: NDArray[np.float32], start: int, nodes: Nodes
) -> None:
    fine = {
        "score": np.isfinite(values).all(axis=1),
        "gradient": np.isfinite(slopes.reshape(len(slopes), -1)).all(axis=1),
    }
    for what, good in fine.items():
        if not good.all():
            step = start + int(np.argmin(good))
            raise NotFiniteError(
                f"the {what} at step {step + 1} of {nodes.alphas.size} "
                f"(alpha {nodes.alphas[step]:.3f}) is NaN or infinite; expected finite numbers"
            )


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()  # the CPU allocator raises a plain RuntimeError
    return "out of memory" in text or "not enough memory" in text or "can't allocate" in text


def _numpy(values: Tensor) -> NDArray[np.float32]:
    return values.detach().to("cpu", torch.float32).numpy()


def _read_only(values: Array) -> Array:
    values.setflags(write=False)
    return values
