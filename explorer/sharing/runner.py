"""One way to run anything long: in a thread of its own, once for all who ask, while one wants it.

    with runner.watching(key, make, session) as work:
        while not work.wait(seconds):
            ... work.progress(), work.draft ...
        result = work.result()

Whoever leaves the `with`, by whatever exception, no longer wants it. When nobody does, the job's
`cancelled()` turns true and the work ends at its next batch; who left is free at once, whatever the
work still waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import Any, Generic, TypeVar

from explorer.core.gradients import Cancelled

from . import heaps
from .cache import BoundedCache, Sized
from .job import ALONE, Job
from .machine import MACHINE, Machine, step_back
from .progress import Pace, Progress, Stopwatch

WAIT_SECONDS = 0.1

Result = TypeVar("Result", bound=Sized)
Make = Callable[[Job], Result]
"""What makes the result, in a thread of its own, for a job that it tells and asks."""


class Work(Job, Generic[Result]):
    """Something long under way: the job of what computes, and what its watchers look at."""

    def __init__(self, machine: Machine = MACHINE) -> None:
        self._machine = machine
        self._watchers: list[str] = []  # their sessions, in the order in which they came
        self._given_up = False
        self._pace, self._clock = Pace(), Stopwatch()
        self._place, self._draft = 0, None
        self._lock, self._ended = Lock(), Event()
        self._result: Result | None = None
        self._error: BaseException | None = None

    # -- what the work itself sees

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn in the name of whoever wants the result longest."""
        with self._clock.timed(self._wait_for_turn)():
            yield

    @contextmanager
    def _wait_for_turn(self) -> Iterator[None]:
        with self._machine.turn(self._session(), self._in_line):
            self._place = 0
            self._go_on()
            yield

    def tell(self, done: float, total: float, unit: str) -> None:
        """So much is done of so much."""
        with self._lock:
            self._pace.tell(done, total, unit)

    def preview(self, draft: Any) -> None:
        """A first picture; the next one takes its place."""
        self._draft = draft

    def cancelled(self) -> bool:
        """Whether nobody wants it any more; once the work was told so, nobody can join it."""
        with self._lock:
            self._given_up = self._given_up or not self._watchers
            return self._given_up

    def _go_on(self) -> None:
        if self.cancelled():
            raise Cancelled("nobody waits for it any more")

    def _in_line(self, position: int) -> None:
        self._go_on()
        self._place = position

    def _session(self) -> str:
        with self._lock:
            return self._watchers[0] if self._watchers else ""

    # -- what its watchers see

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after so many seconds or as soon as it has."""
        return self._ended.wait(seconds)

    def result(self) -> Result:
        """What was made, once it has ended; what the work raised is raised as it is."""
        if self._error is not None:
            raise self._error
        if self._result is None:
            raise RuntimeError("the work has not ended: wait for it first")
        return self._result

    def progress(self) -> Progress:
        """How far it is at this moment."""
        with self._lock:
            return self._pace.progress(self._place)

    @property
    def draft(self) -> Any:
        """The newest first picture; None before there is one."""
        return self._draft

    @property
    def computed(self) -> float:
        """Seconds that it has computed: neither waiting in line nor loading counts."""
        return self._clock.seconds

    # -- who wants it

    def join(self, session: str) -> bool:
        """Want it too; False where it was given up already."""
        with self._lock:
            if not self._given_up:
                self._watchers.append(session)
            return not self._given_up

    def leave(self, session: str) -> None:
        """Want it no more."""
        with self._lock:
            self._watchers.remove(session)
            if not self._watchers and self._ended.is_set():
                self._error = None  # its traceback holds all that the work held

    # -- its end

    def attempt(self, make: Make[Result]) -> Result | None:
        """Make it; what goes wrong is kept for the watchers, and None comes back."""
        try:
            self._go_on()
            self._result = make(self)
        except BaseException as error:  # it belongs to whoever waits, in another thread
            self._error = error
        return self._result

    def end(self) -> None:
        """Wake whoever waits."""
        self._draft = None
        if self._given_up:
            self._error = None
        self._ended.set()


class Runner(Generic[Result]):
    """One kind of work, by keys; its results are kept for everybody in so many bytes."""

    def __init__(self, limit: int, machine: Machine = MACHINE) -> None:
        self.kept: BoundedCache[Result] = BoundedCache(limit)
        self._machine = machine
        self._running: dict[str, Work[Result]] = {}
        self._lock = Lock()

    def result(self, key: str) -> Result | None:
        """What was made, if it is still kept."""
        return self.kept.get(key)

    def running(self) -> int:
        """How many are under way, given up or not."""
        with self._lock:
            return len(self._running)

    @contextmanager
    def watching(self, key: str, make: Make[Result], session: str) -> Iterator[Work[Result]]:
        """Have it made, or join whoever asked for the same before; leaving gives it up.

        session: in whose name turns are taken.
        """
        work = self._join(key, make, session)
        try:
            yield work
        finally:
            work.leave(session)

    def get(self, key: str, make: Make[Result], job: Job = ALONE) -> Result:
        """The result, within a job that hears how far it is; Cancelled as soon as that job is."""
        found = self.result(key)
        if found is not None:
            return found
        with self.watching(key, make, "") as work:
            told = Progress()
            while not work.wait(WAIT_SECONDS):
                if job.cancelled():
                    raise Cancelled(f"{key} is not wanted any more")
                told = _pass_on(work.progress(), told, job)
            _pass_on(work.progress(), told, job)
            return work.result()

    def _join(self, key: str, make: Make[Result], session: str) -> Work[Result]:
        with self._lock:
            work = self._running.get(key)
            if work is not None and work.join(session):
                return work
            work = Work(self._machine)
            work.join(session)
            known = self.kept.get(key)
            if known is not None:  # it came between the question and the lock
                work.attempt(lambda job: known)
                work.end()
                return work
            Thread(target=self._run, args=(key, work, make), name=key[:60], daemon=True).start()
            self._running[key] = work  # the thread may end only once the lock is free
            return work

    def _run(self, key: str, work: Work[Result], make: Make[Result]) -> None:
        step_back()
        made = work.attempt(make)
        if made is not None:
            self.kept.put(key, made)
        with self._lock:
            if self._running.get(key) is work:
                del self._running[key]
        work.end()
        del work, make, made  # so that what they hold is free
        heaps.give_back()


def _pass_on(progress: Progress, told: Progress, job: Job) -> Progress:
    """Tell the job what is new in the progress, and return what it was told last."""
    far = (progress.done, progress.total, progress.unit)
    if far != (told.done, told.total, told.unit):
        job.tell(*far)
    return progress
