"""How far long work is and how long it still takes, in gradients, pictures or megabytes.

    left = (now - t_0) / (n - n_0) * (total - n)

(t_0, n_0): the oldest report of the last seconds. n: what is done now: what was reported, and as
much of the batch under way as the last batch had done in that time. Waiting counts: while others
compute it takes longer, and while nothing comes the time left grows.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

Turn = Callable[[], AbstractContextManager[None]]

RECENT_SECONDS = 15.0  # by which the pace is judged, or by two reports where those take longer
INSTANT = 1e-9  # seconds between two reports at the least


@dataclass(frozen=True)
class Progress:
    """done of total, in units ("" before anything is known). left: seconds; None if unknown.

    place: in the line of those who wait for a turn, 1 being the next; 0 for who does not wait.
    """

    done: float = 0.0
    total: float = 1.0
    unit: str = ""
    left: float | None = None
    place: int = 0

    @property
    def share(self) -> float:
        """What is done, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0

    def __str__(self) -> str:
        """Such as "12 of 50 gradients, 2nd in line, about 8 s left"; "" while nothing is known."""
        parts = []
        if self.unit:
            parts.append(f"{self.done:.0f} of {self.total:.0f} {self.unit}")
        if self.place:
            parts.append(f"{ordinal(self.place)} in line")
        if self.left is not None and self.left >= 1:
            parts.append(f"about {duration(self.left)} left")
        return ", ".join(parts)


class Pace:
    """Hears how much is done, and tells from it how long the rest takes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reports: deque[tuple[float, float]] = deque()  # (when, done), ascending in both
        self._total, self._unit = 1.0, ""

    def tell(self, done: float, total: float, unit: str) -> None:
        """So much is done now; another unit, or less than before, begins anew."""
        if unit != self._unit or (self._reports and done < self._reports[-1][1]):
            self._reports.clear()
        self._total, self._unit = total, unit
        if not self._reports or done > self._reports[-1][1]:
            self._reports.append((self._clock(), done))
            self._forget()

    def progress(self, place: int = 0) -> Progress:
        """How far it is at this moment."""
        done = self._reports[-1][1] if self._reports else 0.0
        return Progress(done, self._total, self._unit, self._left(), place)

    def _forget(self) -> None:
        """Drop what is older than the last seconds, but for the report that they began with."""
        since = self._reports[-1][0] - RECENT_SECONDS
        while len(self._reports) > 2 and self._reports[1][0] <= since:
            self._reports.popleft()

    def _left(self) -> float | None:
        if len(self._reports) < 2:
            return None
        (began, first), (before, less), (last, done) = (self._reports[k] for k in (0, -2, -1))
        now = self._clock()
        under_way = min(1.0, (now - last) / max(last - before, INSTANT)) * (done - less)
        reached = min(self._total, done + under_way)
        return (now - began) / (reached - first) * (self._total - reached)


class Stopwatch:
    """Counts the seconds inside turns: waiting for them does not count."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock, self.seconds = clock, 0.0

    def timed(self, turn: Turn) -> Turn:
        """The same turns, with a clock."""

        @contextmanager
        def timed_turn() -> Iterator[None]:
            with turn():
                began = self._clock()
                try:
                    yield
                finally:
                    self.seconds += self._clock() - began

        return timed_turn


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}th" if number % 100 in (11, 12, 13) else f"{number}{ending}"


def duration(seconds: float) -> str:
    """In words: "8 s" or "3 minutes"; never less than a second."""
    if seconds >= 90:
        return f"{seconds / 60:.0f} minutes"
    return f"{max(seconds, 1):.0f} s"
