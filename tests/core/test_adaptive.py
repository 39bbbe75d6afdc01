"""Adaptive quadrature: exact where it can be, good enough where it says so, and never wasteful."""

import numpy as np
import pytest
import torch

from explorer.core.adaptive import (
    FIRST_CELLS,
    MOST_SCORES,
    _Nodes,
    adaptive_gradients,
    first_nodes,
)
from explorer.core.attribution import Cancelled, NotFiniteError, Scores, integrated_gradients
from explorer.core.error import best_weights
from explorer.core.quadrature import get_rule
from explorer.core.vectors import combination


@pytest.fixture
def steep_score(conv_net):
    """(n, 3, 12, 12) -> (n,): a probability that rises within a tenth of the path."""
    middle = None

    def score(batch):
        nonlocal middle
        values = conv_net(batch)[:, 2] - conv_net(batch)[:, 0]
        if middle is None:  # the first call holds both ends
            first, last = values[0].detach(), values[-1].detach()
            middle = 0.8 * first + 0.2 * last, last - first
        return torch.sigmoid(40 * (values - middle[0]) / middle[1])

    return score


@pytest.fixture
def path():
    """An image and a baseline, (3, 12, 12)."""
    return torch.rand(3, 12, 12, generator=torch.Generator().manual_seed(3)), torch.zeros(3, 12, 12)


def true_error(result, score, path):
    """Against 2,000 midpoint steps."""
    exact = integrated_gradients(score, *path, get_rule("midpoint").nodes(2000), batch_size=200)
    return np.linalg.norm(result.attribution - exact.attribution) / np.linalg.norm(
        exact.attribution
    )


@pytest.mark.parametrize(
    ("function", "image", "baseline", "expected"),
    [
        (lambda x: 2 * x[:, 0] + x[:, 1], (10, 5), (-1, -3), (22, 8)),
        (lambda x: 2 * x[:, 0] ** 2 + x[:, 1] ** 2, (3, 3), (0, 0), (18, 9)),
        (lambda x: (2 * x[:, 0] + x[:, 1]) ** 2, (3, 3), (0, 0), (54, 27)),
        (lambda x: x[:, 0] * 0 + 3, (3, 3), (0, 0), (0, 0)),
    ],
)
def test_it_is_exact_after_the_first_handful_where_gradients_are_straight_lines(
    function, image, baseline, expected
):
    pixels = [torch.tensor(v, dtype=torch.float32).view(2, 1, 1) for v in (image, baseline)]
    result = adaptive_gradients(lambda x: function(x.flatten(1)), *pixels)
    assert result.attribution.ravel() == pytest.approx(expected, rel=1e-5, abs=1e-5)
    assert len(result.gradients) == FIRST_CELLS + 1
    assert result.error == pytest.approx(0.0, abs=1e-3)
    assert result.within_tolerance


@pytest.mark.parametrize("tolerance", [0.2, 0.05, 0.01])
def test_it_stops_at_the_tolerance_and_the_true_error_is_within_twice_of_it(
    tolerance, steep_score, path
):
    result = adaptive_gradients(steep_score, *path, tolerance=tolerance, most=500)
    assert result.within_tolerance
    assert result.error <= tolerance
    assert true_error(result, steep_score, path) < 2 * tolerance


def test_it_needs_far_fewer_gradients_than_even_steps_where_the_score_jumps(steep_score, path):
    result = adaptive_gradients(steep_score, *path, tolerance=0.05)
    even = integrated_gradients(
        steep_score, *path, get_rule("midpoint").nodes(2 * len(result.gradients))
    )
    assert true_error(result, steep_score, path) < true_error(even, steep_score, path)
    low, high = result.active_interval.low, result.active_interval.high
    inside = (result.nodes.alphas >= low) & (result.nodes.alphas <= high)
    assert inside.mean() > 2 * (high - low)


def test_at_its_limit_it_stops_and_says_so(steep_score, path):
    result = adaptive_gradients(steep_score, *path, tolerance=1e-4, most=19)
    assert len(result.gradients) == 19
    assert not result.within_tolerance
    assert result.error > 1e-4


@pytest.mark.parametrize("most", [2, 3, 7, 8])
def test_any_limit_from_two_gradients_is_kept(most, steep_score, path):
    assert len(adaptive_gradients(steep_score, *path, tolerance=1e-4, most=most).gradients) == most


def test_no_gradient_is_taken_twice_or_thrown_away(steep_score, path):
    taken = []

    def counted(batch):
        if batch.requires_grad:
            taken.extend(batch.detach().mean((1, 2, 3)).tolist())
        return steep_score(batch)

    result = adaptive_gradients(counted, *path, tolerance=0.02)
    assert len(taken) == len(result.gradients) == len(set(taken))
    means = np.sort(np.array(taken) / float(path[0].mean()))
    assert np.allclose(means, result.nodes.alphas, atol=1e-5)


