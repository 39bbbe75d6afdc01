"""Which device computes, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch

from explorer.errors import ExplorerError

AUTO = "auto"


@dataclass(frozen=True)
class Device:
    """A device that torch can use here. name: torch's. reason: one sentence to show beside it."""

    name: str
    reason: str


@cache
def choose_device(wanted: str = AUTO) -> Device:
    """The device of that name, or with "auto" the fastest that works; ExplorerError otherwise."""
    if wanted != AUTO:
        return Device(check_device(wanted), f"{wanted} was asked for.")
    for name, there, reason in _candidates():
        if there and _works(name):
            return Device(name, reason)
    return Device("cpu", "CPU: torch sees no graphics card that it can use here.")


@cache
def check_device(device: str) -> str:
    """The device's name if torch can use it here; ExplorerError otherwise."""
    if not _works(device):
        raise ExplorerError(
            f"expected a device that torch can use here, such as cpu; got {device!r}"
        )
    return device


def _candidates() -> list[tuple[str, bool, str]]:
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    card = torch.cuda.get_device_name() if cuda else ""
    return [
        ("cuda", cuda, f"CUDA: {card} was found."),
        ("mps", mps, "MPS: this machine's Apple graphics processor was found."),
    ]


def _works(device: str) -> bool:
    try:
        return bool(torch.ones(1, device=device).sum().item() == 1.0)
    except (RuntimeError, AssertionError, NotImplementedError):
        return False
