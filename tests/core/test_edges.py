"""Numbers at their edges, and callers' slips: a right number or one readable sentence."""

import numpy as np
import pytest
import torch

from explorer.core.adaptive import adaptive_gradients
from explorer.core.attribution import integrated_gradients
from explorer.core.quadrature import get_rule

ONES = torch.ones(2, 1, 1)
ZEROS = torch.zeros(2, 1, 1)
NODES = get_rule("midpoint").nodes(4)


def both(score, image=ONES, baseline=ZEROS):
    yield lambda: integrated_gradients(score, image, baseline, NODES)
    yield lambda: adaptive_gradients(score, image, baseline)


def mean(x):
    return x.flatten(1).mean(1)


@pytest.mark.parametrize(
    ("score", "image", "baseline", "sentence"),
    [
        (
            mean,
            ONES.bfloat16(),
            ZEROS.bfloat16(),
            "the image must be float32 or float64; got torch.bf",
        ),
        (
            mean,
            (255 * ONES).to(torch.uint8),
            ZEROS,
            r"got torch.uint8: call image.float\(\), and div",
        ),
        (mean, ONES, ZEROS.half(), "the baseline must be float32 or float64; got torch.float16"),
        (mean, ONES, 0.0, r"single number 0: torch.full_like\(image, 0\) makes one of it"),
        (mean, ONES, torch.tensor(0.5), "the baseline must be a tensor of the image's own shape"),
        (mean, ONES, [0.0, 0.0], "the baseline must be a tensor; got list"),
        (lambda x: x.flatten(1).repeat(1, 500), ONES, ZEROS, r"got \(\d+, 1000\): choose a class"),
        (
            lambda x: torch.nn.Parameter(torch.ones(1)).expand(len(x)),
            ONES,
            ZEROS,
            "the score does not depend on the pixels in a differentiable way",
        ),
        (lambda x: torch.ones(len(x)), ONES, ZEROS, "does not depend on the pixels"),
    ],
)
def test_what_cannot_be_attributed_is_refused_in_one_sentence(score, image, baseline, sentence):
    for attempt in both(score, image, baseline):
        with pytest.raises(ValueError, match=sentence) as caught:
            attempt()
        assert "\n" not in str(caught.value)


def test_inside_inference_mode_the_sentence_says_so():
    for attempt in both(mean):
        with torch.inference_mode(), pytest.raises(ValueError, match="inference_mode"):
            attempt()


def test_scores_keep_the_digits_that_a_model_gives_them():
    for attempt in both(lambda x: 1e8 + x.double().flatten(1).sum(1)):
        found = attempt()
        assert found.completeness.change == pytest.approx(2.0)
        assert found.completeness.relative_gap < 1e-6


def test_a_gap_below_the_rounding_of_the_scores_is_no_gap():
    """In float32, 1e8 + x has no change at all: the map is right and nothing can gainsay it."""
    for attempt in both(lambda x: 1e8 + x.flatten(1).sum(1)):
        found = attempt()
        assert found.completeness.change == 0.0
        assert found.gap_of_swing == 0.0
        assert not found.disputed


def test_a_map_that_float32_cannot_hold_is_not_called_exact():
    found = adaptive_gradients(lambda x: 1e-46 * x.double().flatten(1).sum(1), ONES, ZEROS)
    assert found.attribution.tolist() == np.zeros((2, 1, 1)).tolist()
    assert found.error == float("inf")
    assert not found.within_tolerance
