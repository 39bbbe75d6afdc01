"""One machine for all: cores are shared, and who computes stands behind who serves."""

from __future__ import annotations

import os
import sys
import threading

import pytest
import torch

from explorer.sharing import turns
from explorer.sharing.machine import COMPUTING_NICENESS, Machine, step_back
from tests.sharing.conftest import finish, start, until


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.01)


def test_who_computes_alone_has_all_cores_and_two_share_them():
    machine, usual, found = Machine(6), torch.get_num_threads(), []

    def second():
        with machine.turn("second"):
            found.append(torch.get_num_threads())

    def first():
        with machine.turn("first"):
            found.append(torch.get_num_threads())
            finish(start(second))
        with machine.turn("first"):
            found.append(torch.get_num_threads())

    finish(start(first))
    torch.set_num_threads(usual)
    assert found == [6, 3, 6]


def test_on_one_core_one_computes_at_a_time():
    machine, order = Machine(1), []

    def second():
        with machine.turn("second"):
            order.append("second")

    with machine.turn("first"):
        running = start(second)
        until(lambda: machine.gate.in_line() == 1)
        order.append("first")
    finish(running)
    assert order == ["first", "second"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives threads priorities")
def test_only_the_thread_that_computes_steps_back():
    found = []

    def compute():
        step_back()
        step_back()
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    finish(start(compute))
    assert found == [max(before, COMPUTING_NICENESS)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
