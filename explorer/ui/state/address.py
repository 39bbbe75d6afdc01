"""The page's address: a request and a view as query parameters, and back with every doubt named.

Streamlit puts an entry into the browser's history whenever the address changes, and runs the page
again with the older address when the person goes back.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import fields

import streamlit as st

from explorer.images import uploads
from explorer.models.registry import MODELS
from explorer.models.spec import ModelFacts
from explorer.pictures.look import Look, usual_look
from explorer.pictures.view import View
from explorer.request import Request
from explorer.ui import slots

LOOK = {field.name for field in fields(Look)}
LATE_SECONDS = 0.5  # that a browser may need to hear of a new address
SURVEY = "survey"  # the survey that a picture came from, whose labels are its owner's


def read(params: Mapping[str, str]) -> tuple[Request, View, list[str]]:
    """The request and the view that an address names, and a sentence for each refused value."""
    own = {name: value for name, value in params.items() if name not in LOOK}  # `sigma` is in both
    request, refused = Request.complete(own)
    view, more = View.from_params(params, usual_look(MODELS[request.model]))
    return request, view, [*refused, *more]


def written(request: Request, view: View, model: ModelFacts) -> dict[str, str]:
    """The address of just this: the request, its survey, and what differs from the usual view."""
    survey = slots.SURVEY.get() if uploads.is_upload(request.image) else None
    known = request.to_params() | ({} if survey is None else {SURVEY: survey})
    return known | view.to_params(usual_look(model))


def write(request: Request, view: View, model: ModelFacts) -> None:
    """Put request and view into the browser's address. model: the request's, loaded or not."""
    params = written(request, view, model)
    if params != slots.ADDRESS.get():
        slots.ADDRESS.set(params)
        slots.WRITTEN.set(time.monotonic())
    if params != st.query_params.to_dict():
        st.query_params.from_dict(params)


def gone_to() -> Mapping[str, str] | None:
    """The address that the person went back or forward to; None where this run has other reasons.

    That is another address than the one last written, in a run in which no control changed. Just
    after one was written, the browser may only be late, and no person is as fast.
    """
    changed, params = slots.ASKED_NOW.take(), st.query_params.to_dict()
    late = time.monotonic() - slots.WRITTEN.get() < LATE_SECONDS
    other = slots.ADDRESS.get() is not None and params != slots.ADDRESS.get()
    return params if other and "model" in params and not changed and not late else None
