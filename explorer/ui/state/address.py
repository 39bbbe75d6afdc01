"""The page's address: a request and a view as query parameters, and back with every doubt named.

Streamlit puts an entry into the browser's history whenever the address changes, and runs the page
again with the older address when the person goes back.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from explorer.models.registry import MODELS
from explorer.pictures.look import usual_look
from explorer.pictures.view import View
from explorer.request import Request
from explorer.ui import slots


def read(params: Mapping[str, str]) -> tuple[Request, View, list[str]]:
    """The request and the view that an address names, and a sentence for each refused value."""
    request, refused = Request.complete(params)
    view, more = View.from_params(params, usual_look(MODELS[request.model]))
    return request, view, [*refused, *more]


def written(request: Request, view: View) -> dict[str, str]:
    """The address of just this: the request, and what differs from the usual view."""
    return request.to_params() | view.to_params(usual_look(MODELS[request.model]))


def write(request: Request, view: View) -> None:
    """Put request and view into the browser's address."""
    params = written(request, view)
    slots.ADDRESS.set(params)
    if params != st.query_params.to_dict():
        st.query_params.from_dict(params)


def gone_to() -> Mapping[str, str] | None:
    """The address that the person went back or forward to; None where this run has other reasons.

    That is another address than the one last written, in a run in which no control changed: one
    that did may still come from a browser that has not heard of the newest address.
    """
    changed, params = slots.ASKED_NOW.take(), st.query_params.to_dict()
    last = slots.ADDRESS.get()
    gone = last is not None and "model" in params and params != last and not changed
    return params if gone else None
