"""Every architecture of the short list, explained with random weights.

The baseline is near the image: on a short path few ReLUs switch, so that a handful of steps meet
completeness if score and gradient belong together, and miss it widely if they do not.
"""

import numpy as np
import pytest
import torch

from explorer.core.attribution import integrated_gradients
from explorer.core.quadrature import get_rule
from explorer.core.targets import Target
from explorer.models.catalogue import SHORT_LIST
from tests.models.random_nets import random_model

STEPS = 4


def a_picture(shape, seed):
    """A smooth picture (C, H, W) of [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand((1, shape[0], 5, 5), generator=generator)
    return torch.nn.functional.interpolate(coarse, size=shape[1:], mode="bilinear")[0]


@pytest.mark.parametrize("architecture", SHORT_LIST)
def test_it_explains_with_the_right_shape_finite_values_and_completeness(architecture):
    model = random_model(architecture)
    image, other = a_picture(model.spec.shape, 1), a_picture(model.spec.shape, 2)
    explained = integrated_gradients(
        model.score(Target(7, "logit")), image, 0.95 * image + 0.05 * other,
        get_rule("midpoint").nodes(STEPS), batch_size=2,
    )  # fmt: skip
    completeness = explained.completeness
    print(f"{architecture}: gap {completeness.relative_gap:.3%} of {completeness.change:.3g}")
    assert explained.attribution.shape == model.spec.shape
    assert model.logits(image[None]).shape == (1, len(model.spec.classes))
    assert np.isfinite(explained.attribution).all()
    assert np.abs(explained.attribution).max() > 0
    assert completeness.relative_gap < 0.05
