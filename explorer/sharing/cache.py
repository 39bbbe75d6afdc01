"""A cache for all sessions, of models or explanations: bounded by bytes, each made once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Generic, Protocol, TypeVar

CACHE_BYTES = 2 << 30
WAIT_SECONDS = 0.1


class Sized(Protocol):
    """Something that knows the bytes it takes."""

    @property
    def nbytes(self) -> int: ...


Value = TypeVar("Value", bound=Sized)


@dataclass(frozen=True)
class MemoryUse:
    """What a cache holds. used, limit: bytes. held: (key, bytes), least recently used first."""

    used: int
    limit: int
    held: tuple[tuple[str, int], ...]


@dataclass
class _Turn:
    """The lock of one key's load, and how many want it."""

    lock: Lock
    wanted: int = 0


class BoundedCache(Generic[Value]):
    """Values by key; beyond `limit` bytes the least recently used are forgotten.

    The newest value always stays, even alone above the limit: it is in use anyway. Different keys
    load at the same time; whoever asks for a key that is being loaded waits for that one load.
    """

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self.limit = limit
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._turns: dict[str, _Turn] = {}
        self._lock = Lock()

    def get(self, key: str) -> Value | None:
        """The value if it is held, which makes it the most recently used."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: str, value: Value) -> None:
        """Hold the value, and forget others where it needs their room."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > 1 and self._used() > self.limit:
                self._values.popitem(last=False)

    def load(
        self, key: str, make: Callable[[], Value], waiting: Callable[[], None] | None = None
    ) -> Value:
        """The value, made at most once however many ask at the same time.

        waiting(): called several times a second while another makes it; raising in it gives up.
        """
        with self._turn(key, waiting):
            value = self.get(key)
            if value is None:
                value = make()
                self.put(key, value)
            return value

    def values(self) -> tuple[Value, ...]:
        """All that is held, least recently used first."""
        with self._lock:
            return tuple(self._values.values())

    def use(self) -> MemoryUse:
        """What is held at this moment."""
        with self._lock:
            held = tuple((key, value.nbytes) for key, value in self._values.items())
        return MemoryUse(sum(n for _, n in held), self.limit, held)

    def _used(self) -> int:
        return sum(value.nbytes for value in self._values.values())

    @contextmanager
    def _turn(self, key: str, waiting: Callable[[], None] | None) -> Iterator[None]:
        with self._lock:
            turn = self._turns.setdefault(key, _Turn(Lock()))
            turn.wanted += 1
        try:
            while not turn.lock.acquire(timeout=WAIT_SECONDS):
                if waiting is not None:
                    waiting()
            try:
                yield
            finally:
                turn.lock.release()
        finally:
            with self._lock:
                turn.wanted -= 1
                if not turn.wanted:
                    del self._turns[key]
