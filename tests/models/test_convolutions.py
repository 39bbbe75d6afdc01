"""A gradient computed in phases is the gradient."""

import pytest
import torch
from torch import nn

from explorer.models.speed.convolutions import is_stem, phased_gradient, phases


def slopes_of(layer, images, weights):
    leaves = images.clone().requires_grad_(True)
    return torch.autograd.grad((layer(leaves) * weights).sum(), leaves)[0]


@pytest.mark.parametrize("size", [(32, 32), (33, 46), (31, 35)])
@pytest.mark.parametrize(
    ("channels", "kernel", "stride", "padding"),
    [(3, 7, 2, 3), (3, 7, 2, 0), (1, 11, 4, 2), (3, 4, 4, 0), (3, 16, 16, 0), (2, 5, 3, 7),
     (4, (8, 5), 3, (1, 4))],
)  # fmt: skip
def test_it_is_the_same_gradient_whatever_the_shape(channels, kernel, stride, padding, size):
    torch.manual_seed(0)
    layer = nn.Conv2d(channels, 5, kernel, stride, padding).double().requires_grad_(False)
    images = torch.rand(2, channels, *size, dtype=torch.float64)
    scores = layer(images)
    weights = torch.randn_like(scores)
    expected = slopes_of(layer, images, weights)
    phased_gradient(layer)
    assert torch.equal(layer(images), scores)
    torch.testing.assert_close(slopes_of(layer, images, weights), expected)


def test_each_phase_has_every_second_tap_turned_around():
    kernel = torch.arange(9.0).view(1, 1, 3, 3)
    found = phases(kernel, 2)
    assert found.shape == (4, 1, 2, 2)
    assert found[0, 0].tolist() == [[8, 6], [2, 0]]
    assert found[1, 0].tolist() == [[0, 7], [0, 1]]
    assert found[2, 0].tolist() == [[0, 0], [5, 3]]
    assert found[3, 0].tolist() == [[0, 0], [0, 4]]


class Own(nn.Conv2d):
    """Somebody's own convolution may do anything."""


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(3, 8, 7), nn.Conv2d(8, 8, 7, 2), nn.Conv2d(3, 8, 3, 2),
        nn.Conv2d(3, 8, 7, (2, 1)), nn.Conv2d(3, 9, 7, 2, groups=3),
        nn.Conv2d(3, 8, 7, 2, dilation=2), Own(3, 8, 7, 2),
        nn.Conv2d(3, 8, 7, 2, 3, padding_mode="reflect"), nn.ReLU(),
    ],
)  # fmt: skip
def test_other_layers_are_left_alone(layer):
    assert not is_stem(layer)


@pytest.mark.parametrize(("kernel", "stride"), [(7, 2), (11, 4), (4, 4), (16, 16)])
def test_the_first_layers_of_published_networks_are_stems(kernel, stride):
    assert is_stem(nn.Conv2d(3, 8, kernel, stride))
