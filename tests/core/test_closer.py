"""What no rule can see from its own nodes, and how looking closer finds it."""

import numpy as np
import pytest
import torch

from explorer.core.adaptive import adaptive_gradients
from explorer.core.closer import PLACES, cost, look_closer, places_of


def bump(x, at, width):
    return torch.exp(-(((x - at) / width) ** 2) / 2)


def flank(x, at):
    return torch.sigmoid((x - at) / 0.001)


HIDDEN = {
    "a bump of another pixel": (lambda x: x[:, 0] * (1 + 50 * bump(x[:, 1], 0.37, 0.005)), 2),
    "one pixel's rise that another undoes": (
        lambda x: flank(x[:, 0], 0.36) - flank(x[:, 1], 0.38) + x[:, 2],
        3,
    ),
    "a plateau": (lambda x: flank(x[:, 0], 0.53) - flank(x[:, 1], 0.72) + x[:, 2], 3),
}


def path(pixels):
    ones = torch.ones(pixels, 1, 1)
    return ones, torch.zeros_like(ones)


def score_of(function):
    return lambda x: function(x.flatten(1).double())


def error(result, score):
    """Against 100,001 points of the trapezoid in float64."""
    alphas = torch.linspace(0, 1, 100_001, dtype=torch.float64)
    points = alphas[:, None].repeat(1, result.attribution.size).requires_grad_(True)
    (slopes,) = torch.autograd.grad(score(points).sum(), points)
    truth = np.trapezoid(slopes.numpy(), alphas.numpy(), axis=0)
    return np.linalg.norm(result.attribution.ravel() - truth) / np.linalg.norm(truth)


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("seed", range(5))
def test_what_hides_between_the_nodes_is_found_by_looking_closer_and_then_integrated(name, seed):
    function, pixels = HIDDEN[name]
    score = score_of(function)
    found = adaptive_gradients(score, *path(pixels))
    closer = look_closer(score, *path(pixels), found, seed=seed)
    again = adaptive_gradients(score, *path(pixels), known=closer.scores, most=200)
    hidden = error(found, score) > 2 * found.error
    assert closer.found == hidden
    assert hidden == (name != "a plateau"), "whose flanks the scores of the first nodes betray"
    assert error(again, score) < (0.1 if again.within_tolerance else 0.15)


def test_the_cost_that_is_told_beforehand_is_the_cost():
    asked = []

    def counted(x):
        asked.append(len(x))
        return x.flatten(1)[:, 0]

    found = adaptive_gradients(counted, *path(1))
    asked.clear()
    closer = look_closer(counted, *path(1), found)
    assert sum(asked) == PLACES
    assert cost() == "128 scores, about as long as 43 to 64 gradients"
    assert not closer.found


def test_the_places_are_one_in_every_cell_and_the_same_for_the_same_seed():
    alphas = places_of(50, 3)
    assert np.floor(alphas * 50).tolist() == list(range(50))
    assert np.array_equal(alphas, places_of(50, 3))
    assert not np.array_equal(alphas, places_of(50, 4))
    with pytest.raises(ValueError, match="whole number from 1"):
        places_of(0, 1)


def test_the_widest_stretch_that_nobody_looked_at_is_told():
    found = adaptive_gradients(lambda x: x.flatten(1)[:, 0] ** 2, *path(1))
    low, high = found.unseen
    alphas, _ = found.curve
    assert high - low == pytest.approx(np.diff(alphas).max())
    closer = look_closer(lambda x: x.flatten(1)[:, 0] ** 2, *path(1), found)
    again = adaptive_gradients(lambda x: x.flatten(1)[:, 0] ** 2, *path(1), known=closer.scores)
    assert np.diff(again.unseen)[0] < 2 / PLACES < np.diff(found.unseen)[0]
