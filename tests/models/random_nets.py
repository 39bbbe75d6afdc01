"""Published models with random weights: everything but the numbers is as published."""

from dataclasses import replace
from functools import partial

import torch

from explorer.models.loaded import LoadedModel
from explorer.models.sources import architectures
from explorer.models.sources.torchvision import catalogue


def random_model(architecture):
    """The published model with random weights, seeded."""
    return LoadedModel(replace(catalogue()[architecture], load=partial(_lively, architecture)))


def _lively(architecture):
    """Weights that keep about the size of what passes: with some defaults nothing arrives."""
    generator = torch.Generator().manual_seed(0)
    hollow = architectures.build_hollow(architecture).state_dict()
    state = {key: _drawn(key, value, generator) for key, value in hollow.items()}
    return architectures.restore(architecture, {}, state)


def _drawn(key, value, generator):
    if not value.is_meta:
        return value  # statistics and tables, which are known
    if value.ndim < 2:
        return torch.full(value.shape, float(key.endswith("weight")))
    bound = (3 / (value.numel() / value.shape[0])) ** 0.5
    return torch.empty(value.shape).uniform_(-bound, bound, generator=generator)


def random_state(architecture, classes=1000, **options):
    """A state dict of random weights, seeded."""
    torch.manual_seed(0)
    return architectures.build(architecture, {"num_classes": classes, **options}).state_dict()
