"""The one architecture of the scenes nets.

Five convolutions, each followed by batch norm and ReLU, with average pooling between them: strided
convolutions would look at some pixels more often than at others and leave a checkerboard in every
attribution map. Global average pooling and one linear layer read out the classes.
"""

from __future__ import annotations

import itertools

from torch import nn

CHANNELS: tuple[int, ...] = (12, 24, 48, 96, 160)  # after each convolution


def _stage(channels_in: int, channels_out: int) -> list[nn.Module]:
    return [
        nn.Conv2d(channels_in, channels_out, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    ]


def build_scenes_net(n_classes: int) -> nn.Module:
    """A net in eval mode from normalised images (n, 3, S, S) to logits (n, n_classes)."""
    layers: list[nn.Module] = []
    for channels_in, channels_out in itertools.pairwise((3, *CHANNELS)):
        layers += [*_stage(channels_in, channels_out), nn.AvgPool2d(2)]
    layers[-1] = nn.AdaptiveAvgPool2d(1)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(CHANNELS[-1], n_classes)).eval()
