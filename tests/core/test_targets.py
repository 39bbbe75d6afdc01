"""Targets: the four ways to read a score off the logits, for any class."""

import pytest
import torch

from explorer.core.targets import SCORE_KINDS, Target, strongest

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0]])


@pytest.mark.parametrize("index", [0, 1, 2])
def test_each_kind_is_what_its_name_says_for_every_class_and_class_zero_too(index):
    probability = Target(index, "probability").scores(LOGITS)[:, 0]
    assert torch.allclose(probability, LOGITS.exp()[:, index] / LOGITS.exp().sum(1))
    assert torch.allclose(Target(index, "log-probability").scores(LOGITS)[:, 0], probability.log())
    assert torch.equal(Target(index, "logit").scores(LOGITS)[:, 0], LOGITS[:, index])


def test_a_contrast_is_the_difference_of_logits_and_the_log_of_the_odds():
    contrast = Target(0, "logit-difference", against=2, rivals=(1,)).scores(LOGITS)
    assert torch.allclose(contrast[:, 0], LOGITS[:, 0] - LOGITS[:, 2])
    assert torch.allclose(contrast[:, 1], LOGITS[:, 1] - LOGITS[:, 2])
    odds = LOGITS.softmax(1)[:, 0] / LOGITS.softmax(1)[:, 2]
    assert torch.allclose(contrast[:, 0], odds.log())


@pytest.mark.parametrize("kind", SCORE_KINDS)
def test_rivals_stand_beside_the_target_in_the_same_unit(kind):
    scores = Target(1, kind, rivals=(2, 0)).scores(LOGITS)
    for column, index in enumerate((1, 2, 0)):
        assert torch.equal(scores[:, column], Target(index, kind).scores(LOGITS)[:, 0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"index": 1, "kind": "logit-difference", "against": 1}, "with itself"),
        ({"index": 1, "kind": "logit-difference"}, "a class to compare with"),
        ({"index": 1, "kind": "logit", "against": 2}, "contrast needs"),
        ({"index": 1, "kind": "entropy"}, "expected a score out of"),
    ],
)
def test_targets_that_make_no_sense_cannot_be_built(options, message):
    with pytest.raises(ValueError, match=message):
        Target(**options)


@pytest.mark.parametrize("index", [3, -1])
def test_a_class_out_of_range_is_refused(index):
    with pytest.raises(ValueError, match="hold the classes"):
        Target(index).scores(LOGITS)


def test_the_strongest_leave_out_the_target_even_where_it_is_class_zero():
    assert strongest([0.5, 0.1, 0.3, 0.05, 0.05], leave_out=[0, None]) == [2, 1, 3]
