"""Many inputs at once, each with its own baseline and its own target.

    A_i = (x_i - b_i) * integral of d model(b + alpha (x - b))[target] / dx_i

A path is walked for each input, because each needs its gradients elsewhere; the points of one path
go through the model together. Inputs may have any shape: pictures (C, H, W), rows (features,),
volumes (C, D, H, W).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .adaptive import adaptive_gradients
from .attribution import Attribution, Score, integrated_gradients
from .quadrature import Nodes

Model = Callable[[Tensor], Tensor]
"""(n, ...) -> (n, classes): one number a class, which is taken as it comes (a logit, a share)."""


def attribute_each(
    model: Model,
    inputs: Tensor,
    baselines: Tensor,
    targets: int | Sequence[int] | Tensor,
    *,
    nodes: Nodes | None = None,
    tolerance: float = 0.05,
    most: int = 100,
    batch_size: int = 16,
) -> list[Attribution]:
    """One attribution for each of n inputs.

    inputs: (n, ...). baselines: (n, ...), or one for all of them, shaped as one input. targets: a
    class index for each, or one for all. nodes: of a fixed rule; without them gradients go where
    they are needed until the error is `tolerance`, at most `most` of them. Raises ValueError where
    shapes, numbers of targets or classes do not fit, and what `integrated_gradients` raises.
    """
    if inputs.ndim < 2:
        raise ValueError(f"expected inputs (n, ...), one or more; got {tuple(inputs.shape)}")
    chosen = _for_each(targets, len(inputs))
    found = []
    for one, baseline, target in zip(inputs, _beside(inputs, baselines), chosen, strict=True):
        score = score_of(model, target)
        if nodes is not None:
            found.append(integrated_gradients(score, one, baseline, nodes, batch_size=batch_size))
            continue
        found.append(
            adaptive_gradients(
                score, one, baseline, tolerance=tolerance, most=most, batch_size=batch_size
            )
        )
    return found


def score_of(model: Model, target: int) -> Score:
    """The score of one class: (n, ...) -> (n,); it raises ValueError on a class out of range."""

    def score(points: Tensor) -> Tensor:
        values = model(points)
        if values.ndim != 2 or not 0 <= target < values.shape[1]:
            raise ValueError(
                f"expected (n, classes) from the model, class {target} among them; "
                f"got {tuple(values.shape)}"
            )
        return values[:, target]

    return score


def _for_each(targets: int | Sequence[int] | Tensor, count: int) -> list[int]:
    given = targets.tolist() if isinstance(targets, Tensor) else targets
    chosen = [given] * count if isinstance(given, int) else list(given)
    if len(chosen) != count or not all(type(target) is int for target in chosen):
        raise ValueError(
            f"expected a class index for each of {count} inputs, or one for all; "
            f"got {targets!r:.80}"
        )
    return chosen


def _beside(inputs: Tensor, baselines: Tensor) -> Tensor:
    """A baseline for each input: (n, ...)."""
    if not isinstance(baselines, Tensor) or baselines.shape not in (inputs.shape, inputs.shape[1:]):
        got = tuple(baselines.shape) if isinstance(baselines, Tensor) else repr(baselines)
        raise ValueError(
            f"expected baselines {tuple(inputs.shape)}, or one {tuple(inputs.shape[1:])}; "
            f"got {got}: torch.zeros_like(inputs) makes black ones"
        )
    return torch.broadcast_to(baselines, inputs.shape)
