"""Quadrature rules: what every entry of the registry has to keep."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from explorer.core.quadrature import RULES, Nodes, get_rule

EVERY_RULE = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)


@EVERY_RULE
@pytest.mark.parametrize("steps", [1, 2, 3, 10, 49, 50, 51, 200, 1000])
def test_weights_sum_to_one_and_alphas_ascend_within_the_path(rule, steps):
    nodes = rule.nodes(steps)
    assert nodes.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert nodes.alphas.min() >= 0.0
    assert nodes.alphas.max() <= 1.0
    assert (np.diff(nodes.alphas) > 0).all()
    assert nodes.alphas.size == steps + (rule.name == "trapezoid")


@EVERY_RULE
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_polynomials_up_to_the_declared_degree_are_integrated_exactly(rule, steps):
    nodes = rule.nodes(steps)
    degree = rule.exact_degree(steps)
    for power in range(degree + 1):
        assert nodes.weights @ nodes.alphas**power == pytest.approx(1 / (power + 1), abs=1e-12)
    assert nodes.weights @ nodes.alphas ** (degree + 1) != pytest.approx(
        1 / (degree + 2), abs=1e-6
    ), "the declared degree is too modest"


@EVERY_RULE
def test_the_mirror_is_the_rule_walked_the_other_way(rule):
    nodes, mirror = rule.nodes(7).reversed(), RULES[rule.mirror].nodes(7)
    assert np.allclose(nodes.alphas, mirror.alphas)
    assert np.allclose(nodes.weights, mirror.weights)


def test_a_trapezoid_over_given_samples_agrees_with_scipy_and_with_the_published_value():
    samples = np.array([0.1, 0.4, 0.6, 0.8, 0.9, 1.0, 0.8])
    ours = get_rule("trapezoid").nodes(samples.size - 1).weights @ samples
    assert ours == pytest.approx(trapezoid(samples, dx=1 / 6))
    assert ours == pytest.approx(0.691667, abs=1e-6)


@pytest.mark.parametrize("steps", [0, -1, 2.5, "10", None, True])
def test_a_number_of_steps_that_is_not_a_whole_number_from_one_is_refused(steps):
    with pytest.raises(ValueError, match="whole number from 1"):
        get_rule("left").nodes(steps)


@pytest.mark.parametrize(
    ("alphas", "weights", "message"),
    [
        ([0.0, 0.5], [0.5, 0.48], r"sum to 1; got 0\.98"),
        ([0.0, 1.5], [0.5, 0.5], "lie in"),
        ([0.5, 0.1], [0.5, 0.5], "ascend"),
        ([0.5], [0.5, 0.5], "equally long"),
        ([], [], "non-empty"),
        ([np.nan], [1.0], "lie in"),
    ],
)
def test_nodes_that_break_the_rules_cannot_be_built(alphas, weights, message):
    with pytest.raises(ValueError, match=message):
        Nodes(np.array(alphas, float), np.array(weights, float))


def test_an_unknown_rule_is_refused_with_the_known_names():
    with pytest.raises(ValueError, match=r"midpoint.*'simpson'"):
        get_rule("simpson")
