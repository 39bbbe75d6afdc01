"""What the tests of sharing wait with: conditions, never a fixed time."""

from __future__ import annotations

import threading
import time

import pytest


class Left(BaseException):
    """What Streamlit raises in a session that is rerun or closed is no Exception either."""


def start(*targets) -> list[threading.Thread]:
    """The targets, running."""
    running = [threading.Thread(target=target, daemon=True) for target in targets]
    for thread in running:
        thread.start()
    return running


def finish(running: list[threading.Thread]) -> None:
    """All must end within ten seconds."""
    for thread in running:
        thread.join(10)
    assert not any(thread.is_alive() for thread in running), "somebody waits for ever"


def until(condition) -> None:
    """Wait, ten seconds at most, until the condition holds."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.002)


class Clock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()
