"""Inner products of arrays, by numpy's own loop.

BLAS would wake threads of its own, which go on waiting for more work on the cores that torch's
threads need for the next gradient: on two cores that made explanations up to twice as slow.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def inner(one: NDArray[Any], two: NDArray[Any]) -> float:
    """The sum of the products, in float64; ValueError if the arrays' sizes differ."""
    if one.size != two.size:
        raise ValueError(f"expected two arrays of one size; got {one.size} and {two.size} numbers")
    return float(np.einsum("i,i->", one.ravel(), two.ravel(), dtype=np.float64))


def norm(array: NDArray[Any]) -> float:
    """The root of the sum of the squares, in float64."""
    return math.sqrt(inner(array, array))


def combination(weights: NDArray[Any], arrays: NDArray[Any]) -> NDArray[np.float64]:
    """sum_k weights[k] arrays[k] of weights (n,) and arrays (n, ...), in float64.

    Raises ValueError if they are not equally many.
    """
    if len(weights) != len(arrays):
        raise ValueError(f"expected a weight for each array; got {len(weights)} of {len(arrays)}")
    return np.asarray(np.einsum("k,k...->...", weights, arrays, dtype=np.float64))


SKETCHED = 4093  # numbers kept of each array; a prime, so that no row or channel falls on itself


class Sketch:
    """Arrays of one size folded to at most SKETCHED numbers whose inner products stay as they were.

    Every number gets a sign, drawn once from a fixed seed, and those that fall on one place are
    added. In the mean over the signs an inner product is exactly that of the arrays; it strays by
    about sqrt(2 / 4093) = 2 % of the product of their norms (Charikar, Chen and Farach-Colton,
    "Finding frequent items in data streams", 2002). The map is linear: the sketch of a small
    difference is as true as that of a large one. Arrays that are small enough are kept as they are.
    """

    def __init__(self, size: int) -> None:
        self._size, self._rows = size, -(-size // SKETCHED)
        signs = np.random.default_rng(0).integers(0, 2, size if self._rows > 1 else 0)
        self._signs = (2 * signs - 1).astype(np.float32)

    def of(self, array: NDArray[Any]) -> NDArray[np.float64]:
        """(m,) of an array of the size given; ValueError for another size."""
        if array.size != self._size:
            raise ValueError(f"expected an array of {self._size} numbers; got {array.size}")
        if self._rows == 1:
            return array.ravel().astype(np.float64)
        folded = np.zeros(self._rows * SKETCHED, np.float32)
        np.multiply(array.ravel(), self._signs, out=folded[: self._size])
        return np.asarray(folded.reshape(self._rows, SKETCHED).sum(axis=0, dtype=np.float64))
