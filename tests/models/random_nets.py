"""Published models with random weights: everything but the numbers is as published."""

from dataclasses import replace
from functools import partial

import torch
from torch import nn

from explorer.models import architectures
from explorer.models.catalogue import catalogue
from explorer.models.spec import LoadedModel


def random_model(architecture):
    """The published model with random weights, seeded."""
    return LoadedModel(replace(catalogue()[architecture], load=partial(_lively, architecture)))


def _lively(architecture):
    """Weights that keep the size of what passes: with some defaults nothing arrives at the end."""
    torch.manual_seed(0)
    net = architectures.build(architecture)
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
    return net


def random_state(architecture, classes=1000, **options):
    """A state dict of random weights, seeded."""
    torch.manual_seed(0)
    return architectures.build(architecture, {"num_classes": classes, **options}).state_dict()
