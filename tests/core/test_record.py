"""What the gradients tell: Gram matrix, slopes, and the places where the score is known."""

import numpy as np
import pytest

from explorer.core.error import rough
from explorer.core.record import Record
from explorer.core.vectors import SKETCHED, Sketch


def test_the_gram_matrix_is_that_of_the_contributions_whatever_the_order():
    rng = np.random.default_rng(0)
    difference = rng.normal(size=(3, 5, 5)).astype(np.float32)
    gradients = rng.normal(size=(6, 3, 5, 5)).astype(np.float32)
    record = Record(difference)
    for k in rng.permutation(6):
        record.add(k / 5, float(k), gradients[k])
    rows = (gradients * difference).reshape(6, -1).astype(float)
    np.testing.assert_allclose(record.gram, rows @ rows.T, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(record.slopes, rows.sum(1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(record.squares, (np.diff(rows, axis=0) ** 2).sum(1), rtol=1e-4)
    steps = np.diff(rows, axis=0)
    np.testing.assert_allclose(record.crosses, (steps[1:] * steps[:-1]).sum(1), rtol=1e-4)
    assert record.known[1].tolist() == [0, 1, 2, 3, 4, 5]


def test_what_the_witness_finds_in_one_cell_chooses_that_cell_and_raises_the_claim():
    record = Record(np.ones(4, np.float32))
    for k in range(9):
        score = k / 8 + (0.5 if k > 5 else 0.0)  # half a unit between 5/8 and 6/8: no gradient
        record.add(k / 8, score, np.full(4, 0.25, np.float32))
    found = rough(record)
    assert found.contradicted
    assert int(np.argmax(found.cells)) == 5
    assert found.error(record) == pytest.approx(0.5, rel=1e-3)


def test_rounding_of_a_large_score_is_no_witness():
    record = Record(np.ones(4, np.float32))
    for k in range(9):
        record.add(k / 8, float(np.float32(1e8 + k / 8)), np.full(4, 0.25, np.float32))
    assert not rough(record).contradicted
    assert rough(record).error(record) < 1e-6


def test_a_small_array_is_its_own_sketch_and_a_large_one_keeps_norms_and_products():
    rng = np.random.default_rng(1)
    small = rng.normal(size=50)
    np.testing.assert_array_equal(Sketch(50).of(small), small)
    one, two = rng.laplace(size=(2, 150_528)).astype(np.float32)
    sketch = Sketch(one.size)
    a, b = sketch.of(one), sketch.of(two)
    assert a.shape == (SKETCHED,)
    assert np.linalg.norm(a) == pytest.approx(np.linalg.norm(one), rel=0.05)
    assert abs(a @ b) < 0.06 * np.linalg.norm(one) * np.linalg.norm(two)
    np.testing.assert_allclose(sketch.of(one - two), a - b, atol=1e-3)
    with pytest.raises(ValueError, match="expected an array of 50 numbers; got 3"):
        Sketch(50).of(np.zeros(3))
