"""Integrating gradients that are smooth along the path, and learning from them that they are.

The contributions c(alpha) are taken for a Gaussian process with one covariance for every pixel,

    k(s, t) = smooth(|tau(s) - tau(t)| / length) + share * (1 - |tau(s) - tau(t)|)

whose mean is unknown: a smooth part (Matern 5/2 or 7/2, or squared exponential), a part that jumps,
and a clock tau that may run faster where the score or the gradients move. Which of all these fits
is read off the gradients' own Gram matrix G (see `record`), by restricted likelihood:

    P  = K^-1 - K^-1 1 1' K^-1 / (1' K^-1 1)          what remains beside an unknown mean
    s2 = tr(P G) / (n - 1)                            the scale
    l  = -1/2 log |K| - 1/2 log (1' K^-1 1) - (n - 1)/2 log s2

The integral's weights are those of the process's mean given the nodes; they sum to 1. They are
averaged over the few kernels that fit best. (Rasmussen and Williams, "Gaussian Processes for
Machine Learning", 2006, ch. 2 and 5; O'Hagan, "Bayes-Hermite quadrature", 1991.)

How far off that integral is, no kernel can say that was chosen for its fit at the nodes: it may
promise too much or, more often, too little. So it is calibrated by the witness: between any two
places where the score is known the process foretells the score's change, and by how much it should
be wrong; by how much it is wrong gives the scale of the claim.

All of it is small: n x n matrices for a few dozen nodes, in plain numpy loops that leave BLAS's
threads asleep (see `vectors`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .error import Estimate, rounding
from .quadrature import Floats
from .record import Record

FEWEST, MOST = 6, 48  # nodes between which it is tried
LENGTHS = (0.1, 0.15, 0.25, 0.4, 0.65, 1.0, 1.6)
SHARES = (0.0, 0.03, 1.0)  # of the part that jumps
NUGGET = 1e-9  # of the variance: what float32 gradients cannot tell
WARPED = 0.8  # of the clock follows the curve, the rest is even
BEST, LIKELY = 6, 0.02  # so many kernels are averaged, those with at least this probability
SHARPNESS = 2.0  # of the likelihood: as if there were two independent pixels
FORETOLD = 0.7  # of a line's squared error at left-out nodes: at most that for a smooth curve
REFUTED = 9.0  # times the squared error foretold of the scores' changes
CANCEL = 0.02  # cells' errors are never trusted to cancel by more than this, squared
CAUTION = 1.1  # on the claim
POINTS, POINT_WEIGHTS = np.polynomial.legendre.leggauss(5)
POINTS, POINT_WEIGHTS = (POINTS + 1) / 2, POINT_WEIGHTS / 2

Kernel = Callable[[Floats], Floats]
SMOOTH: tuple[Kernel, ...] = (
    lambda r: (1 + r * (x := 5**0.5) + x**2 * r**2 / 3) * np.exp(-x * r),
    lambda r: (1 + r * (x := 7**0.5) + 0.4 * (x * r) ** 2 + (x * r) ** 3 / 15) * np.exp(-x * r),
    lambda r: np.exp(-(r**2) / 2),
)
"""Matern 5/2, Matern 7/2, squared exponential, of distances r over the length."""


@dataclass(frozen=True)
class _Model:
    """One covariance. clock: tau. smooth: the kernel's smooth part. length, share: as above."""

    clock: Callable[[Floats], Floats]
    smooth: Kernel
    length: float
    share: float

    def between(self, one: Floats, two: Floats) -> Floats:
        """Covariances (a, b) of clock readings (a,) and (b,)."""
        apart = np.abs(one[:, None] - two[None, :])
        return self.smooth(apart / self.length) + self.share * (1.0 - apart)


