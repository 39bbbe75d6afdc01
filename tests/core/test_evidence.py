"""Completeness, the active interval, and shares of the attribution."""

import numpy as np
import pytest

from explorer.core.evidence import (
    Completeness,
    region_shares,
    shortest_interval,
    step_shares,
)


def test_the_gap_is_measured_in_the_scores_unit_and_relative_to_its_change():
    evidence = Completeness(attribution_sum=0.9, score_baseline=0.1, score_image=0.9)
    assert evidence.gap == pytest.approx(0.1)
    assert evidence.relative_gap == pytest.approx(0.125)


def test_the_relative_gap_of_a_score_that_did_not_change_is_zero_or_infinite():
    assert Completeness(0.0, 0.5, 0.5).relative_gap == 0.0
    assert Completeness(0.1, 0.5, 0.5).relative_gap == np.inf


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([0, 1, 2, 3, 4], (0.0, 0.9)),
        ([0, 0, 1, 1, 1], (0.25, 0.475)),
        ([0, 4, 4.2, 4.2, 4.2], (0.0, 0.25 * 0.9 * 4.2 / 4)),
        ([2, 2, 2, 2, 2], (0.0, 1.0)),
        ([0, 1, 0, 1, 0], (0.0, 0.9)),
    ],
)
def test_the_shortest_interval_with_nine_tenths_of_the_variation(scores, expected):
    low, high = shortest_interval(np.linspace(0, 1, 5), np.array(scores, float))
    assert high - low == pytest.approx(expected[1] - expected[0], abs=1e-9)


def test_no_interval_shorter_than_the_one_found_holds_as_much():
    rng = np.random.default_rng(4)
    alphas = np.sort(rng.random(12))
    scores = rng.standard_normal(12).cumsum()
    low, high = shortest_interval(alphas, scores)
    moved = np.concatenate([[0], np.abs(np.diff(scores)).cumsum()])
    moved /= moved[-1]
    assert np.interp([low, high], alphas, moved) @ [-1, 1] == pytest.approx(0.9)
    starts = np.linspace(0, 0.1, 2001)
    lengths = np.interp(starts + 0.9, moved, alphas) - np.interp(starts, moved, alphas)
    assert high - low <= lengths.min() + 1e-9


def test_the_shares_of_the_steps_add_up_to_one():
    rng = np.random.default_rng(0)
    weights, gradients = np.full(4, 0.25), rng.standard_normal((4, 3, 5, 5))
    difference = rng.random((3, 5, 5))
    attribution = difference * np.tensordot(weights, gradients, 1)
    shares = step_shares(weights, gradients, difference, attribution)
    assert shares.sum() == pytest.approx(1.0)
    assert step_shares(weights, gradients * 0, difference, attribution * 0) is None


def test_region_shares_count_only_the_positive_part_of_the_channel_sum():
    attribution = np.zeros((3, 2, 2))
    attribution[:, 0, 0] = 1, 1, 1
    attribution[:, 0, 1] = 2, -1, 0
    attribution[:, 1, 1] = -5, 0, 0
    regions = np.array([[0, 1], [1, 2]])
    assert region_shares(attribution, regions, 4) == pytest.approx([0.75, 0.25, 0, 0])
    assert region_shares(-np.abs(attribution), regions, 4) is None
