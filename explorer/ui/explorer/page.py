"""The Explorer page: read the request, explain it, and show the four linked stages."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.errors import ExplorerError
from explorer.explanation import Explanation
from explorer.request import Request
from explorer.ui import slots
from explorer.ui.explorer import classic_mistakes, how_far_off, panels
from explorer.ui.explorer.headline import headline
from explorer.ui.player import player
from explorer.ui.shell.copy_link import copy_link
from explorer.ui.shell.notices import notices, plain
from explorer.ui.sidebar import controls, model_picker
from explorer.ui.state import address, first_run
from explorer.ui.work.explanations import cached, explanation_for


def page() -> None:
    """Draw the page for the request in the sidebar."""
    first_run.begin()
    panels.settle_tab()
    request = controls.sidebar()
    with st.container():  # messages and progress come and go here without moving the player
        notices()
        explanation = _explanation(request)
        if explanation is not None and slots.SHOWN.get() != request:
            panels.still_showing(explanation)
    if explanation is None:
        return
    with st.container(key="copy-link"):
        copy_link()
    headline(explanation)
    _linked(slots.SHOWN.get())
    how_far_off.work(explanation)
    classic_mistakes.work(explanation)


def _explanation(request: Request) -> Explanation | None:
    """The explanation; the previous one, with a word on why, where there is none."""
    if model_picker.awaits_download(request.model):
        return _previous()
    try:
        explanation = explanation_for(request)
    except ExplorerError as error:
        slots.AGREED.clear()  # ask again before trying again
        st.error(plain(str(error)), icon=":material/error:")
        return _previous()
    if explanation is None:
        panels.cancelled()
        return _previous()
    slots.SHOWN.set(request)
    return explanation


def _previous() -> Explanation | None:
    shown = slots.SHOWN.get()
    return cached(shown) if shown is not None else None


@st.fragment
def _linked(request: Request) -> None:
    """The player and what follows it; a changed view redraws only this part, and the address.

    Streamlit keeps a fragment's arguments with its session for minutes after the tab is closed, so
    it gets the request, and not the explanation, which is taken from the bounded cache.
    """
    explanation = cached(request) or _explanation(request)
    if explanation is None:
        return
    seen = player(explanation, replace(slots.VIEW.get(), tab=None), key="player")
    view = replace(seen, tab=panels.open_tab())
    slots.VIEW.set(view)
    address.write(request, view, explanation.model)
    panels.verdict_row(explanation)
    panels.address_note(request)
    panels.details(explanation, view)
