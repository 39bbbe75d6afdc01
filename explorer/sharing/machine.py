"""The one machine that all sessions compute on: whose turn it is, and how much of it each has."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_native_id

import torch

from . import heaps
from .turns import Gate

COMPUTING_NICENESS = 10
AT_ONCE = 2  # one waits for memory or Python while the other computes


class Machine:
    """Turns on so many cores, which those who have one at the same time share."""

    def __init__(self, cores: int, at_once: int = AT_ONCE) -> None:
        self.cores, self.gate = cores, Gate(min(at_once, cores))

    @contextmanager
    def turn(self, session: str, waiting: Callable[[int], None] | None = None) -> Iterator[None]:
        """Wait for the session's turn and hold it; `waiting` as in `Gate.turn`."""
        with self.gate.turn(session, waiting):
            self._share_cores()
            yield

    def _share_cores(self) -> None:
        """Take this turn's share of the cores: all of them for whoever computes alone.

        More threads than cores waste what they are short of, since torch's threads spin while they
        wait for each other: a convolution by two threads on one free core took 1.6 times the work.
        """
        torch.get_num_threads()  # torch's number is each thread's own once it was read there
        torch.set_num_threads(max(1, self.cores // self.gate.busy()))


def step_back() -> None:
    """From now on the calling thread computes behind whoever serves pages.

    Only Linux gives threads priorities. With 30 people computing, a cached explanation came after
    1.3 s (95th percentile) instead of 3.0 s.
    """
    if sys.platform == "linux":
        here = get_native_id()
        behind = max(os.getpriority(os.PRIO_PROCESS, here), COMPUTING_NICENESS)
        os.setpriority(os.PRIO_PROCESS, here, behind)


MACHINE = Machine(torch.get_num_threads())
heaps.share_heaps()