def smooth(record: Record) -> Estimate | None:
    """Weights and error for smooth gradients; None where they are not, or too few or many to tell.

    They count as smooth where a left-out node is foretold from the others much better than by the
    line between its neighbours, and the scores do not refute it.
    """
    if not FEWEST <= len(record) <= MOST:
        return None
    lines = _missed_by_lines(record)
    if not lines.expected > 0.0 or lines.kinds < 1.05:
        return None
    likely = _likely(record)
    fits = [(chance, _Fit(record, model)) for chance, model in likely]
    weights = np.sum([chance * fit.weights for chance, fit in fits], axis=0)
    weights = weights / weights.sum()  # it is 1 but for rounding
    left_out = sum(chance * fit.left_out for chance, fit in fits)
    inner = weights[1:-1] ** 2
    foretold = float((inner * left_out[1:-1]).sum() / (inner * lines.squares).sum())
    refuted = sum(chance * fit.surprise for chance, fit in fits) > REFUTED
    if refuted or foretold > FORETOLD * (1.0 - 1.0 / lines.kinds):
        return None
    apart = [chance * _squared(record, fit.weights - weights) for chance, fit in fits]
    squared = sum(apart) + sum(chance * fit.squared for chance, fit in fits)
    cells = np.sum([chance * fit.gains for chance, fit in fits], axis=0)
    return Estimate(weights, CAUTION**2 * float(squared), cells, contradicted=False, smooth=True)


def _squared(record: Record, weights: Floats) -> float:
    """|sum_k weights_k c_k|^2."""
    return record.size(weights) ** 2


@dataclass(frozen=True, eq=False)
class _Lines:
    """How far nodes lie off the line between their neighbours. squares: (n - 2,).

    kinds: in how many independent ways (the participation ratio); of one way alone it may be
    chance. expected: their sum.
    """

    squares: Floats
    kinds: float

    @property
    def expected(self) -> float:
        return float(self.squares.sum())


def _missed_by_lines(record: Record) -> _Lines:
    h = np.diff(record.alphas)
    left, right = h[1:] / (h[1:] + h[:-1]), h[:-1] / (h[1:] + h[:-1])
    n = len(record)
    off = np.zeros((n - 2, n))
    rows = np.arange(n - 2)
    off[rows, rows], off[rows, rows + 1], off[rows, rows + 2] = -left, 1.0, -right
    among = _product(_product(off, record.gram), off.T)
    squares = np.maximum(np.diagonal(among), 0.0)
    spread = float((among**2).sum())
    return _Lines(squares, float(squares.sum()) ** 2 / spread if spread > 0.0 else 1.0)


def _product(one: Floats, two: Floats) -> Floats:
    """The matrix product, by numpy's own loop."""
    return np.asarray(np.einsum("ik,kj->ij", one, two))


def _likely(record: Record) -> list[tuple[float, _Model]]:
    """The kernels that fit best, each with its probability."""
    models, covariances = [], []
    for clock in (_even, _by_score(record), _by_gradients(record)):
        ticks = clock(record.alphas)
        apart = np.abs(ticks[:, None] - ticks)
        for kernel in SMOOTH:
            for length in LENGTHS:
                at_nodes = kernel(apart / length)
                for share in SHARES:
                    models.append(_Model(clock, kernel, length, share))
                    covariances.append(at_nodes + share * (1.0 - apart))
    fit = _likelihoods(np.array(covariances), record.gram)
    best = np.argsort(-fit, kind="stable")[:BEST]
    chances = np.exp(SHARPNESS * (fit[best] - fit[best[0]]))
    kept = chances >= LIKELY * chances.sum()
    chances = np.where(kept, chances, 0.0) / chances[kept].sum()
    return [(float(c), models[k]) for c, k in zip(chances, best, strict=True) if c > 0.0]


def _likelihoods(covariances: Floats, gram: Floats) -> Floats:
    """The restricted log-likelihood (j,) of covariances (j, n, n), up to a constant."""
    n = len(gram)
    roots, inverses = _inverse_roots(covariances)
    ones = inverses.sum(axis=2)  # L^-1 1, (j, n)
    mean = (ones**2).sum(axis=1)  # 1' K^-1 1
    rows = np.einsum("jik,kl->jil", inverses, gram)
    trace = (rows * inverses).sum(axis=(1, 2))  # tr(K^-1 G)
    across = np.einsum("ji,jik->jk", ones, inverses)  # 1' K^-1
    scale = trace - np.einsum("jk,kl,jl->j", across, gram, across) / mean
    scale = np.maximum(scale / (n - 1), np.finfo(float).tiny)
    logs = np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1)
    return np.asarray(-logs - np.log(mean) / 2 - (n - 1) / 2 * np.log(scale))


