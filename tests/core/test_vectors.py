"""Products of arrays, against numpy's own."""

import numpy as np
import pytest

from explorer.core.vectors import combination, inner, norm

RNG = np.random.default_rng(0)
ONE, TWO = (RNG.normal(size=(3, 5, 7)).astype(np.float32) for _ in range(2))


def test_they_are_what_numpy_says_of_them_in_float64():
    one, two = ONE.astype(np.float64).ravel(), TWO.astype(np.float64).ravel()
    assert inner(ONE, TWO) == pytest.approx(np.dot(one, two), rel=1e-12)
    assert norm(ONE[:, ::2]) == pytest.approx(np.linalg.norm(ONE[:, ::2].astype(np.float64)))
    weights = np.array([0.5, -2.0, 3.0])
    np.testing.assert_allclose(combination(weights, ONE), np.tensordot(weights, ONE, 1), rtol=1e-6)
    assert combination(weights, ONE).dtype == np.float64


def test_small_terms_are_not_lost_beside_large_ones():
    values = np.full(1_000_001, 1e-4, np.float32)
    values[0] = 1e4
    assert inner(values, values) == pytest.approx(1e8 + 1e6 * float(values[1]) ** 2, rel=1e-12)


def test_what_is_not_finite_stays_so():
    assert np.isnan(norm(np.array([1.0, np.nan])))
    assert norm(np.zeros((2, 2))) == 0.0


@pytest.mark.parametrize("size", [1, 4])
def test_arrays_of_other_sizes_are_refused_where_numpy_would_stretch_one(size):
    with pytest.raises(ValueError, match="one size"):
        inner(np.ones(size), np.ones(5))
    with pytest.raises(ValueError, match="a weight for each"):
        combination(np.ones(size), np.ones((5, 2)))
