"""What the progress bar says while work is done, waits in line, or is somebody else's."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest
import torch
from explorer.ui.work.reporter import Reporter, ordinal

from explorer.sharing import turns as gate_module
from explorer.sharing.turns import Gate
from explorer.ui.work import reporter


class Bar:
    """Keeps what a progress bar would show."""

    def __init__(self):
        self.shown = []

    def progress(self, share, text):
        self.shown.append((share, text))

    @property
    def texts(self):
        return [text for _, text in self.shown]


class Left(BaseException):
    """What Streamlit raises in a session that is rerun or closed is no Exception either."""


@pytest.fixture
def gate(monkeypatch):
    """A gate of one turn for this test, and a session that asks."""
    gate = Gate()
    monkeypatch.setattr(reporter, "_gate", gate)
    monkeypatch.setattr(gate_module, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(reporter, "get_script_run_ctx", lambda: SimpleNamespace(session_id="mine"))
    return gate


def take(report, bar, gate):
    """What is said until the report's turn comes, which another holds for two texts."""
    said = len(bar.shown)

    def wait():
        with report.turn():
            pass

    with gate.turn("another"):
        mine = threading.Thread(target=wait, daemon=True)
        mine.start()
        end = time.monotonic() + 10
        while len(bar.shown) < said + 2:
            assert time.monotonic() < end, "nothing was said"
            time.sleep(0.002)
    mine.join(10)
    return bar.texts[said:]


def test_the_place_in_line_is_shown_while_waiting_and_gone_when_the_turn_comes(gate):
    bar = Bar()
    said = take(Reporter(bar), bar, gate)
    assert said[:2] == ["1st in line", "1st in line"]
    assert said[-1] == "Computing"


def test_what_is_done_stays_in_sight_while_waiting_for_the_next_turn(gate):
    bar = Bar()
    report = Reporter(bar)
    report.tell(12, 50, "gradients")
    said = take(report, bar, gate)
    assert said[0] == "12 of 50 gradients, 1st in line"
    assert said[-1] == "12 of 50 gradients"
    assert {share for share, _ in bar.shown} == {12 / 50}


def test_who_need_not_wait_sees_nothing_of_a_line(gate):
    bar = Bar()
    with Reporter(bar).turn():
        pass
    assert not bar.shown


def test_a_turn_is_handed_on_when_the_session_ends_while_its_text_is_put_back(gate):
    class Ending(Bar):
        def progress(self, share, text):
            super().progress(share, text)
            if text == "Computing":
                raise Left

    bar = Ending()
    report = Reporter(bar)
    report.twin()
    with pytest.raises(Left), report.turn():
        pass
    with gate.turn("next"):
        assert gate.in_line() == 0


def test_a_twin_that_takes_over_says_that_it_computes_now(gate):
    bar = Bar()
    report = Reporter(bar)
    report.twin()
    with report.turn():
        pass
    assert bar.texts == ["Another visitor's request for the same is being computed", "Computing"]


def test_who_computes_alone_has_all_cores_and_two_share_them(monkeypatch, gate):
    monkeypatch.setattr(reporter, "_gate", Gate(2))
    monkeypatch.setattr(reporter, "_cores", 6)
    usual, found = torch.get_num_threads(), []

    def second():
        with Reporter(Bar()).turn():
            found.append(torch.get_num_threads())

    def first():
        with Reporter(Bar()).turn():
            found.append(torch.get_num_threads())
            finish(second)
        with Reporter(Bar()).turn():
            found.append(torch.get_num_threads())

    finish(first)
    torch.set_num_threads(usual)
    assert found == [6, 3, 6]


def finish(work):
    """Do it in a thread of its own, as every session does."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"),
     (21, "21st"), (102, "102nd"), (111, "111th")],
)  # fmt: skip
def test_places_read_as_they_are_spoken(number, text):
    assert ordinal(number) == text
