"""Published models with random weights: everything but the numbers is as published."""

from dataclasses import replace
from functools import partial

import torch

from explorer.models import architectures
from explorer.models.catalogue import catalogue
from explorer.models.spec import LoadedModel


def random_model(architecture):
    """The published model with random weights, seeded."""
    spec = catalogue()[architecture]
    torch.manual_seed(0)
    return LoadedModel(replace(spec, load=partial(architectures.build, architecture)))


def random_state(architecture, classes=1000, **options):
    """A state dict of random weights, seeded."""
    torch.manual_seed(0)
    return architectures.build(architecture, {"num_classes": classes, **options}).state_dict()
