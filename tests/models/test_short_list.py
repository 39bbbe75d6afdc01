"""Every architecture of the short list, explained with random weights.

A random net is chaotic: along most paths its score goes up and down, and the attribution cancels.
So the path is short and follows the gradient; there, a handful of steps meet completeness if score
and gradient belong together, and miss it widely if anything between them is lost.
"""

import numpy as np
import pytest
import torch

from explorer.core.attribution import integrated_gradients
from explorer.core.quadrature import get_rule
from explorer.core.targets import Target
from explorer.models.sources.torchvision import SHORT_LIST
from tests.models.random_nets import random_model

STEPS, DISTANCE = 4, 0.0005


def a_picture(shape):
    """A smooth picture (C, H, W) of [0, 1]."""
    coarse = torch.rand((1, shape[0], 5, 5), generator=torch.Generator().manual_seed(1))
    return torch.nn.functional.interpolate(coarse, size=shape[1:], mode="bilinear")[0]


def below(score, image):
    """A little way down the gradient of the score."""
    pixels = image.clone().requires_grad_()
    (slope,) = torch.autograd.grad(score(pixels[None])[0, 0], pixels)
    return image - DISTANCE * slope / slope.abs().max()


@pytest.mark.parametrize("architecture", SHORT_LIST)
def test_it_explains_with_the_right_shape_finite_values_and_completeness(architecture):
    model = random_model(architecture)
    image = a_picture(model.spec.shape)
    logits = model.logits(image[None])
    score = model.score(Target(int(logits.argmax()), "logit"))
    explained = integrated_gradients(
        score, image, below(score, image), get_rule("midpoint").nodes(STEPS), batch_size=2
    )
    completeness = explained.completeness
    print(f"{architecture}: gap {completeness.relative_gap:.3%} of {completeness.change:.3g}")
    assert logits.shape == (1, len(model.spec.classes))
    assert explained.attribution.shape == model.spec.shape
    assert np.isfinite(explained.attribution).all()
    assert np.abs(explained.attribution).max() > 0
    assert completeness.relative_gap < 0.01
