"""What the screen says of long work: how far it is, until it ends, and not a moment longer."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from explorer.sharing.machine import Machine
from explorer.sharing.runner import Runner
from explorer.ui.work import watching

STAGE = SimpleNamespace(runner=None, make=None)  # what the page under test has made


@dataclass
class Thing:
    nbytes: int = 1


def page() -> None:
    """A page that has something made, and shows it."""
    import streamlit as st

    from explorer.ui.work.watching import Way, watch
    from tests.app.test_progress import STAGE

    stop = Way("Stop", "stop", lambda: None)
    try:
        watch(STAGE.runner, "thing", STAGE.make, stop, text="Beginning")
        st.write("made")
    except ValueError as error:
        st.write(f"it said: {error}")


@pytest.fixture(autouse=True)
def said(monkeypatch):
    """Every text of the bar, as it was painted; a new runner for every test."""
    texts = []
    monkeypatch.setattr(watching, "PAINT_SECONDS", 0.02)
    STAGE.runner = Runner(10, Machine(1))
    painted = watching.st.delta_generator.DeltaGenerator.progress

    def progress(self, value, text=None, **options):
        texts.append(text)
        return painted(self, value, text=text, **options)

    monkeypatch.setattr(watching.st.delta_generator.DeltaGenerator, "progress", progress)
    return texts


def seen(make):
    """The page, when it has run to its end."""
    STAGE.make = make
    return AppTest.from_function(page, default_timeout=20).run()


def shown(page):
    return [block.value for block in page.markdown]


def test_the_bar_says_how_far_it_is_and_is_gone_at_the_end(said):
    heard = threading.Event()

    def make(job):
        until(lambda: said)
        job.tell(12, 50, "gradients")
        until(lambda: "12 of 50 gradients" in said)
        heard.set()
        return Thing()

    end = seen(make)
    assert heard.is_set()
    assert said[0] == "Beginning"
    assert shown(end) == ["made"]
    assert not end.get("progress")
    assert not end.button


def test_the_place_in_line_is_said_beside_what_is_done_and_goes_when_the_turn_comes(said):
    runner = STAGE.runner
    free = threading.Event()

    def other():
        with runner._machine.turn("other"):
            free.wait(10)

    waiting = threading.Thread(target=other, daemon=True)
    waiting.start()

    def make(job):
        until(lambda: runner._machine.gate.busy() == 1)
        job.tell(12, 50, "gradients")
        threading.Thread(target=let_go, daemon=True).start()
        with job.turn():
            mark = len(said)
            until(lambda: len(said) > mark + 1)
        return Thing()

    def let_go():
        until(lambda: "12 of 50 gradients, 1st in line" in said)
        free.set()

    end = seen(make)
    assert shown(end) == ["made"]
    assert said[-1] == "12 of 50 gradients"


def test_what_goes_wrong_takes_the_bar_away_and_arrives_as_it_is(said):
    def make(job):
        raise ValueError("one sentence")

    end = seen(make)
    assert shown(end) == ["it said: one sentence"]
    assert not end.get("progress")


def test_work_that_is_at_hand_takes_no_look_at_the_clock(said, monkeypatch):
    monkeypatch.setattr(watching, "PAINT_SECONDS", 30)
    started = time.monotonic()
    end = seen(lambda job: Thing())
    assert shown(end) == ["made"]
    assert time.monotonic() - started < 10


def until(condition) -> None:
    """Wait, ten seconds at most, until the condition holds."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.002)
