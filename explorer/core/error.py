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
the line between its neighbours, which a smooth curve makes small; the smaller of the two counts. A
node whose neighbours are unequally far tells nothing in that way unless the three lie nearly on a
line: a jump in the wide cell beside a narrow one hardly moves the node off it.

The scores are a witness that costs nothing: the score's own change over a cell, less the trapezoid
of its slope <x - b, g>, is what this cell's integral missed, summed over the pixels. Brought to the
map's own measure by |c| / |sum c| (root mean squares along the path), it may be up to DOUBT times
what the jumps let expect; where it is more, the cell hides a cliff, and the witness is believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .quadrature import Floats
from .record import Record

ALIKE = 1.5  # neighbouring cells are compared up to this ratio of their widths
STRAIGHT = 0.25  # of what two independent changes bend: below it three nodes are on a line
ENOUGH = 6  # nodes between comparable neighbours, before anything is read off all of them
DOUBT = 2.5  # times what the jumps let expect: then a cell's score contradicts its gradients
DOUBT_OF_ALL = 1.5  # the same for the whole path, whose cells' errors add up
NOTHING = 1e-5  # of the score's whole way: a cell that misses less hides nothing
ROUNDING = 2.0**-22  # of the largest score: what a float32 score cannot tell


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
        jumps = bends > STRAIGHT * (k**2 * self.squares[:-1] + h**2 * self.squares[1:])
        bent[jumps & (np.maximum(h, k) > ALIKE * np.minimum(h, k))] = np.inf
        beside = (np.concatenate([bent[:1], bent]) + np.concatenate([bent, bent[-1:]])) / 2
        return np.asarray(np.minimum(walked, beside))

    def flicker(self, alphas: Floats) -> float:
        """How many times the walk's squared error to expect of gradients without memory, 1 to 6.

        Steps of a walk are independent. Of values that are (spikes narrower than the cells), each
        step takes back half of the last one, so that a node is off the line between its neighbours
        by 3/2 of what a walk's would be, and the error of the sum is sqrt(6) times as large.
        """
        h, k = np.diff(alphas)[:-1], np.diff(alphas)[1:]
        alike = np.maximum(h, k) <= ALIKE * np.minimum(h, k)
        walk = k**2 * self.squares[:-1] + h**2 * self.squares[1:]
        bends = float((walk - 2 * h * k * self.crosses)[alike].sum())
        expected = float(walk[alike].sum())
        if alike.sum() < ENOUGH or expected <= 0.0:
            return 1.0
        return 1.0 + 5.0 * min(max((bends / expected - 1.3) / 0.2, 0.0), 1.0)

    def cell_errors(self, alphas: Floats) -> Floats:
        """The squared error expected of each cell's trapezoid, (n - 1,)."""
        return np.asarray(self.rates(alphas) * np.diff(alphas) ** 3 / 12)

    def squared_error(self, alphas: Floats) -> float:
        """The squared error expected of the trapezoid over the whole path; needs two nodes."""
        rates = self.rates(alphas)
        ends = rates[0] * alphas[0] ** 3 + rates[-1] * (1.0 - alphas[-1]) ** 3
        return float(self.cell_errors(alphas).sum() + ends / 3)


@dataclass(frozen=True, eq=False)
class Estimate:
    """How to integrate, and how far off that is. All squared numbers in the score's unit, squared.

    weights: (n,), summing to 1. squared: of the map's error, expected. cells: (n - 1,), what is
    won, about, by a further node in the middle of each cell. contradicted: whether the scores
    speak against what the gradients let expect, and the error was raised for it. smooth: whether
    the gradients were found to be smooth along the path.
    """

    weights: Floats
    squared: float
    cells: Floats
    contradicted: bool
    smooth: bool = False

    def error(self, record: Record) -> float:
        """|A - A_true| / |A|, expected."""
        return relative_error(self.squared, record.size(self.weights))


def rough(record: Record) -> Estimate:
    """The trapezoid of gradients that jump; needs two nodes, the first at 0 and the last at 1."""
    alphas, weights = record.alphas, best_weights(record.alphas)
    spread = Spread(record.squares, record.crosses)
    jumps = spread.flicker(alphas) * spread.cell_errors(alphas)
    missed = _missed(record) * _measure(record, weights)
    hidden = missed**2 > DOUBT**2 * jumps
    cells = np.where(hidden, np.maximum(missed**2, jumps), jumps)
    squared, whole = float(cells.sum()), float(missed.sum() ** 2)
    off = whole > DOUBT_OF_ALL**2 * squared
    return Estimate(weights, whole if off else squared, cells, bool(off or hidden.any()))


def _missed(record: Record) -> Floats:
    """What the trapezoid of the slopes misses of the score in each cell, (n - 1,); noise is 0.

    Where the score is known inside a cell as well, what it does there and takes back counts half,
    as it would if it had not been taken back.
    """
    known, scores = record.known
    missed = np.diff(scores) - np.diff(_risen(record, known))
    cell = np.searchsorted(record.alphas, known[1:], side="left") - 1
    whole = np.bincount(cell, missed, len(record) - 1)
    within = np.bincount(cell, np.abs(missed), len(record) - 1) / 2
    found = np.where(within > np.abs(whole), within, whole)
    least = max(rounding(scores), NOTHING * float(np.abs(np.diff(scores)).sum()))
    return np.where(np.abs(found) > least, found, 0.0)


def _risen(record: Record, alphas: Floats) -> Floats:
    """The integral from 0 of the slopes, straight between the nodes, at alphas (m,)."""
    widths, slopes = np.diff(record.alphas), record.slopes
    areas = (slopes[1:] + slopes[:-1]) / 2 * widths
    reached = np.concatenate([[0.0], np.cumsum(areas)])
    k = np.clip(np.searchsorted(record.alphas, alphas, side="right") - 1, 0, len(widths) - 1)
    into = alphas - record.alphas[k]
    bend = (slopes[k + 1] - slopes[k]) / widths[k]
    return np.asarray(reached[k] + into * (slopes[k] + bend * into / 2))


def rounding(scores: Floats) -> float:
    """How small a difference of these scores says nothing, in their own unit."""
    return float(ROUNDING * np.abs(scores).max(initial=0.0))


def _measure(record: Record, weights: Floats) -> float:
    """|c| / |sum c|, root mean squares along the path: the map's measure of a score's error."""
    across = float((weights * np.diagonal(record.gram)).sum())
    along = float((weights * record.slopes**2).sum())
    return float(np.sqrt(across / along)) if along > 0.0 else 1.0


def relative_error(squared: float, size: float) -> float:
    """sqrt(squared) / size, where size is |A|; 0 if both vanish, inf if only the map does."""
    if squared <= 0.0:
        return 0.0
    return float(np.sqrt(squared)) / size if size > 0.0 else float("inf")
