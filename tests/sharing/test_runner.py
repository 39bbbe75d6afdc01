"""One runner for all long work: once for all, while anybody wants it, free to leave at once."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
import weakref
from dataclasses import dataclass, field

import pytest

from explorer.core.gradients import Cancelled
from explorer.errors import ExplorerError
from explorer.sharing import heaps, turns
from explorer.sharing.job import Job
from explorer.sharing.machine import COMPUTING_NICENESS, Machine
from explorer.sharing.runner import Runner
from tests.sharing.conftest import Left, finish, start, until


@dataclass
class Thing:
    nbytes: int = 1


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.01)


@pytest.fixture
def machine():
    return Machine(1)


@pytest.fixture
def runner(machine):
    return Runner(10, machine)


@dataclass
class Stalling:
    """Work that begins, stalls until the test lets it go on, and then asks as batches do."""

    began: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    times: int = 0
    was_cancelled: bool = False

    def __call__(self, job):
        self.times += 1
        self.began.set()
        try:
            self.go.wait(10)
            self.was_cancelled = job.cancelled()
            if self.was_cancelled:
                raise Cancelled
            return Thing()
        finally:
            self.ended.set()


def made(runner, key, make, session="mine"):
    """The result, as a page waits for it."""
    with runner.watching(key, make, session) as work:
        assert work.wait(10)
        return work.result()


def test_the_result_is_made_once_and_kept_for_everybody(runner):
    stalling = Stalling()
    stalling.go.set()
    first = made(runner, "a", stalling)
    assert made(runner, "a", stalling, "another") is first
    assert runner.result("a") is first
    assert stalling.times == 1
    assert runner.running() == 0


def test_many_who_ask_at_once_share_one_work(runner):
    stalling, found = Stalling(), []
    asking = start(*(lambda: found.append(made(runner, "a", stalling)) for _ in range(8)))
    until(stalling.began.is_set)
    until(lambda: len(runner._running["a"]._watchers) == 8)
    stalling.go.set()
    finish(asking)
    assert stalling.times == 1
    assert len(found) == 8
    assert all(thing is found[0] for thing in found)


def test_different_keys_are_made_at_the_same_time(runner):
    both = threading.Barrier(2, timeout=5)

    def make(job):
        both.wait()
        return Thing()

    finish(start(*(lambda k=k: made(runner, k, make) for k in "ab")))
    assert runner.result("a")
    assert runner.result("b")


@pytest.mark.parametrize("kind", [ValueError, Left])
def test_who_leaves_is_free_at_once_and_the_work_ends_when_it_can(runner, kind):
    stalling = Stalling()

    def leave():
        with runner.watching("a", stalling, "mine"):
            assert stalling.began.wait(5)
            raise kind

    started = time.monotonic()
    with pytest.raises(kind):
        leave()
    assert time.monotonic() - started < 1
    stalling.go.set()
    assert stalling.ended.wait(5)
    assert stalling.was_cancelled
    until(lambda: runner.running() == 0)
    assert runner.result("a") is None


def test_it_goes_on_as_long_as_anybody_wants_it(runner):
    stalling, found = Stalling(), []
    with runner.watching("a", stalling, "first"):
        stalling.began.wait(5)
        patient = start(lambda: found.append(made(runner, "a", stalling, "second")))
        until(lambda: len(runner._running["a"]._watchers) == 2)
    stalling.go.set()
    finish(patient)
    assert found
    assert not stalling.was_cancelled
    assert stalling.times == 1


def test_who_comes_back_before_the_work_noticed_finds_it_going_on(runner):
    stalling = Stalling()
    with runner.watching("a", stalling, "mine"):
        stalling.began.wait(5)
    with runner.watching("a", stalling, "mine") as work:
        stalling.go.set()
        assert work.wait(5)
        assert work.result() is runner.result("a")
    assert stalling.times == 1


def test_what_was_given_up_is_begun_anew_for_whoever_asks_later(runner):
    first, told = Stalling(), threading.Event()

    def give_up(job):
        until(job.cancelled)
        told.set()
        first.go.wait(5)
        raise Cancelled

    with runner.watching("a", give_up, "mine"):
        pass
    assert told.wait(5)
    second = Stalling()
    second.go.set()
    assert made(runner, "a", second)
    first.go.set()
    until(lambda: runner.running() == 0)
    assert runner.result("a")


@pytest.mark.parametrize("error", [ExplorerError("one sentence"), MemoryError(), KeyError("x")])
def test_what_the_work_raises_reaches_all_who_wait_as_it_is_and_can_be_tried_again(runner, error):
    go, caught = threading.Event(), []

    def fail(job):
        go.wait(5)
        raise error

    def ask():
        try:
            made(runner, "a", fail)
        except type(error) as found:
            caught.append(found)

    asking = start(ask, ask)
    until(lambda: "a" in runner._running and len(runner._running["a"]._watchers) == 2)
    go.set()
    finish(asking)
    assert caught == [error, error]
    assert made(runner, "a", lambda job: Thing())


def test_the_result_wakes_who_waits_without_a_delay(runner):
    stalling = Stalling()
    with runner.watching("a", stalling, "mine") as work:
        stalling.began.wait(5)
        threading.Timer(0.05, stalling.go.set).start()
        started = time.monotonic()
        assert work.wait(10)
        assert time.monotonic() - started < 1


def test_progress_place_and_first_picture_can_be_looked_at_meanwhile(runner, machine):
    go, drawn = threading.Event(), threading.Event()

    def make(job):
        job.tell(3, 9, "gradients")
        job.preview("a draft")
        drawn.set()
        with job.turn():
            go.wait(5)
        return Thing()

    with machine.turn("another"), runner.watching("a", make, "mine") as work:
        drawn.wait(5)
        until(lambda: work.progress().place == 1)
        assert str(work.progress()) == "3 of 9 gradients, 1st in line"
        assert work.draft == "a draft"
        assert not work.wait(0)
        waiting = work.computed
    with runner.watching("a", make, "mine") as work:
        until(lambda: not work.progress().place)
        go.set()
        assert work.wait(5)
    assert waiting == 0


def test_who_gives_up_in_line_leaves_the_line(runner, machine):
    def make(job):
        with job.turn():
            return Thing()

    with machine.turn("another"):
        with runner.watching("a", make, "mine"):
            until(lambda: machine.gate.in_line() == 1)
        until(lambda: machine.gate.in_line() == 0)
        until(lambda: runner.running() == 0)
    assert runner.result("a") is None
    assert machine.gate.busy() == 0


def test_turns_are_taken_in_the_name_of_whoever_still_wants_it(runner):
    asked, go = [], threading.Event()

    def make(job):
        for _ in range(2):
            asked.append(job._session())
            go.wait(5)
        return Thing()

    with runner.watching("a", make, "first"):
        until(lambda: asked == ["first"])
        with runner.watching("a", make, "second") as work:
            work.leave("first")
            go.set()
            assert work.wait(5)
            work.join("first")
    assert asked == ["first", "second"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives threads priorities")
def test_every_kind_of_work_steps_back_and_gives_its_memory_back(runner, monkeypatch):
    given, found = [], []
    monkeypatch.setattr(heaps, "give_back", lambda: given.append(True))

    def make(job):
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return Thing()

    made(runner, "a", make)
    assert found[0] >= COMPUTING_NICENESS
    until(lambda: given)


def test_what_failed_or_was_given_up_holds_no_memory(runner):
    class Large:
        pass

    held = []

    def fail(job):
        large = Large()
        held.append(weakref.ref(large))
        until(job.cancelled)
        raise ValueError(large)

    with runner.watching("a", fail, "mine"):
        until(lambda: held)
    until(lambda: runner.running() == 0)
    gc.collect()
    until(lambda: held[0]() is None)


class Wish(Job):
    """A job within which others' results are wanted; the test ends it."""

    def __init__(self):
        self.over, self.told = threading.Event(), []

    def tell(self, done, total, unit):
        self.told.append((done, total, unit))

    def cancelled(self):
        return self.over.is_set()


