"""What a run begins with: what the start's arguments and the address ask for."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui import slots

from . import address
from .arguments import startup


def begin() -> None:
    """Set the request and the view when the session begins, and when the person goes back."""
    if not slots.REQUEST.is_set():
        _take(_first())
    elif (params := address.gone_to()) is not None:
        slots.TAB.set("")  # the first, unless the address names one
        _take(params)


def _first() -> Mapping[str, str]:
    params = st.query_params.to_dict()
    try:
        for model in startup().models[:1]:  # whoever brings a model wants to see it first
            params.setdefault("model", model)
    except ExplorerError as error:
        slots.NOTICES.get().append(str(error))
    return params


def _take(params: Mapping[str, str]) -> None:
    request, view, refused = address.read(params)
    slots.REQUEST.set(request)
    slots.VIEW.set(view)
    if address.SURVEY in params and {"model", "image"} & set(params):  # else the Survey page does
        slots.SURVEY.set(params[address.SURVEY])
    if view.tab is not None:
        slots.TAB.set(view.tab)
    slots.NOTICES.get().extend(refused)
