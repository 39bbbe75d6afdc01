"""A rule's integral, summed as its gradients come, and the error that they tell of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .error import Spread, best_weights, relative_error
from .quadrature import Floats, Nodes
from .record import Record
from .smooth import MOST, smooth
from .vectors import inner, norm


class Tally:
    """A rule's integral and its error estimate, gradient by gradient: nothing else is kept.

    difference: x - b, (C, H, W). Gradients (C, H, W) come in the order of the nodes, with the
    target's score there where it is known. Of a few dozen nodes their Gram matrix is kept as well:
    where gradients are smooth along the path, the error is told by that (see `smooth`).
    """

    def __init__(self, nodes: Nodes, difference: NDArray[np.floating]) -> None:
        self._nodes, self._difference = nodes, difference
        self._surplus = nodes.weights - best_weights(nodes.alphas)
        self._sum = np.zeros(difference.shape, np.float64)
        self._beyond = np.zeros(difference.shape, np.float64)
        self._last: NDArray[np.floating] | None = None
        self._step: NDArray[np.floating] | None = None
        self._squares: list[float] = []
        self._crosses: list[float] = []
        self._done = 0
        alphas = nodes.alphas
        told_apart = alphas.size < 2 or float(np.diff(alphas).min()) > 0.0
        self._record = Record(difference) if alphas.size <= MOST and told_apart else None

    def know(self, alphas: Floats, scores: Floats) -> None:
        """Take in scores (m,) of the target taken elsewhere, both ends' among them."""
        if self._record is not None:
            self._record.know(alphas, scores)

    def add(self, gradient: NDArray[np.float32], score: float | None = None) -> None:
        """Take in the next node's gradient, and its score."""
        if score is None:
            self._record = None
        if self._record is not None and score is not None:
            self._record.add(float(self._nodes.alphas[self._done]), score, gradient)
        self._sum += self._nodes.weights[self._done] * gradient.astype(np.float64)
        if abs(self._surplus[self._done]) > 1e-12:
            self._beyond += self._surplus[self._done] * gradient
        contribution = (gradient * self._difference).ravel()
        if self._last is not None:
            step = contribution - self._last
            self._squares.append(inner(step, step))
            if self._step is not None:
                self._crosses.append(inner(self._step, step))
            self._step = step
        self._last = contribution
        self._done += 1

    @property
    def attribution(self) -> NDArray[np.float32]:
        """(C, H, W): (x - b) times the integral, summed in float64 so that no batch matters."""
        return (self._difference.astype(np.float64) * self._sum).astype(np.float32)

    @property
    def error(self) -> float | None:
        """|A - A_true| / |A|, estimated; None where one gradient says nothing about it."""
        if len(self._squares) < 1:
            return None
        found = None if self._record is None else smooth(self._record)
        if found is not None and self._record is not None:
            apart = self._record.size(self._nodes.weights - found.weights) ** 2
            return relative_error(found.squared + apart, norm(self.attribution))
        spread = Spread(self._squares, self._crosses)
        beyond = norm(self._beyond * self._difference) ** 2
        squared = spread.squared_error(self._nodes.alphas) + beyond
        return relative_error(squared, norm(self.attribution))
