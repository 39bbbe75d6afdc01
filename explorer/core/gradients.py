"""Scores and gradients at points of the path, taken batch by batch; and how they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

from .path import along, check_pair
from .quadrature import Floats
from .sealed import read_only

Score = Callable[[Tensor], Tensor]
"""(n, C, H, W) -> (n,), or (n, 1 + k): column 0 is differentiated, the rest is only watched."""
Turn = Callable[[], AbstractContextManager[None]]
"""Entered around every call of the score: where several share a machine, it waits for its turn."""


INDEPENDENT = "the score does not depend on the pixels in a differentiable way"
MOST_COLUMNS = 10  # more are a model's classes, among which nobody chose


class Cancelled(Exception):  # noqa: N818 - an event asked for, not an error
    """The work was stopped because `cancelled()` said so; nothing is kept."""


class NotFiniteError(ValueError):
    """A score or gradient was NaN or infinite; the message names where."""


class StepGradients(Sequence[NDArray[np.float32]]):
    """Gradients (n, C, H, W) kept in half the room: float16, each step scaled by its largest.

    An element keeps 11 bits, and what is below 3e-8 of its step's largest becomes 0. A step read
    by index is float32 (C, H, W); numpy.asarray gives all of them. Read-only.
    """

    def __init__(self, codes: NDArray[np.float16], scales: NDArray[np.float32]) -> None:
        """codes: (n, C, H, W) in [-1, 1]. scales: (n,), by which they are multiplied."""
        self._codes, self._scales = read_only(codes), read_only(scales)

    def __reduce__(self) -> tuple[type[StepGradients], tuple[NDArray[Any], NDArray[Any]]]:
        return StepGradients, (self._codes, self._scales)  # numpy's pickles can be written again

    @classmethod
    def of(cls, gradients: Sequence[NDArray[np.float32]]) -> StepGradients:
        """Keep n >= 1 gradients (C, H, W)."""
        keeper = GradientKeeper(gradients[0].shape, len(gradients))
        for step, gradient in enumerate(gradients):
            keeper.keep(step, gradient)
        return keeper.kept()

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, C, H, W)."""
        return self._codes.shape

    @property
    def nbytes(self) -> int:
        """The memory they take, in bytes."""
        return self._codes.nbytes + self._scales.nbytes

    def __len__(self) -> int:
        return len(self._codes)

    @overload
    def __getitem__(self, step: int) -> NDArray[np.float32]: ...
    @overload
    def __getitem__(self, step: slice) -> Sequence[NDArray[np.float32]]: ...
    def __getitem__(self, step: int | slice) -> Any:
        if isinstance(step, slice):
            return [self[k] for k in range(*step.indices(len(self)))]
        return self._codes[step].astype(np.float32) * self._scales[step]

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        scales = self._scales.reshape(-1, *[1] * (self._codes.ndim - 1))
        return np.asarray(self._codes.astype(np.float32) * scales, dtype or np.float32)


class GradientKeeper:
    """Takes in gradients step by step, as they are computed; what is kept is then read-only."""

    def __init__(self, shape: tuple[int, ...], count: int) -> None:
        """shape: (C, H, W) of each of so many gradients; what is not taken in stays zero."""
        self._codes = np.zeros((count, *shape), np.float16)
        self._scales = np.ones(count, np.float32)

    def keep(self, step: int, gradient: NDArray[np.float32]) -> None:
        """Take in one step's gradient (C, H, W); ValueError once they have been handed out."""
        largest = np.float32(np.abs(gradient).max(initial=0.0))
        self._scales[step] = largest if largest > 0 else 1.0
        self._codes[step] = gradient / self._scales[step]

    def kept(self) -> StepGradients:
        """All that was taken in. From now on nothing more is."""
        return StepGradients(self._codes, self._scales)


