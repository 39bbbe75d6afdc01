"""Work that a tab asks for: done below the tabs, outside their fragment, where it can be stopped.

Streamlit interrupts only what lies outside a fragment. So a tab asks, the whole page runs again,
and the work is done at its end, with progress on screen and a way to stop it, by Stop or by any
other control; then the page runs once more, and the tab finds the result.
"""

from __future__ import annotations

from functools import partial
from typing import Generic, TypeVar

import streamlit as st

from explorer.errors import reason
from explorer.sharing.cache import Sized
from explorer.sharing.runner import Make, Runner
from explorer.ui import slots

from .watching import Way, watch

Result = TypeVar("Result", bound=Sized)


class TabJob(Generic[Result]):
    """One kind of work. name: in widgets' keys. text: on the screen, before there is progress.

    Results are kept for everybody, by key; what was asked, stopped or failed is each session's own.
    """

    def __init__(self, name: str, text: str, limit: int) -> None:
        self.name, self.text = name, text
        self.runner: Runner[Result] = Runner(limit)
        self._asked, self._ended = slots.asked_of(name), slots.ended_of(name)

    def result(self, key: str) -> Result | None:
        """What was made, if it is still held."""
        return self.runner.result(key)

    def ask(self, key: str) -> None:
        """Have it made: ends this run of the page."""
        self._asked.set(key)
        st.rerun()

    def asked(self, key: str) -> bool:
        """Whether it is being made, or about to be."""
        return self._asked.get() == key

    def ended(self, key: str) -> str | None:
        """Why there is no result though it was asked for: what failed, or "" if it was stopped."""
        ended, why = self._ended.get()
        return why if ended == key else None

    def do(self, key: str, make: Make[Result]) -> None:
        """Make it, if it was asked for, and run the page again; do nothing otherwise."""
        if not self.asked(key):
            self._asked.clear()  # of another picture, which is gone
            return
        way = Way("Stop", f"stop-{self.name}", partial(self._end, key, ""))
        try:
            watch(self.runner, key, make, way, text=self.text)
        except (ValueError, RuntimeError, MemoryError) as error:
            self._end(key, reason(error))
        self._asked.clear()
        st.rerun()

    def _end(self, key: str, why: str) -> None:
        self._asked.clear()
        self._ended.set((key, why))