def _inverse_roots(covariances: Floats) -> tuple[Floats, Floats]:
    """L with L L' = K + nugget, and L^-1, both (j, n, n), of covariances K (j, n, n)."""
    j, n, _ = covariances.shape
    rest = covariances + NUGGET * covariances[:, :1, :1] * np.eye(n)
    roots, inverses = np.zeros((j, n, n)), np.zeros((j, n, n))
    for k in range(n):
        pivots = np.sqrt(np.maximum(rest[:, k, k], NUGGET**1.5))
        roots[:, k:, k] = rest[:, k:, k] / pivots[:, None]
        roots[:, k, k] = pivots
        column = roots[:, k + 1 :, k]
        rest[:, k + 1 :, k + 1 :] -= column[:, :, None] * column[:, None, :]
        inverses[:, k, k] = 1.0 / pivots
        if k:
            known = np.einsum("ji,jim->jm", roots[:, k, :k], inverses[:, :k, :k])
            inverses[:, k, :k] = -known / pivots[:, None]
    return roots, inverses


class _Fit:
    """One model conditioned on the nodes. See `smooth` for what is read off it.

    weights: (n,). squared: the error of their sum, calibrated by the scores. left_out: (n,) squared
    distances of each node from what the others foretell. gains: (n - 1,). surprise: the squared
    errors of the scores' changes over those foretold.
    """

    def __init__(self, record: Record, model: _Model) -> None:
        self._record, self._model = record, model
        nodes = model.clock(record.alphas)
        _, (root,) = _inverse_roots(model.between(nodes, nodes)[None])
        self._inverse = _product(root.T, root)
        self._sums = self._inverse.sum(axis=1)
        self._mean = float(self._sums.sum())
        self._beside = self._inverse - self._sums[:, None] * self._sums / self._mean
        self._scale = float((self._beside * record.gram).sum()) / (len(record) - 1)
        self._integrate()
        residual = _product(_product(self._beside, record.gram), self._beside)
        self.left_out = np.diagonal(residual) / np.diagonal(self._beside) ** 2
        self.gains = self._gains(nodes)

    def _integrate(self) -> None:
        """Weights, and the error of each stretch between known scores and of all of them."""
        record, model = self._record, self._model
        known, scores = record.known
        h = np.diff(known)
        self._points = model.clock((known[:-1, None] + h[:, None] * POINTS).ravel())
        self._shares = (h[:, None] * POINT_WEIGHTS).ravel()
        stretches = _shape(self._cross(record.alphas), len(h))  # (m, n)
        inner = self._shares[:, None] * model.between(self._points, self._points) * self._shares
        within = inner.reshape(len(h), POINTS.size, len(h), POINTS.size).sum(axis=(1, 3))
        self._whole = stretches.sum(axis=0)
        unknown = h - _product(stretches, self._sums[:, None])[:, 0]
        weights = _product(stretches, self._beside) + h[:, None] * self._sums / self._mean
        errors = within - _product(_product(stretches, self._inverse), stretches.T)
        errors = errors + unknown[:, None] * unknown / self._mean
        self.weights = weights.sum(axis=0)
        self._calibrate(errors, within.sum(), np.diff(scores) - (weights * record.slopes).sum(1))

    def _calibrate(self, errors: Floats, whole: float, missed: Floats) -> None:
        """errors: (m, m), covariances. missed: (m,), what the scores' changes were wrong by."""
        slopes = self._record.slopes
        apart = np.maximum(np.diagonal(errors), 1e-12 * whole)
        along = float((slopes * _product(self._beside, slopes[:, None])[:, 0]).sum())
        expected = apart.sum() * max(along, 0.0) / (len(slopes) - 1)
        least = rounding(self._record.known[1])
        seen = float((missed**2).sum())
        self.surprise = seen / expected if expected > 0.0 else float(seen > len(missed) * least**2)
        trust = (1.0 + len(missed) * self.surprise) / (1.0 + len(missed))
        together = max(float(errors.sum()), CANCEL * float(apart.sum()))
        self.squared = max(self._scale, 0.0) * together * trust

    def _cross(self, alphas: Floats) -> Floats:
        """(points, n): covariances of the quadrature points with nodes, times their shares."""
        between = self._model.between(self._points, self._model.clock(alphas))
        return np.asarray(self._shares[:, None] * between)

    def _gains(self, nodes: Floats) -> Floats:
        """By how much a node in the middle of each cell would lower the squared error, (n - 1,)."""
        alphas = self._record.alphas
        middles = self._model.clock((alphas[1:] + alphas[:-1]) / 2)
        near = self._model.between(middles, nodes)  # (n - 1, n)
        unknown = 1.0 - _product(near, self._sums[:, None])[:, 0]
        left = 1.0 - float((self._whole * self._sums).sum())
        with_whole = self._cross((alphas[1:] + alphas[:-1]) / 2).sum(axis=0)
        known = _product(near, self._inverse)
        cross = with_whole - (known * self._whole).sum(1) + unknown * left / self._mean
        own = np.diagonal(self._model.between(middles, middles))
        spread = own - (known * near).sum(axis=1) + unknown**2 / self._mean
        return np.asarray(max(self._scale, 0.0) * cross**2 / np.maximum(spread, NUGGET))


