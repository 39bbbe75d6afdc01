"""Every architecture of the short list, explained with random weights."""

import numpy as np
import pytest
import torch

from explorer.core.attribution import integrated_gradients
from explorer.core.quadrature import get_rule
from explorer.core.targets import Target
from explorer.models.catalogue import SHORT_LIST
from tests.models.random_nets import random_model

STEPS = 6


def a_picture(shape):
    """A smooth picture (C, H, W) of [0, 1]: random nets are chaotic on noise."""
    waves = torch.Generator().manual_seed(1)
    coarse = torch.rand((1, shape[0], 5, 5), generator=waves)
    return torch.nn.functional.interpolate(
        coarse, size=shape[1:], mode="bicubic", align_corners=False
    )[0].clamp(0, 1)


@pytest.mark.parametrize("architecture", SHORT_LIST)
def test_it_explains_with_the_right_shape_finite_values_and_completeness(architecture):
    model = random_model(architecture)
    image = a_picture(model.spec.shape)
    explained = integrated_gradients(
        model.score(Target(7, "logit")), image, image * 0.5,
        get_rule("midpoint").nodes(STEPS), batch_size=2,
    )  # fmt: skip
    completeness = explained.completeness
    print(f"{architecture}: gap {completeness.relative_gap:.3%} of {completeness.change:.3g}")
    assert explained.attribution.shape == model.spec.shape
    assert model.logits(image[None]).shape == (1, len(model.spec.classes))
    assert np.isfinite(explained.attribution).all()
    assert np.abs(explained.attribution).max() > 0
    assert completeness.relative_gap < 0.05
