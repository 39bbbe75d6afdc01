"""The error estimate against errors that are known: random walks, jumps, smooth curves."""

import numpy as np
import pytest

from explorer.core.error import Spread, best_weights
from explorer.core.quadrature import RULES, Nodes, get_rule
from explorer.core.tally import Tally

FINE = 2048  # cells of the grid on which the pretended gradients are known
PIXELS = 1500
EVERY_RULE = pytest.mark.parametrize("rule", RULES)


def random_walks(rng):
    """(FINE + 1, PIXELS): a gradient that changes by many small independent jumps."""
    return np.cumsum(rng.normal(size=(FINE + 1, PIXELS)) / np.sqrt(FINE), axis=0) + 1.0


def rare_jumps(rng):
    """The same with three jumps a pixel, as where single units switch."""
    jumps = (rng.random((FINE + 1, PIXELS)) < 3 / FINE) * rng.normal(size=(FINE + 1, PIXELS))
    return np.cumsum(jumps, axis=0) + 1.0


def lively_in_the_middle(rng):
    """Random walks that hardly move outside a tenth of the path."""
    alphas = np.linspace(0, 1, FINE + 1)[:, None]
    pace = np.where(np.abs(alphas - 0.3) < 0.05, 1.0, 0.05)
    return np.cumsum(pace * rng.normal(size=(FINE + 1, PIXELS)) / np.sqrt(FINE), axis=0) + 0.2


KINDS = pytest.mark.parametrize("kind", [random_walks, rare_jumps, lively_in_the_middle])


def measured(gradients, nodes, difference):
    """(estimate, true relative error) of the rule, its alphas moved to the nearest grid point."""
    places = np.rint(nodes.alphas * FINE).astype(int)
    tally = Tally(Nodes(places / FINE, nodes.weights), difference)
    for place in places:
        tally.add(gradients[place].reshape(difference.shape).astype(np.float32))
    weights = get_rule("trapezoid").nodes(FINE).weights
    true = difference * (weights @ gradients).reshape(difference.shape)
    return tally.error, np.linalg.norm(tally.attribution - true) / np.linalg.norm(true)


@EVERY_RULE
@KINDS
@pytest.mark.parametrize("steps", [8, 32])
def test_the_estimate_is_the_true_error_of_a_gradient_that_jumps(rule, kind, steps):
    rng = np.random.default_rng(7)
    difference = rng.uniform(0.1, 1.0, (1, 30, 50)).astype(np.float32)
    estimate, true = measured(kind(rng), get_rule(rule).nodes(steps), difference)
    assert 0.5 < estimate / true < 2.0


def test_on_random_walks_the_estimate_is_close_for_uneven_nodes_too():
    rng = np.random.default_rng(8)
    difference = np.ones((1, 30, 50), np.float32)
    alphas = np.sort(np.concatenate([rng.random(6), 0.3 + 0.1 * rng.random(14), [0.0, 1.0]]))
    nodes = Nodes(alphas, best_weights(alphas))
    estimate, true = measured(random_walks(rng), nodes, difference)
    assert estimate == pytest.approx(true, rel=0.25)


def test_the_best_weights_are_those_of_the_midpoint_and_the_trapezoid():
    for rule in ("midpoint", "trapezoid"):
        nodes = get_rule(rule).nodes(9)
        assert np.allclose(best_weights(nodes.alphas), nodes.weights)


def test_a_rule_with_wrong_weights_is_told_apart_from_a_right_one():
    rng = np.random.default_rng(9)
    gradients, difference = random_walks(rng), np.ones((1, 30, 50), np.float32)
    right, _ = measured(gradients, get_rule("midpoint").nodes(50), difference)
    left, true = measured(gradients, get_rule("left").nodes(50), difference)
    assert left > 1.3 * right
    assert left == pytest.approx(true, rel=0.25)


def test_a_gradient_that_is_a_straight_line_has_no_error_between_nodes():
    alphas = np.array([0.0, 0.1, 0.4, 1.0])
    line = np.outer(alphas, [1.0, -2.0])
    steps = np.diff(line, axis=0)
    spread = Spread((steps**2).sum(1), (steps[1:] * steps[:-1]).sum(1))
    assert spread.squared_error(alphas) == pytest.approx(0.0, abs=1e-12)


def test_one_gradient_says_nothing_about_the_error_and_no_gradient_at_all_has_none():
    difference = np.ones((1, 2, 2), np.float32)
    alone = Tally(get_rule("midpoint").nodes(1), difference)
    alone.add(np.ones((1, 2, 2), np.float32))
    assert alone.error is None
    flat = Tally(get_rule("left").nodes(3), difference)
    for _ in range(3):
        flat.add(np.zeros((1, 2, 2), np.float32))
    assert flat.error == 0.0
    cancelling = Tally(get_rule("midpoint").nodes(2), difference)
    for sign in (1, -1):
        cancelling.add(np.full((1, 2, 2), sign, np.float32))
    assert cancelling.error == float("inf")
