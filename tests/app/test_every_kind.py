"""Every kind of long work, as the pages begin it: given up, it ends and leaves nothing."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import partial

import pytest

from explorer.exhibits.classic_mistakes import CLASSIC_MISTAKES
from explorer.explain import explain
from explorer.request import Request
from explorer.sharing.machine import Machine
from explorer.sharing.runner import Runner
from explorer.survey.source import source_at
from explorer.ui.explorer import classic_mistakes, how_far_off
from explorer.ui.survey import run
from tests.conftest import ROOT

LETTER = Request(model="letters", image="letter-t")
PICTURES = ROOT / "assets" / "scenes" / "samples"
KINDS = {
    "explaining": partial(explain, LETTER),
    "measuring": partial(how_far_off._measure, LETTER),
    "mistakes": partial(classic_mistakes._make, LETTER, CLASSIC_MISTAKES["last-batch"]),
    "surveying": partial(run._make, "an id", source_at(PICTURES), "letters", "crop"),
}
kinds = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


@pytest.fixture
def runner():
    return Runner(1 << 30, Machine(1))


@kinds
def test_it_is_done_to_its_end_and_tells_how_far_it_is(runner, make):
    with runner.watching("key", make, "mine") as work:
        assert work.wait(60)
        assert work.result() is runner.result("key")
    assert work.progress().unit in ("gradients", "pictures")
    assert work.progress().share > 0


@kinds
def test_in_line_it_ends_within_a_second_once_nobody_wants_it(runner, make):
    with runner._machine.turn("another"):
        with runner.watching("key", make, "mine") as work:
            until(lambda: work.progress().place == 1)
        left = time.monotonic()
        until(lambda: not runner.running())
        assert time.monotonic() - left < 1
    assert runner.result("key") is None


@kinds
def test_in_a_batch_it_ends_with_that_batch(runner, make, monkeypatch):
    stalled, go, after = threading.Event(), threading.Event(), []
    turn = runner._machine.turn

    @contextmanager
    def stalling(*arguments):
        with turn(*arguments):
            after.append(stalled.is_set())
            stalled.set()
            go.wait(10)
            yield

    monkeypatch.setattr(runner._machine, "turn", stalling)
    with runner.watching("key", make, "mine") as work:
        assert stalled.wait(30)
        started = time.monotonic()
        assert not work.wait(0.1)
    assert time.monotonic() - started < 1, "who leaves does not wait for the batch"
    go.set()
    until(lambda: not runner.running())
    assert after == [False], "no other batch was begun"
    assert runner.result("key") is None
    assert runner._machine.gate.busy() == 0


def until(condition) -> None:
    """Wait, ten seconds at most, until the condition holds."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.002)