def test_scores_alone_come_first_and_are_few(steep_score, path):
    kinds = []

    def watched(batch):
        kinds.extend([batch.requires_grad] * len(batch))
        return steep_score(batch)

    result = adaptive_gradients(watched, *path)
    alone = kinds.index(True)
    assert alone <= MOST_SCORES
    assert all(kinds[alone:])
    assert result.scouted.alphas.size == alone
    alphas, scores = result.curve
    assert alphas.size == np.unique([*result.nodes.alphas, *result.scouted.alphas]).size
    assert scores[0, 0] == result.score_baseline[0]
    assert scores[-1, 0] == result.score_image[0]


def test_a_first_picture_comes_after_a_handful_and_the_last_is_the_result(steep_score, path):
    drafts = []
    result = adaptive_gradients(steep_score, *path, tolerance=0.02, preview=drafts.append)
    counts = [draft.gradients for draft in drafts]
    assert counts[0] == FIRST_CELLS + 1
    assert counts == sorted(set(counts))
    assert counts[-1] == len(result.gradients)
    assert np.array_equal(drafts[-1].attribution, result.attribution)
    assert drafts[-1].error == result.error < drafts[0].error


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_the_batch_size_changes_neither_the_nodes_nor_the_map(batch_size, conv_score, path):
    usual = adaptive_gradients(conv_score, *path, tolerance=0.01)
    other = adaptive_gradients(conv_score, *path, tolerance=0.01, batch_size=batch_size)
    assert np.array_equal(usual.nodes.alphas, other.nodes.alphas)
    assert np.allclose(usual.attribution, other.attribution, rtol=1e-4, atol=1e-7)


def test_the_map_is_the_weighted_sum_of_the_gradients_it_shows(steep_score, path):
    result = adaptive_gradients(steep_score, *path)
    again = (path[0] - path[1]).numpy() * np.tensordot(
        result.nodes.weights, np.asarray(result.gradients), 1
    )
    assert np.allclose(again, result.attribution, atol=1e-3 * np.abs(result.attribution).max())
    assert result.step_shares.sum() == pytest.approx(1.0, abs=1e-3)


def test_first_nodes_crowd_where_the_score_moves_and_leave_no_stretch_unseen():
    scores = np.array([[0.0], [0.0], [1.0], [1.0], [1.0]])
    nodes = first_nodes(Scores(np.linspace(0, 1, 5), scores), 10)
    assert nodes[0] == 0.0
    assert nodes[-1] == 1.0
    assert ((nodes >= 0.25) & (nodes <= 0.5)).sum() >= 9
    assert np.allclose(first_nodes(Scores(np.linspace(0, 1, 5), scores * 0), 4), np.arange(5) / 4)


def test_progress_ends_at_what_was_taken_and_cancelling_stops(steep_score, path):
    seen = []
    result = adaptive_gradients(steep_score, *path, progress=lambda *p: seen.append(p))
    assert seen[-1] == (len(result.gradients), len(result.gradients))
    assert all(done <= expected for done, expected in seen)
    with pytest.raises(Cancelled):
        adaptive_gradients(steep_score, *path, cancelled=lambda: True)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 5])
def test_progress_is_told_within_a_round_too(batch_size, conv_score, path):
    seen = []
    result = adaptive_gradients(
        conv_score, *path, tolerance=0.01, batch_size=batch_size, progress=lambda *p: seen.append(p)
    )
    assert seen[0][0] == batch_size
    assert seen[-1] == (len(result.gradients), len(result.gradients))
    assert all(done <= expected for done, expected in seen)


def test_the_sum_is_that_of_all_nodes_whatever_their_order():
    """It is kept up node by node: nothing of the first ones' large weights may stay behind."""
    generator = np.random.default_rng(0)
    nodes = _Nodes(np.ones((3, 4, 4), np.float32))
    order = generator.permutation(np.linspace(0, 1, 300) ** 3)
    gradients = {float(a): generator.normal(size=(3, 4, 4)).astype(np.float32) for a in order}
    for alpha, gradient in gradients.items():
        nodes.add(alpha, np.zeros(1), gradient)
    alphas = np.sort(order)
    stack = np.stack([gradients[float(a)] for a in alphas])
    expected = combination(best_weights(alphas), stack)
    np.testing.assert_array_equal(nodes.record.alphas, alphas)
    np.testing.assert_allclose(nodes.draft().attribution, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("tolerance", [0.0, -1, float("nan"), 1.5, None])
def test_a_tolerance_that_cannot_be_is_refused(tolerance, conv_score, path):
    with pytest.raises(ValueError, match="tolerance must be above 0"):
        adaptive_gradients(conv_score, *path, tolerance=tolerance)


def test_what_is_not_finite_is_refused_with_its_place(path):
    def hole(batch):
        x = batch.mean((1, 2, 3))
        return torch.where((x > 0.1) & (x < 0.4), torch.full_like(x, torch.nan), x)

    with pytest.raises(NotFiniteError, match=r"score at alpha 0\.\d+ is NaN"):
        adaptive_gradients(hole, *path)
