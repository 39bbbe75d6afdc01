"""Gradients that are smooth along the path: told from jumps, integrated better, claimed rightly."""

import numpy as np
import pytest

from explorer.core.adaptive import FIRST_CELLS, _Nodes
from explorer.core.error import best_weights, rough
from explorer.core.quadrature import get_rule
from explorer.core.record import Record
from explorer.core.smooth import _inverse_roots, _monotone, smooth
from explorer.core.tally import Tally

PIXELS = 400


def waves(rng, pixels=PIXELS, modes=6):
    """Contributions and their integrals from 0: sums of slow sines, random for every pixel."""
    size = rng.normal(size=(modes, pixels)) * np.exp(-0.7 * np.arange(modes))[:, None]
    turn = 1.5 * (np.arange(modes) + 0.5)

    def contributions(alphas):
        return np.sin(np.outer(alphas, turn) + 0.3) @ size

    def integral(alphas):
        return (np.cos(0.3) - np.cos(np.outer(alphas, turn) + 0.3)) / turn @ size

    return contributions, integral


def walks(rng, pixels=PIXELS, fine=4096):
    """The same of random walks."""
    steps = rng.normal(size=(fine + 1, pixels)) / np.sqrt(fine)
    walk = np.cumsum(steps, axis=0)
    total = np.concatenate([np.zeros((1, pixels)), np.cumsum((walk[1:] + walk[:-1]) / 2 / fine, 0)])

    def of(table):
        return lambda alphas: table[np.rint(np.asarray(alphas) * fine).astype(int)]

    return of(walk), of(total)


def recorded(alphas, contributions, integral, pixels=PIXELS):
    record = Record(np.ones(pixels, np.float32))
    places = np.union1d(alphas, np.arange(5) / 4)
    record.know(places, integral(places).sum(axis=1))
    for alpha in alphas:
        row = contributions(np.array([alpha]))[0]
        record.add(float(alpha), float(integral(np.array([alpha])).sum()), row.astype(np.float32))
    return record


def wrong(weights, alphas, contributions, integral):
    truth = integral(np.array([1.0]))[0]
    return np.linalg.norm(weights @ contributions(alphas) - truth) / np.linalg.norm(truth)


UNEVEN = np.array([0, 0.125, 0.1875, 0.25, 0.375, 0.5, 0.5625, 0.625, 0.75, 0.875, 1.0])


@pytest.mark.parametrize("seed", range(6))
def test_smooth_gradients_are_integrated_ten_times_better_and_the_claim_knows(seed):
    functions = waves(np.random.default_rng(seed))
    record = recorded(UNEVEN, *functions)
    found = smooth(record)
    assert found is not None
    assert found.smooth
    better = wrong(found.weights, UNEVEN, *functions)
    assert better < wrong(best_weights(UNEVEN), UNEVEN, *functions) / 10
    assert better / 2 < found.error(record) < 0.005


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rule", ["trapezoid", "midpoint", "left", "right"])
@pytest.mark.parametrize("steps", [8, 16, 40])
def test_of_equal_cells_too_the_claim_is_the_true_error_of_a_smooth_curve(seed, rule, steps):
    """By the jumps alone it was three to thirty times too high."""
    contributions, integral = waves(np.random.default_rng(seed))
    nodes = get_rule(rule).nodes(steps)
    tally = Tally(nodes, np.ones(PIXELS, np.float32))
    tally.know(np.array([0.0, 1.0]), integral(np.array([0.0, 1.0])).sum(axis=1))
    for alpha, row in zip(nodes.alphas, contributions(nodes.alphas), strict=True):
        score = integral(np.array([alpha])).sum()
        tally.add(row.astype(np.float32), float(score))
    truth = integral(np.array([1.0]))[0]
    true = np.linalg.norm(tally.attribution - truth) / np.linalg.norm(truth)
    assert 0.8 < tally.error / true < 1.25


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("alphas", [UNEVEN, np.linspace(0, 1, 17)])
def test_random_walks_are_never_called_smooth(seed, alphas):
    assert smooth(recorded(alphas, *walks(np.random.default_rng(seed)))) is None


def test_the_weights_sum_to_one_so_a_constant_gradient_is_integrated_exactly():
    found = smooth(recorded(UNEVEN, *waves(np.random.default_rng(1))))
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-9)


def test_of_one_pixel_nothing_can_be_learned_about_smoothness():
    assert smooth(recorded(UNEVEN, *waves(np.random.default_rng(0), pixels=1), pixels=1)) is None


def test_a_score_that_goes_elsewhere_refutes_the_smooth_curve():
    contributions, integral = waves(np.random.default_rng(2))

    def with_a_cliff(alphas):
        return integral(alphas) + np.where(np.asarray(alphas)[:, None] > 0.8, 0.5, 0.0)

    record = recorded(UNEVEN, contributions, with_a_cliff)
    assert smooth(record) is None
    assert rough(record).contradicted


@pytest.mark.parametrize("count", [2, 3, 5, 60])
def test_with_too_few_or_too_many_nodes_it_is_not_tried(count):
    alphas = np.linspace(0, 1, count)
    assert smooth(recorded(alphas, *waves(np.random.default_rng(0)))) is None


def test_it_is_not_asked_after_every_round_where_gradients_jump(monkeypatch):
    asked = []
    monkeypatch.setattr("explorer.core.adaptive.smooth", lambda r: asked.append(len(r)))
    contributions, _ = walks(np.random.default_rng(0))
    nodes = _Nodes(np.ones(PIXELS, np.float32))
    for k in np.random.default_rng(0).permutation(65):
        nodes.add(k / 64, np.zeros(1), contributions(np.array([k / 64]))[0].astype(np.float32))
        if len(nodes) >= 2:
            nodes.estimate  # noqa: B018 - it is made when it is looked at
    often = 2 * FIRST_CELLS
    assert asked[: often - 1] == list(range(2, often + 1))
    assert len([n for n in asked if n > often]) < 9


def test_the_small_cholesky_is_that_of_numpy():
    rng = np.random.default_rng(0)
    square = rng.normal(size=(3, 7, 7))
    matrices = square @ square.transpose(0, 2, 1) + np.eye(7)
    roots, inverses = _inverse_roots(matrices.copy())
    np.testing.assert_allclose(roots, np.linalg.cholesky(matrices), atol=1e-6)
    np.testing.assert_allclose(inverses @ roots, np.tile(np.eye(7), (3, 1, 1)), atol=1e-9)


def test_the_clock_goes_through_its_points_and_never_back():
    x, y = np.array([0, 0.1, 0.5, 0.55, 1]), np.array([0, 0.01, 0.02, 0.9, 1])
    clock = _monotone(x, y)
    np.testing.assert_allclose(clock(x), y, atol=1e-12)
    assert (np.diff(clock(np.linspace(0, 1, 999))) > 0).all()