def test_a_job_that_wants_anothers_result_hears_its_progress_and_can_give_up_at_once(runner):
    wish, go = Wish(), threading.Event()

    def make(job):
        job.tell(4, 9, "MB")
        go.wait(10)
        until(job.cancelled)
        raise Cancelled

    stop = threading.Timer(0.3, wish.over.set)
    stop.start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        runner.get("a", make, wish)
    assert time.monotonic() - started < 1.3
    assert wish.told == [(4, 9, "MB")], "once, however often it was looked at"
    go.set()
    until(lambda: runner.running() == 0)


def test_a_job_gets_anothers_result_and_later_the_kept_one(runner):
    first = runner.get("a", lambda job: Thing())
    assert runner.get("a", lambda job: pytest.fail("made again")) is first


def test_a_result_asked_for_before_its_end_is_refused(runner):
    stalling = Stalling()
    with runner.watching("a", stalling, "mine") as work:
        with pytest.raises(RuntimeError, match="not ended"):
            work.result()
        stalling.go.set()


def test_nothing_is_lost_when_many_come_and_go_at_random(runner, machine):
    done, gone = [], []

    def make(job):
        for step in range(4):
            with job.turn():
                time.sleep(0.002)
            job.tell(step + 1, 4, "gradients")
        return Thing()

    def visitor(number):
        try:
            for key in "abc":
                with runner.watching(f"{key}{number % 3}", make, f"s{number}") as work:
                    if number % 4 == 1 and key == "b":
                        time.sleep(0.003)
                        raise Left
                    assert work.wait(10)
                    assert work.result()
            done.append(number)
        except Left:
            gone.append(number)

    finish(start(*(lambda i=i: visitor(i) for i in range(24))))
    assert sorted(done + gone) == list(range(24))
    until(lambda: runner.running() == 0)
    assert machine.gate.busy() == machine.gate.in_line() == 0
