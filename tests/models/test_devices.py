"""The device is chosen, and says why."""

import pytest
import torch

from explorer.errors import ExplorerError
from explorer.models.device import Device, check_device, choose_device


def test_the_chosen_device_can_compute_and_gives_its_reason():
    chosen = choose_device()
    assert torch.ones(2, device=chosen.name).sum() == 2
    assert chosen.reason.endswith(".")


def test_a_named_device_is_kept():
    assert choose_device("cpu") == Device("cpu", "cpu was asked for.")


@pytest.mark.parametrize("name", ["", "gpu", "cuda:99", "meta", "auto2"])
def test_a_device_that_cannot_compute_is_refused(name):
    with pytest.raises(ExplorerError, match="device that torch can use"):
        check_device(name)
    with pytest.raises(ExplorerError):
        choose_device(name)
