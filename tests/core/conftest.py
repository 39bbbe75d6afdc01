"""A small convolutional net with every kind of layer that matters to a gradient."""

import pytest
import torch
from torch import nn


@pytest.fixture(scope="session")
def conv_net():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.AvgPool2d(2),
        nn.Conv2d(8, 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 5),
    )  # fmt: skip
    return net.eval().requires_grad_(False)


@pytest.fixture
def conv_score(conv_net):
    """(n, 3, 12, 12) -> (n,): the third class's probability."""
    return lambda batch: conv_net(batch).mul(8).softmax(1)[:, 2]
