"""The measurement of every rule on functions whose integral is known, and of its own honesty."""

import numpy as np
import pytest
import torch

from explorer.core.adaptive import adaptive_gradients
from explorer.core.attribution import Cancelled, integrated_gradients
from explorer.core.convergence import Convergence, distance, gradients_needed, measure
from explorer.core.quadrature import ADAPTIVE, EVERY_RULE, RULES, get_rule

FIXED = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
SMALL = {"counts": (4, 8, 16), "cells": 64, "most": 20}


def pixels(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64).view(-1, 1, 1)


def smooth(batch: torch.Tensor) -> torch.Tensor:
    """exp(x1) + sin(3 x2): an integrand that every rule's theory holds for."""
    return batch[:, 0, 0, 0].exp() + (3 * batch[:, 1, 0, 0]).sin()


def jagged(batch: torch.Tensor) -> torch.Tensor:
    """A sum of ramps that switch on along the path: gradients jump, as in a ReLU network."""
    knees = torch.linspace(0.03, 0.97, 12, dtype=batch.dtype)
    return (batch[:, :, 0, 0, None] - knees).relu().mul(torch.arange(1, 13)).sum((1, 2))


@pytest.fixture(scope="module")
def on_a_smooth_function() -> Convergence:
    return measure(smooth, pixels(1.0, 1.0), pixels(0.0, 0.0))


@FIXED
def test_the_error_on_a_smooth_function_falls_at_the_order_that_the_rule_declares(
    on_a_smooth_function, rule
):
    errors = [point.error for point in on_a_smooth_function.of(rule.name)]
    if rule.order is None:
        assert max(errors) < 1e-3
        assert max(errors[1:]) < 1e-5, "float32 gradients know no more"
        return
    falls = np.log2(errors[0] / np.array(errors[3])) / 3
    assert falls == pytest.approx(rule.order, abs=0.15)


def test_the_reference_is_the_closed_form(on_a_smooth_function):
    truth = np.array([np.e - 1, np.sin(3)])
    assert on_a_smooth_function.reference.ravel() == pytest.approx(truth, rel=1e-5)
    assert on_a_smooth_function.reference_gradients == 1025


def test_every_rule_is_exact_on_a_linear_function_and_says_so():
    slope = torch.linspace(-2, 3, 12, dtype=torch.float64)
    image = torch.rand(3, 2, 2, dtype=torch.float64, generator=torch.manual_seed(0))
    found = measure(lambda x: x.flatten(1) @ slope, image, torch.zeros(3, 2, 2).double(), **SMALL)
    for point in found.points:
        assert point.error == pytest.approx(0.0, abs=1e-6), point
        assert point.estimate == pytest.approx(0.0, abs=1e-6), point
        assert point.gap == pytest.approx(0.0, abs=1e-5), point
    assert {point.rule for point in found.points} == set(EVERY_RULE)


@FIXED
def test_a_point_is_what_the_rule_alone_would_have_given(rule, conv_score):
    image, baseline = torch.full((3, 12, 12), 0.8), torch.zeros(3, 12, 12)
    found = measure(conv_score, image, baseline, **SMALL)
    for steps, point in zip(SMALL["counts"], found.of(rule.name), strict=True):
        alone = integrated_gradients(conv_score, image, baseline, rule.nodes(steps))
        assert point.gradients == alone.nodes.alphas.size
        assert point.error == pytest.approx(found.error_of(alone.attribution), rel=1e-3)
        assert point.estimate == pytest.approx(alone.error, rel=1e-3)
        assert point.gap == pytest.approx(alone.completeness.relative_gap, rel=1e-2, abs=1e-5)


def test_the_adaptive_rule_is_measured_along_its_own_refinement(conv_score):
    image, baseline = torch.full((3, 12, 12), 0.8), torch.zeros(3, 12, 12)
    found = measure(conv_score, image, baseline, **SMALL)
    points = found.of(ADAPTIVE.name)
    counts = [point.gradients for point in points]
    assert counts == sorted(set(counts))
    assert counts[-1] == SMALL["most"]
    last = adaptive_gradients(conv_score, image, baseline, tolerance=1e-9, most=20)
    assert points[-1].error == pytest.approx(found.error_of(last.attribution), rel=1e-3)
    assert points[-1].estimate == pytest.approx(last.error, rel=1e-3)


def test_the_reference_agrees_with_that_many_cells_of_the_trapezoid(conv_score):
    image, baseline = torch.full((3, 12, 12), 0.8), torch.zeros(3, 12, 12)
    found = measure(conv_score, image, baseline, **SMALL)
    alone = integrated_gradients(conv_score, image, baseline, get_rule("trapezoid").nodes(64))
    assert distance(alone.attribution, found.reference) < 1e-5
    assert found.reference_error == pytest.approx(alone.error, rel=1e-3)


def test_a_gap_can_be_tiny_by_luck_where_the_error_is_not():
    # two pixels whose rules err alike and opposite: what one has too much the other lacks
    found = measure(
        lambda x: x[:, 0, 0, 0] ** 3 - x[:, 1, 0, 0] ** 3 + x[:, 2, 0, 0],
        pixels(1.0, 1.0, 1.0), pixels(0.0, 0.0, 0.0), **SMALL,
    )  # fmt: skip
    lucky = found.of("left")[0]
    assert lucky.gap < 1e-6
    assert lucky.error > 0.2
    assert lucky.estimate > 0.1, "the estimate is not taken in"


def test_no_gradient_is_taken_twice_and_as_many_as_announced():
    taken = []

    def watched(batch):
        if batch.requires_grad:
            taken.extend(batch[:, 0, 0, 0].tolist())
        return jagged(batch)

    measure(watched, pixels(1.0), pixels(0.0), **SMALL)
    announced = gradients_needed(**SMALL)
    assert len(taken) == announced
    swept = taken[: announced - SMALL["most"]]
    assert len(set(swept)) == len(swept)
    assert gradients_needed() < 1500, "equal steps at powers of two are nodes of the reference"


def test_progress_counts_up_to_what_was_announced_and_it_can_be_cancelled():
    seen = []
    announced = gradients_needed(**SMALL)
    measure(jagged, pixels(1.0), pixels(0.0), progress=lambda *p: seen.append(p), **SMALL)
    assert {total for _, total in seen} == {announced}
    done = [d for d, _ in seen]
    assert done == sorted(done)
    assert done[-1] == announced
    with pytest.raises(Cancelled):
        measure(jagged, pixels(1.0), pixels(0.0), cancelled=lambda: len(seen) > 0, **SMALL)


def test_an_image_that_is_its_baseline_has_no_error_and_nothing_breaks():
    found = measure(smooth, pixels(0.5, 0.5), pixels(0.5, 0.5), **SMALL)
    assert {(p.error, p.estimate, p.gap) for p in found.points} == {(0.0, 0.0, 0.0)}


def test_the_distance_to_a_map_of_zeros_is_infinite_unless_there_is_none():
    zeros, ones = np.zeros((1, 2, 2), np.float32), np.ones((1, 2, 2), np.float32)
    assert distance(zeros, zeros) == 0.0
    assert distance(ones, zeros) == float("inf")
    assert distance(zeros, ones) == 1.0
