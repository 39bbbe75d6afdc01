"""An independent oracle: Captum, on a convolutional net, rule by rule."""

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients

from explorer.core.attribution import integrated_gradients
from explorer.core.quadrature import get_rule

METHODS = {
    "left": "riemann_left",
    "right": "riemann_right",
    "midpoint": "riemann_middle",
    "gauss-legendre": "gausslegendre",
}


@pytest.mark.parametrize("steps", [2, 17, 50])
@pytest.mark.parametrize("rule", METHODS)
def test_captum_agrees_to_a_hundred_thousandth(rule, steps, conv_net):
    torch.manual_seed(2)
    image, baseline = torch.rand(3, 12, 12), torch.rand(3, 12, 12) * 0.2
    ours = integrated_gradients(
        lambda b: conv_net(b)[:, 3], image, baseline, get_rule(rule).nodes(steps)
    ).attribution
    captum = IntegratedGradients(conv_net).attribute(
        image[None], baseline[None], target=3, n_steps=steps, method=METHODS[rule]
    )[0]
    theirs = captum.numpy()
    assert np.linalg.norm(ours - theirs) <= 1e-5 * np.linalg.norm(theirs)


def test_captums_trapezoid_falls_short_where_ours_does_not():
    """Its weights sum to (n - 1) / n: ten points lose a tenth even of a linear model."""
    slope = torch.arange(12.0).view(1, 3, 2, 2)
    image, baseline = torch.ones(3, 2, 2), torch.zeros(3, 2, 2)

    def linear(batch):
        return (batch * slope).sum((1, 2, 3))

    theirs = IntegratedGradients(linear).attribute(
        image[None], baseline[None], n_steps=10, method="riemann_trapezoid"
    )
    ours = integrated_gradients(linear, image, baseline, get_rule("trapezoid").nodes(9))
    assert theirs.sum().item() == pytest.approx(0.9 * slope.sum().item())
    assert ours.attribution.sum() == pytest.approx(slope.sum().item())