@dataclass(eq=False)
class Sampler:
    """The score and its gradient along one path, whatever the batch.

    image, baseline: (C, H, W) in pixel space, on the device where `score` works. batch_size:
    pictures a call; running out of memory halves it for good and goes on. Raises ValueError on
    mismatched shapes, and its methods NotFiniteError and Cancelled.
    """

    score: Score
    image: Tensor
    baseline: Tensor
    batch_size: int = 16
    cancelled: Callable[[], bool] | None = None
    turn: Turn = nullcontext

    def __post_init__(self) -> None:
        check_pair(self.image, self.baseline)
        if torch.is_inference_mode_enabled():
            raise ValueError(
                "no gradient can be taken inside torch.inference_mode(); call this outside of it"
            )
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1; got {self.batch_size}")

    def scores(self, alphas: Floats) -> Floats:
        """Scores (n, 1 + k) alone at alphas (n,): no gradient, a third to a half of its price."""
        batches = list(self._batches(alphas, self._score_only))
        return np.concatenate([values for _, values in batches])

    def gradients(self, alphas: Floats) -> Iterator[tuple[int, Floats, NDArray[np.float32]]]:
        """Yield (first index, scores (m, 1 + k), gradients (m, C, H, W)) batch by batch."""
        for start, (values, slopes) in self._batches(alphas, self._differentiate):
            yield start, values, slopes

    def _batches(
        self, alphas: Floats, evaluate: Callable[[Tensor, Floats], Any]
    ) -> Iterator[tuple[int, Any]]:
        start = 0
        while start < len(alphas):
            if self.cancelled is not None and self.cancelled():
                raise Cancelled(f"stopped after {start} of {len(alphas)} gradients")
            batch = alphas[start : start + self.batch_size]
            try:
                with self.turn():
                    pictures = along(self.image, self.baseline, torch.tensor(batch))
                    found = evaluate(pictures, batch)
            except (RuntimeError, MemoryError) as error:
                if self.batch_size == 1 or not _is_out_of_memory(error):
                    raise
                self.batch_size = max(1, self.batch_size // 2)
                continue
            yield start, found
            start += len(batch)

    def _score_only(self, pictures: Tensor, alphas: Floats) -> Floats:
        with torch.no_grad():
            values = _exactly(_columns(self.score(pictures), len(pictures)))
        _require_finite("score", values, alphas)
        return values

    def _differentiate(
        self, pictures: Tensor, alphas: Floats
    ) -> tuple[Floats, NDArray[np.float32]]:
        with torch.enable_grad():
            leaves = pictures.detach().requires_grad_(True)
            values = _columns(self.score(leaves), len(leaves))
            if not values.requires_grad:
                raise ValueError(INDEPENDENT)
            # a picture's score depends on that picture alone: the sum's gradient is each one's own
            (slopes,) = torch.autograd.grad(values[:, 0].sum(), leaves, allow_unused=True)
        if slopes is None:
            raise ValueError(INDEPENDENT)
        scores, gradients = _exactly(values), _numpy(slopes)
        _require_finite("score", scores, alphas)
        _require_finite("gradient", gradients, alphas)
        return scores, gradients


def _columns(values: Tensor, n: int) -> Tensor:
    if values.ndim == 2 and values.shape[1] > MOST_COLUMNS:
        raise ValueError(
            f"the score must return one number a picture, and at most {MOST_COLUMNS - 1} rivals' "
            f"beside it; got {tuple(values.shape)}: choose a class, as Target(index).scores does"
        )
    columns = values.unsqueeze(1) if values.ndim == 1 else values
    if columns.ndim != 2 or columns.shape[0] != n or columns.shape[1] < 1:
        raise ValueError(
            f"the score must return ({n},) or ({n}, 1 + rivals); got {tuple(values.shape)}"
        )
    return columns


def _require_finite(what: str, values: NDArray[Any], alphas: Floats) -> None:
    good = np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    if not good.all():
        alpha = alphas[int(np.argmin(good))]
        place = {0.0: "the baseline", 1.0: "the image"}.get(float(alpha), f"alpha {alpha:.3f}")
        raise NotFiniteError(f"the {what} at {place} is NaN or infinite; expected finite numbers")


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()  # the CPU allocator raises a plain RuntimeError
    return "out of memory" in text or "not enough memory" in text or "can't allocate" in text


def _numpy(values: Tensor) -> NDArray[np.float32]:
    return values.detach().to("cpu", torch.float32).contiguous().numpy()


def _exactly(values: Tensor) -> Floats:
    """Scores keep all the digits they came with: their differences are what counts."""
    return np.asarray(values.detach().to("cpu", torch.float64).numpy())
