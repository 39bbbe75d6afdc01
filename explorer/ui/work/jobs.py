"""Work that a tab asks for: done below the tabs, outside their fragment, where it can be stopped.

Streamlit interrupts only what lies outside a fragment. So a tab asks, the whole page runs again,
and the work is done at its end, with progress on screen and a way to stop it, by Stop or by any
other control; then the page runs once more, and the tab finds the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import streamlit as st

from explorer.errors import reason
from explorer.sharing import heaps
from explorer.sharing.cache import BoundedCache, Sized

from .reporter import Reporter

Result = TypeVar("Result", bound=Sized)


class Chore(Generic[Result]):
    """One kind of work. name: in widgets' keys. text: on the screen, before there is progress.

    Results are kept for everybody, by key; what was asked, stopped or failed is each session's own.
    """

    def __init__(self, name: str, text: str, limit: int) -> None:
        self.name, self.text = name, text
        self.cache: BoundedCache[Result] = BoundedCache(limit)

    def result(self, key: str) -> Result | None:
        """What was made, if it is still held."""
        return self.cache.get(key)

    def ask(self, key: str) -> None:
        """Have it made: ends this run of the page."""
        st.session_state[f"{self.name}-asked"] = key
        st.rerun()

    def asked(self, key: str) -> bool:
        """Whether it is being made, or about to be."""
        return st.session_state.get(f"{self.name}-asked") == key

    def ended(self, key: str) -> str | None:
        """Why there is no result though it was asked for: what failed, or "" if it was stopped."""
        ended, why = st.session_state.get(f"{self.name}-ended", (None, ""))
        return why if ended == key else None

    def do(self, key: str, make: Callable[[Reporter], Result]) -> None:
        """Make it, if it was asked for, and run the page again; do nothing otherwise."""
        if not self.asked(key):
            st.session_state.pop(f"{self.name}-asked", None)  # of another picture, which is gone
            return
        place = st.empty()
        with place.container(horizontal=True, vertical_alignment="center"):
            st.button("Stop", key=f"stop-{self.name}", on_click=self._end, args=(key, ""))
            report = Reporter(st.progress(0.0, text=self.text))
        try:
            self.cache.load(key, lambda: self._make(make, report), waiting=report.twin)
        except (ValueError, RuntimeError, MemoryError) as error:
            self._end(key, reason(error))
        st.session_state.pop(f"{self.name}-asked", None)
        place.empty()
        st.rerun()

    def _make(self, make: Callable[[Reporter], Result], report: Reporter) -> Result:
        try:
            return make(report)
        finally:
            heaps.give_back()

    def _end(self, key: str, why: str) -> None:
        st.session_state.pop(f"{self.name}-asked", None)
        st.session_state[f"{self.name}-ended"] = key, why
