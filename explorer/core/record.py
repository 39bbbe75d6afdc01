"""What the gradients taken so far tell: all that weights and error estimates are read off.

    c(alpha) = (x - b) g(alpha)              contributions: the map is their integral
    G_ij     = <c(alpha_i), c(alpha_j)>      their Gram matrix, from sketches (see `vectors`)
    S'(alpha) = sum c(alpha)                 the chain rule: the score's own slope

The last line is a free witness. Between any two places where the score is known, its change is the
integral of S' exactly, so every way to integrate the contributions can be held against it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .quadrature import Floats
from .vectors import Sketch


class Record:
    """Nodes in ascending order, each with its score, its slope and its place in the Gram matrix.

    difference: x - b, of any shape. alphas, slopes: (n,). known: alphas and scores (m,) wherever
    the target's score is known, the nodes among them.
    """

    def __init__(self, difference: NDArray[np.floating]) -> None:
        self._difference = difference.ravel()
        self._sketch = Sketch(difference.size)
        self._rows = np.empty((0, 0))  # in the order in which they came, with room for more
        self._products = np.empty((0, 0))
        self._order: list[int] = []
        self._gram: Floats | None = None
        self._places: dict[float, float] = {}
        self.alphas: Floats = np.empty(0)
        self.slopes: Floats = np.empty(0)

    def __len__(self) -> int:
        return len(self.alphas)

    def know(self, alphas: Floats, scores: Floats) -> None:
        """Take in scores (m,) of the target at alphas (m,), taken without gradients."""
        self._places.update(zip(alphas.tolist(), scores.tolist(), strict=True))

    def add(self, alpha: float, score: float, gradient: NDArray[np.floating]) -> int:
        """Take in one node, gradient shaped as the difference; returns its place in the order."""
        place = int(np.searchsorted(self.alphas, alpha))
        contributions = gradient.ravel() * self._difference
        self._keep(self._sketch.of(contributions))
        self._order.insert(place, len(self))
        self.alphas = np.insert(self.alphas, place, alpha)
        self.slopes = np.insert(self.slopes, place, contributions.sum(dtype=np.float64))
        self._places[alpha] = score
        self._gram = None
        return place

    def _keep(self, row: Floats) -> None:
        """A further sketch (m,), and its products with all others."""
        n = len(self)
        if n == len(self._rows):
            rows, products = self._rows, self._products
            self._rows = np.empty((2 * n + 16, row.size))
            self._products = np.empty((2 * n + 16, 2 * n + 16))
            if n:
                self._rows[:n], self._products[:n, :n] = rows, products
        self._rows[n] = row
        products = np.einsum("m,nm->n", row, self._rows[: n + 1])
        self._products[n, : n + 1] = self._products[: n + 1, n] = products

    @property
    def gram(self) -> Floats:
        """(n, n), in the order of alpha."""
        if self._gram is None:
            self._gram = self._products[np.ix_(self._order, self._order)]
        return self._gram

    @property
    def known(self) -> tuple[Floats, Floats]:
        """Every place where the score is known, (m,) ascending, and the scores there, (m,)."""
        alphas = np.array(sorted(self._places))
        return alphas, np.array([self._places[alpha] for alpha in alphas.tolist()])

    @property
    def squares(self) -> Floats:
        """(n - 1,): |c_{k+1} - c_k|^2."""
        diagonal = np.diagonal(self.gram)
        between = np.diagonal(self.gram, 1)
        return np.maximum(diagonal[1:] + diagonal[:-1] - 2 * between, 0.0)

    @property
    def crosses(self) -> Floats:
        """(n - 2,): the inner product of neighbouring differences."""
        one, two = np.diagonal(self.gram, 1), np.diagonal(self.gram, 2)
        return np.asarray(one[:-1] + one[1:] - two - np.diagonal(self.gram)[1:-1])

    def size(self, weights: Floats) -> float:
        """|sum_k weights_k c_k| for weights (n,)."""
        squared = float(np.einsum("i,ij,j->", weights, self.gram, weights))
        return float(np.sqrt(max(squared, 0.0)))
