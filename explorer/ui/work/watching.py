"""Long work on the screen: its progress, its first pictures, and the button that stops it.

The work is done in a thread of its own; this run of the page only watches. Whatever ends the run (a
changed control, the button, a closed tab) raises inside a call to Streamlit, the next of which is
never far: with that the run no longer wants the work, and is free, whatever the work waits for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.sharing.cache import Sized
from explorer.sharing.runner import Make, Runner

from .first_picture import Drafts

PAINT_SECONDS = 0.2  # between two looks at the work, and so until a wish to stop is heard

Result = TypeVar("Result", bound=Sized)


@dataclass(frozen=True)
class Way:
    """The way out. label, key: of the button. stop(): called when it is pressed."""

    label: str
    key: str
    stop: Callable[[], Any]


def watch(
    runner: Runner[Result],
    key: str,
    make: Make[Result],
    way: Way,
    *,
    text: str,
    drafts: Callable[[DeltaGenerator], Drafts] | None = None,
) -> Result:
    """Have it made, in view: what the work raises is raised here once its bar is gone.

    text: beside the bar before there is progress. drafts: shows first pictures in the bar's row.
    """
    place = st.empty()
    row = place.container(horizontal=True, vertical_alignment="center")
    with row:
        st.button(way.label, key=way.key, on_click=way.stop)
        bar = st.progress(0.0, text=text)
    shown = drafts(row) if drafts is not None else None
    try:
        with runner.watching(key, make, _session()) as work:
            while not work.wait(PAINT_SECONDS):
                progress = work.progress()
                bar.progress(progress.share, text=str(progress) or text)
                if shown is not None:
                    shown.show(work.draft, work.computed)
            result = work.result()
    except Exception:
        place.empty()
        raise
    place.empty()
    return result


def _session() -> str:
    context = get_script_run_ctx()
    return "" if context is None else context.session_id
