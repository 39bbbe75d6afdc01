"""Gradients as they are kept: half the room, and close enough for every picture of them."""

import numpy as np
import pytest
import torch

from explorer.core.gradients import GradientKeeper, Sampler, StepGradients


@pytest.fixture
def gradients():
    """Five steps of very different sizes, as a saturating score gives them."""
    rng = np.random.default_rng(5)
    sizes = np.array([1e-9, 1e-3, 1.0, 40.0, 0.0]).reshape(-1, 1, 1, 1)
    return (rng.laplace(size=(5, 3, 8, 8)) * sizes).astype(np.float32)


def test_every_step_keeps_its_detail_whatever_its_size(gradients):
    kept = StepGradients.of(list(gradients))
    for step, gradient in enumerate(gradients):
        largest = np.abs(gradient).max()
        assert np.abs(kept[step] - gradient).max() <= largest * 2.0**-11
    assert not kept[4].any()


def test_they_take_half_the_room_and_read_like_an_array(gradients):
    kept = StepGradients.of(list(gradients))
    assert kept.nbytes < 0.51 * gradients.nbytes
    assert kept.shape == gradients.shape
    assert np.array_equal(np.asarray(kept), np.stack(list(kept)))
    assert np.array_equal(np.asarray(kept), np.stack(kept[:]))
    assert np.asarray(kept).dtype == kept[0].dtype == np.float32
    with pytest.raises(IndexError):
        kept[5]


def test_what_was_handed_out_is_kept_no_further(gradients):
    keeper = GradientKeeper(gradients[0].shape, 2)
    keeper.keep(0, gradients[2])
    kept = keeper.kept()
    before = kept[0]
    with pytest.raises(ValueError, match="read-only"):
        keeper.keep(0, gradients[3])
    assert np.array_equal(kept[0], before)
    assert not kept[1].any()
    assert not hasattr(kept, "set")


def test_a_step_that_was_read_is_the_readers_own(gradients):
    kept = StepGradients.of(list(gradients))
    before = kept[1]
    kept[1][:] = 7.0
    np.asarray(kept)[:] = 7.0
    assert np.array_equal(kept[1], before)


def test_scores_alone_ask_for_no_gradient_and_agree_with_those_beside_gradients(conv_score):
    seen = []

    def watched(batch):
        seen.append(batch.requires_grad)
        return conv_score(batch)

    image, alphas = torch.rand(3, 12, 12), np.array([0.0, 0.3, 1.0])
    sampler = Sampler(watched, image, torch.zeros(3, 12, 12), batch_size=2)
    alone = sampler.scores(alphas)
    assert seen == [False, False]
    beside = np.concatenate([values for _, values, _ in sampler.gradients(alphas)])
    assert seen[2:] == [True, True]
    assert np.allclose(alone, beside, rtol=1e-5)
