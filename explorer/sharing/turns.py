"""Who computes now, where many want to: a few turns at a time, shared fairly between sessions.

A turn is short (one batch of gradients), so everybody's work goes on. Of the sessions that wait,
the one whose last turn is longest ago goes next: one request is never starved by many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock

WAIT_SECONDS = 0.2


@dataclass(eq=False)
class _Ticket:
    """One request for a turn. come: set once it is its turn."""

    session: str
    number: int
    come: Event = field(default_factory=Event)


class Gate:
    """At most `slots` turns at a time; ValueError below 1."""

    def __init__(self, slots: int = 1) -> None:
        if slots < 1:
            raise ValueError(f"slots must be at least 1; got {slots}")
        self.slots = slots
        self._free = slots
        self._line: list[_Ticket] = []
        self._last: dict[str, int] = {}  # session -> when it last had a turn
        self._clock = count()
        self._lock = Lock()

    @contextmanager
    def turn(self, session: str, waiting: Callable[[int], None] | None = None) -> Iterator[None]:
        """Wait for a turn, and hold it for the length of the `with`.

        session: whose turn it is; turns are shared fairly between sessions. waiting(position):
        called several times a second while waiting, 1 being the next; raising in it gives up.
        A turn inside one's own turn would wait for itself: never take one.
        """
        ticket = self._join(session)
        try:
            while not ticket.come.wait(WAIT_SECONDS):
                position = self._position(ticket)
                if waiting is not None and position:
                    waiting(position)
            yield
        finally:
            self._leave(ticket)

    def in_line(self) -> int:
        """How many wait at this moment."""
        with self._lock:
            return len(self._line)

    def busy(self) -> int:
        """How many have a turn at this moment."""
        with self._lock:
            return self.slots - self._free

    def _join(self, session: str) -> _Ticket:
        with self._lock:
            ticket = _Ticket(session, next(self._clock))
            self._line.append(ticket)
            self._call()
        return ticket

    def _leave(self, ticket: _Ticket) -> None:
        """Give back the turn, or the place in line of whoever gave up before it came."""
        with self._lock:
            if ticket in self._line:
                self._line.remove(ticket)
            else:
                self._free += 1
            self._call()

    def _call(self) -> None:
        """Hand every free slot to whoever is next."""
        for ticket in self._order()[: self._free]:
            self._line.remove(ticket)
            self._free -= 1
            self._last[ticket.session] = next(self._clock)
            ticket.come.set()
        if self._free == self.slots:
            self._last.clear()  # nobody waits: what was matters no more, and must not pile up

    def _position(self, ticket: _Ticket) -> int:
        """1 for the next, 0 for a ticket whose turn has come."""
        with self._lock:
            order = self._order()
        return order.index(ticket) + 1 if ticket in order else 0

    def _order(self) -> list[_Ticket]:
        """The line as it will be called: a session's second request comes after all first ones."""
        earlier: dict[str, int] = {}
        ranks = {}
        for ticket in self._line:
            rank = earlier.get(ticket.session, 0)
            earlier[ticket.session] = rank + 1
            ranks[ticket] = (rank, self._last.get(ticket.session, -1), ticket.number)
        return sorted(self._line, key=ranks.__getitem__)
