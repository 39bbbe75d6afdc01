"""Small trained smooth networks: the claim holds, and few gradients go far."""

import functools

import numpy as np
import pytest
import torch

from explorer.core.adaptive import adaptive_gradients
from explorer.core.attribution import integrated_gradients
from explorer.core.convergence import distance
from explorer.core.quadrature import get_rule
from explorer.images.library import image_for
from explorer.models.registry import get_spec
from explorer.teaching.learning import normalised
from explorer.teaching.scenes import CLASSES
from tests.assets.smooth_nets import NETS, smooth_net

IMAGES = ("fireboat-spray", "child-railing", "ferry")
KINDS = ("probability", "logit")


@functools.cache
def measured(name, image, tolerance):
    """(gradients, claim, true error, smooth's kind) for both kinds of score, worst picture last."""
    net, spec = smooth_net(name), get_spec("scenes-fair")
    pixels = torch.from_numpy(image_for(image, spec).pixels.copy())
    with torch.no_grad():
        best = int(net(normalised(pixels[None])).argmax())
    found = []
    for kind in KINDS:
        read = (lambda z: z.softmax(1)) if kind == "probability" else (lambda z: z)
        path = (lambda x, read=read: read(net(normalised(x)))[:, best], pixels, pixels * 0)
        exact = integrated_gradients(*path, get_rule("gauss-legendre").nodes(64)).attribution
        ours = adaptive_gradients(*path, tolerance=tolerance)
        found.append((len(ours.gradients), ours.error, distance(ours.attribution, exact)))
    return found


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("tolerance", [0.05, 0.002])
def test_the_claim_is_never_below_half_the_truth_and_seldom_over_five_times_it(name, tolerance):
    ratios = np.array(
        [claim / true for i in IMAGES for _, claim, true in measured(name, i, tolerance)]
    )
    assert ratios.min() > 0.5
    assert np.median(ratios) < 5


@pytest.mark.parametrize(("tolerance", "most"), [(0.05, 11), (0.002, 25)])
def test_few_gradients_go_far(tolerance, most):
    counts = [n for i in IMAGES for n, _, _ in measured("gelu", i, tolerance)]
    assert np.median(counts) <= most


@pytest.mark.parametrize("name", NETS)
def test_the_small_nets_know_the_samples(name):
    """They are trained networks, not noise: `python -m tests.assets.smooth_nets` makes them."""
    net, spec = smooth_net(name), get_spec("scenes-fair")
    right = 0
    for image in IMAGES:
        sample = image_for(image, spec)
        with torch.no_grad():
            said = int(net(normalised(torch.from_numpy(sample.pixels.copy())[None])).argmax())
        right += CLASSES[said] == sample.label
    assert right >= 2
