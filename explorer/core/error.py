"""How far off a map is, read off the gradients it was made of.

A ReLU network's gradient jumps along the path wherever a unit switches, in many small jumps: a
random walk in alpha, whose squared step over a cell of width h has the mean s^2 h. Of such a walk,
known only at the nodes, the best guess of the integral is the trapezoid (constant beyond the outer
nodes), and the mean of its squared error is

    sum_k s_k^2 h_k^3 / 12    (cells between nodes)    +    s^2 a^3 / 3    (an open end of width a)

(Diaconis, "Bayesian Numerical Analysis", 1988; the first term is the variance of the integral of a
Brownian bridge.) A rule with other weights adds the distance of its own sum from that guess. Over
a hundred thousand pixels the mean is all but certain, so its root is an estimate of the error. It
holds for every rule, needs no further gradient, and owes nothing to the completeness gap, which is
one number and can be small by luck.

s_k^2 is read off the cell's own two ends, |g_b - g_a|^2 / h, and off how far each node lies from
the line between its neighbours, which a smooth curve makes small; the smaller of the two counts.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from .quadrature import Floats, Nodes
from .vectors import inner, norm


def best_weights(alphas: Floats) -> Floats:
    """Weights (n,) of the trapezoid between nodes, constant beyond the first and the last."""
    edges = np.concatenate([[0.0], (alphas[1:] + alphas[:-1]) / 2, [1.0]])
    return np.asarray(np.diff(edges))


class Spread:
    """How the contributions c = (x - b) g change from node to node.

    squares: (n - 1,) |c_{k+1} - c_k|^2. crosses: (n - 2,) the inner product of neighbouring
    differences. Both in the score's unit, squared.
    """

    def __init__(self, squares: Iterable[float], crosses: Iterable[float]) -> None:
        self.squares = np.asarray(list(squares), np.float64)
        self.crosses = np.asarray(list(crosses), np.float64)

    def rates(self, alphas: Floats) -> Floats:
        """s^2 of every cell, (n - 1,), for nodes at alphas (n,)."""
        widths = np.maximum(np.diff(alphas), 1e-12)  # two nodes may coincide
        walked = self.squares / widths
        if len(widths) < 2:
            return walked
        h, k = widths[:-1], widths[1:]
        bends = k**2 * self.squares[:-1] + h**2 * self.squares[1:] - 2 * h * k * self.crosses
        bent = np.maximum(bends, 0.0) / (h * k * (h + k))
        beside = (np.concatenate([bent[:1], bent]) + np.concatenate([bent, bent[-1:]])) / 2
        return np.asarray(np.minimum(walked, beside))

    def cell_errors(self, alphas: Floats) -> Floats:
        """The squared error expected of each cell's trapezoid, (n - 1,)."""
        return np.asarray(self.rates(alphas) * np.diff(alphas) ** 3 / 12)

    def squared_error(self, alphas: Floats) -> float:
        """The squared error expected of the trapezoid over the whole path; needs two nodes."""
        rates = self.rates(alphas)
        ends = rates[0] * alphas[0] ** 3 + rates[-1] * (1.0 - alphas[-1]) ** 3
        return float(self.cell_errors(alphas).sum() + ends / 3)


def relative_error(squared: float, size: float) -> float:
    """sqrt(squared) / size, where size is |A|; 0 if both vanish, inf if only the map does."""
    if squared <= 0.0:
        return 0.0
    return float(np.sqrt(squared)) / size if size > 0.0 else float("inf")


class Tally:
    """A rule's integral and its error estimate, gradient by gradient: nothing else is kept.

    difference: x - b, (C, H, W). Gradients (C, H, W) come in the order of the nodes.
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

    def add(self, gradient: NDArray[np.float32]) -> None:
        """Take in the next node's gradient."""
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
        spread = Spread(self._squares, self._crosses)
        beyond = norm(self._beyond * self._difference) ** 2
        squared = spread.squared_error(self._nodes.alphas) + beyond
        return relative_error(squared, norm(self.attribution))
