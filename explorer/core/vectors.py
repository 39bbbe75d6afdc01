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
