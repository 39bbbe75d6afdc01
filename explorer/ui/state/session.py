"""What the person has set, as one request, and how widgets read and change it.

Widgets read the request before they are drawn and write it back through callbacks, so that a widget
which is not on screen loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.core.choice import Branch, Choice, Parameter
from explorer.core.targets import LOGIT_DIFFERENCE
from explorer.request import Request
from explorer.ui import slots
from explorer.ui.shell.notices import say


def asked() -> Request:
    """The request as it is set now."""
    return slots.REQUEST.get()


def ask(**changes: Any) -> None:
    """Change the request; a refusal is shown and leaves it as it was."""
    slots.SCORE_BEFORE.set(_own_score())
    if "against" in changes and changes["against"] is None:
        changes = {"score": slots.SCORE_BEFORE.get(), **changes}
    try:
        _set(asked().changed(**changes))
    except ValueError as error:
        say(str(error))


def ask_anew(**given: Any) -> None:
    """Make the request of what is given and of what is set; what no longer fits falls back."""
    kept = {} if "score" in given else {"score": _own_score()}
    _set(Request.complete(asked().to_params() | kept | given)[0])


def _set(request: Request) -> None:
    slots.REQUEST.set(request)
    slots.ASKED_NOW.set(True)


def _own_score() -> str:
    """The score that was chosen, beneath a contrast."""
    contrasted = asked().score == LOGIT_DIFFERENCE
    return slots.SCORE_BEFORE.get() if contrasted else asked().score


def switched(choice: Choice, to: Choice) -> Choice:
    """The new choice with the settings that its kind had before, when it was last chosen."""
    kept = slots.SETTINGS_BEFORE.get()
    kept |= {(choice.name, _name(p)): choice.values[p.name] for p in choice.parameters}
    for opening in (True, False):  # the settings that open others come first
        old = set(map(_name, choice.parameters)) if to.name == choice.name else set()
        again = {
            p.name: kept[to.name, _name(p)]
            for p in to.parameters
            if isinstance(p, Branch) == opening
            and _name(p) not in old
            and (to.name, _name(p)) in kept
        }
        to = to.changed(**again)
    return to


def _name(parameter: Parameter) -> tuple[str, str]:
    """Of parameters that are called alike: the steps of one rule are not those of another."""
    return parameter.name, parameter.title


def bound(name: str, value: Any, apply: Callable[[Any], None]) -> dict[str, Any]:
    """Key and callback of a widget that shows `value` and hands what is set to `apply`."""
    key = f"set-{name}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return {"key": key, "on_change": lambda: apply(st.session_state[key])}
