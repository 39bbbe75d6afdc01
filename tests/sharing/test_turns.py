"""One gate for all who compute: a few at a time, everybody in turn, and nothing lost on the way."""

from __future__ import annotations

import threading
import time

import pytest

from explorer.sharing import turns as module
from explorer.sharing.turns import Gate
from tests.sharing.conftest import Left, finish, start, until


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)


def queued(gate: Gate, *sessions: str):
    """Who had the turns, in order, where these sessions came in this order while one computed."""
    order, jobs = [], []
    with gate.turn("first"):
        for number, session in enumerate(sessions, 1):

            def take(session=session):
                with gate.turn(session):
                    order.append(session)

            jobs += start(take)
            until(lambda number=number: gate.in_line() == number)
    finish(jobs)
    return order


@pytest.mark.parametrize("slots", [1, 2, 3])
def test_no_more_have_a_turn_at_once_than_there_are_slots(slots):
    gate, lock = Gate(slots), threading.Lock()
    inside, most = [0], [0]

    def work(session):
        for _ in range(20):
            with gate.turn(session):
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                time.sleep(0.0005)
                with lock:
                    inside[0] -= 1

    finish(start(*(lambda i=i: work(f"session {i}") for i in range(8))))
    assert most[0] == slots
    assert gate.in_line() == 0


def test_a_gate_needs_a_slot():
    with pytest.raises(ValueError, match="at least 1; got 0"):
        Gate(0)


def test_sessions_take_turns_however_many_requests_one_has():
    assert queued(Gate(), "a", "a", "a", "b", "a", "c", "b") == list("abcabaa")


def test_the_session_whose_last_turn_is_longest_ago_goes_next():
    gate, order, go = Gate(), [], threading.Event()

    def busy():
        for _ in range(4):
            with gate.turn("busy"):
                order.append("busy")
                go.wait(10)

    def once(session):
        with gate.turn(session):
            order.append(session)

    jobs = start(busy)
    until(lambda: order == ["busy"])
    jobs += start(lambda: once("new"), lambda: once("newer"))
    until(lambda: gate.in_line() == 2)
    go.set()
    finish(jobs)
    assert sorted(order[1:3]) == ["new", "newer"]  # both before the second turn of the busy one


def test_who_waits_is_told_the_position_as_it_falls():
    gate, told, leave = Gate(), [], threading.Event()

    def ahead():
        with gate.turn("ahead"):
            leave.wait(10)

    def last():
        with gate.turn("last", told.append):
            pass

    with gate.turn("first"):
        jobs = start(ahead)
        until(lambda: gate.in_line() == 1)
        jobs += start(last)
        until(lambda: 2 in told)
    until(lambda: 1 in told)
    leave.set()
    finish(jobs)
    assert told == sorted(told, reverse=True)
    assert set(told) == {2, 1}


def test_who_need_not_wait_is_told_nothing():
    told = []
    with Gate().turn("alone", told.append):
        pass
    assert not told


@pytest.mark.parametrize("kind", [ValueError, Left])
def test_who_gives_up_in_line_leaves_no_gap(kind):
    gate, done = Gate(), []

    def give_up(position):
        raise kind

    def hasty():
        with pytest.raises(kind), gate.turn("hasty", give_up):
            done.append("never")

    def patient():
        with gate.turn("patient"):
            done.append("patient")

    with gate.turn("first"):
        jobs = start(hasty)
        finish(jobs)
        jobs = start(patient)
        until(lambda: gate.in_line() == 1)
        assert not done
    finish(jobs)
    assert done == ["patient"]


@pytest.mark.parametrize("kind", [ValueError, Left])
def test_an_exception_inside_a_turn_hands_it_on(kind):
    gate, done, jobs = Gate(), [], []

    def next_one():
        with gate.turn("next"):
            done.append("next")

    def fail():
        with gate.turn("first"):
            jobs.extend(start(next_one))
            until(lambda: gate.in_line() == 1)
            raise kind

    with pytest.raises(kind):
        fail()
    finish(jobs)
    with gate.turn("later"):
        done.append("later")
    assert done == ["next", "later"]


def test_a_turn_that_comes_while_the_waiting_gives_up_is_handed_on():
    gate, done, told, come = Gate(), [], threading.Event(), threading.Event()

    def give_up(position):
        told.set()
        come.wait(10)
        raise Left

    def hasty():
        with pytest.raises(Left), gate.turn("hasty", give_up):
            done.append("never")

    def patient():
        told.wait(10)
        with gate.turn("patient"):
            done.append("patient")

    with gate.turn("first"):
        jobs = start(hasty, patient)
        until(lambda: gate.in_line() == 2)
    come.set()  # by now the turn is the hasty one's, who is about to leave
    finish(jobs)
    assert done == ["patient"]


def test_nothing_is_lost_and_nobody_stuck_when_many_leave_at_random():
    gate, done, gone = Gate(2), [], []

    def visitor(number):
        calls = []

        def waiting(position):
            calls.append(position)
            if number % 3 == 0 and len(calls) > number % 5:
                raise Left

        try:
            for step in range(6):
                with gate.turn(f"session {number}", waiting):
                    time.sleep(0.003)
                    if number % 4 == 1 and step == 3:
                        raise Left
            done.append(number)
        except Left:
            gone.append(number)

    finish(start(*(lambda i=i: visitor(i) for i in range(24))))
    assert sorted(done + gone) == list(range(24))
    assert {1, 5} <= set(gone)
    entered = []
    with gate.turn("a"), gate.turn("b"):  # both slots are free again
        entered.append(True)
    assert entered


def test_sessions_of_the_past_are_forgotten_once_nobody_waits():
    gate = Gate()
    for number in range(100):
        with gate.turn(f"session {number}"):
            pass
    assert not gate._last
