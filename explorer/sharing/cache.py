"""A cache for all sessions, of models, explanations or archives: bounded by bytes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Generic, Protocol, TypeVar


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


class BoundedCache(Generic[Value]):
    """Values by key; beyond `limit` bytes the least recently used are forgotten.

    The newest value always stays, even alone above the limit: it is in use anyway.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._values: OrderedDict[str, Value] = OrderedDict()
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
