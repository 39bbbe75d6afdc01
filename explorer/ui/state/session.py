"""What the person has set, as one request, and how widgets read and change it.

`st.session_state.choice` is the request; widgets read it before they are drawn and write it back
through callbacks, so that a widget which is not on screen loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from explorer.core.targets import LOGIT_DIFFERENCE
from explorer.request import Request
from explorer.ui.shell.notices import say


def choice() -> Request:
    """The request as it is set now."""
    return st.session_state.choice


def choose(**changes: Any) -> None:
    """Change the request; a refusal is shown and leaves it as it was."""
    try:
        st.session_state.choice = replace(choice(), **changes)
    except ValueError as error:
        say(str(error))


def bound(name: str, value: Any, apply: Callable[[Any], None]) -> dict[str, Any]:
    """Key and callback of a widget that shows `value` and hands what is set to `apply`."""
    key = f"set-{name}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return {"key": key, "on_change": lambda: apply(st.session_state[key])}


def score_without_contrast() -> str:
    current = choice().score
    usual = Request().score
    return st.session_state.get("score_before", usual) if current == LOGIT_DIFFERENCE else current
