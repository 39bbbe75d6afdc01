"""Each kind of long work, stalled in the real app: Cancel answers within a second all the same."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from explorer.exhibits.classic_mistakes import CLASSIC_MISTAKES
from tests.browser.conftest import running
from tests.conftest import ROOT
from tests.visitor import Visitor

SCRIPT = Path(__file__).with_name("stalling.py")
QUERY = {"model": "stalls", "image": "tugboat", "steps": "20"}
ANSWER_SECONDS = 1.0
STALLED = 0.6  # seconds without news after which the work surely stands still


@pytest.fixture
def stall(tmp_path) -> Path:
    """While this file is there, the network stalls."""
    return tmp_path / "stall"


@contextmanager
def app(tmp_path: Path, stall: Path, tab: str = "Files") -> Iterator[str]:
    """The app with what stalls; everything in it runs on once the test is over."""
    pictures = tmp_path / "pictures" / "a"
    pictures.mkdir(parents=True)
    for name in ("ferry", "child"):
        shutil.copy(ROOT / "assets" / "scenes" / "samples" / f"{name}.png", pictures)
    environment = {
        "STALLING": str(stall), "TAB": tab, "TORCH_HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
    }  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as server:  # it accepts, and never says a word
        silent = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        arguments = ("--", "--folder", str(pictures.parent))
        with running(SCRIPT, *arguments, SILENT=silent, **environment) as (url, _):
            try:
                yield url
            finally:
                stall.unlink(missing_ok=True)


class Impatient:
    """Presses a button once the work stands still, and says when it did."""

    def __init__(self, visitor: Visitor, label: str) -> None:
        self.visitor, self.label = visitor, label
        self.pressed: float | None = None
        self._began: float | None = None

    def __call__(self, text: str) -> None:
        self._began = self._began or time.monotonic()
        if self.pressed is None and time.monotonic() - self._began > STALLED:
            self.pressed = time.monotonic()
            self.visitor.interrupt(self.label)

    def waited(self) -> float:
        """Seconds from the press until the page was free of the work, and ran anew."""
        assert self.pressed is not None, "the work never stalled"
        assert self.visitor.begun > self.pressed, "the page did not run anew"
        return self.visitor.begun - self.pressed


def test_an_explanation_that_stalls(tmp_path, stall):
    stall.touch()
    with app(tmp_path, stall) as url, Visitor(url) as visitor:
        cancel = Impatient(visitor, "Cancel")
        visitor.open(cancel, **QUERY)
        assert cancel.waited() < ANSWER_SECONDS


def test_a_download_that_stalls_and_nothing_is_left_of_it(tmp_path, stall):
    with app(tmp_path, stall) as url, Visitor(url) as visitor:
        cancel = Impatient(visitor, "Cancel")
        visitor.open(cancel, **QUERY | {"model": "silent"})
        assert cancel.waited() < ANSWER_SECONDS
        until(lambda: not unfinished(tmp_path))
        again = Impatient(visitor, "Cancel")
        visitor.press("Explain again", again)
        assert again.waited() < ANSWER_SECONDS


def test_a_download_that_stalls_ends_with_the_tab_of_whoever_wanted_it(tmp_path, stall):
    def close(text: str) -> None:
        until(lambda: unfinished(tmp_path))
        raise Gone

    with app(tmp_path, stall) as url:
        with pytest.raises(Gone), Visitor(url) as visitor:
            visitor.open(close, **QUERY | {"model": "silent"})
        until(lambda: not unfinished(tmp_path))


class Gone(BaseException):
    """The tab is closed, in the middle of anything."""


def unfinished(folder: Path) -> list[Path]:
    """What a download has begun to write."""
    return list(folder.rglob("*.part"))


def test_a_measurement_that_stalls(tmp_path, stall):
    with app(tmp_path, stall, "How far off") as url, Visitor(url) as visitor:
        visitor.open(**QUERY)
        stall.touch()
        stop = Impatient(visitor, "Stop")
        visitor.press("Measure on this picture", stop)
        assert stop.waited() < ANSWER_SECONDS


def test_a_classic_mistake_that_stalls(tmp_path, stall):
    with app(tmp_path, stall, "Classic mistakes") as url, Visitor(url) as visitor:
        visitor.open(**QUERY)
        stall.touch()
        stop = Impatient(visitor, "Stop")
        mistake = CLASSIC_MISTAKES["last-batch"].title
        visitor.choose("A mistake to look at", mistake, stop)
        assert stop.waited() < ANSWER_SECONDS


def test_a_survey_that_stalls(tmp_path, stall):
    with app(tmp_path, stall) as url, Visitor(url, "survey") as visitor:
        visitor.open(model="stalls")
        stall.touch()
        cancel = Impatient(visitor, "Cancel")
        visitor.press("Survey the folder", cancel)
        assert cancel.waited() < ANSWER_SECONDS


def until(condition) -> None:
    """Wait, ten seconds at most, until the condition holds."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)