def _shape(points: Floats, stretches: int) -> Floats:
    """Sums (m, n) over each stretch of values (m * POINTS, n)."""
    return np.asarray(points.reshape(stretches, POINTS.size, -1).sum(axis=1))


def _even(alphas: Floats) -> Floats:
    return alphas


def _by_score(record: Record) -> Callable[[Floats], Floats]:
    """A clock that runs faster where the score moves."""
    known, scores = record.known
    return _clock(known, np.sqrt(np.abs(np.diff(scores)) * np.diff(known)))


def _by_gradients(record: Record) -> Callable[[Floats], Floats]:
    """A clock that runs faster where the contributions move."""
    return _clock(record.alphas, np.sqrt(np.sqrt(record.squares) * np.diff(record.alphas)))


def _clock(alphas: Floats, moved: NDArray[np.floating]) -> Callable[[Floats], Floats]:
    """tau from 0 to 1 through the cumulated movement (m - 1,) between alphas (m,), smooth."""
    widths, total = np.diff(alphas), float(moved.sum())
    if total <= 0.0:
        return _even
    ticks = WARPED * moved / total + (1.0 - WARPED) * widths
    return _monotone(alphas, np.concatenate([[0.0], np.cumsum(ticks)]))


def _monotone(x: Floats, y: Floats) -> Callable[[Floats], Floats]:
    """The monotone cubic through rising points, straight beyond (Fritsch and Butland, 1984)."""
    h, rise = np.diff(x), np.diff(y) / np.diff(x)
    wide, narrow = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    middle = (wide + narrow) / (wide / rise[:-1] + narrow / rise[1:])
    slopes = np.concatenate([rise[:1], middle, rise[-1:]])

    def at(alphas: Floats) -> Floats:
        k = np.clip(np.searchsorted(x, alphas, side="right") - 1, 0, len(h) - 1)
        inside = np.clip(alphas, x[0], x[-1])
        beyond = (alphas - inside) * np.where(alphas < x[0], slopes[0], slopes[-1])
        t = (inside - x[k]) / h[k]
        up, down = t * t * (3 - 2 * t), t * (1 - t)
        bend = h[k] * down * ((1 - t) * slopes[k] - t * slopes[k + 1])
        return np.asarray(y[k] + up * (y[k + 1] - y[k]) + bend + beyond)

    return at
