"""Explanations for the page: computed once for all sessions, in view, and kept."""

from __future__ import annotations

from functools import partial

import streamlit as st

from explorer.explain import explain
from explorer.explanation import Explanation
from explorer.request import Request
from explorer.sharing.runner import Runner

from .first_picture import Drafts
from .watching import Way, watch

KEPT_BYTES = 96 * 1024 * 1024

_runner: Runner[Explanation] = Runner(KEPT_BYTES)


def cached(request: Request) -> Explanation | None:
    """The explanation if it is at hand."""
    return _runner.result(request.key)


def explanation_for(request: Request) -> Explanation | None:
    """The explanation, computed with progress on screen if need be; None where it was cancelled.

    Raises ExplorerError where the request cannot be answered.
    """
    known = cached(request)
    if known is None and st.session_state.get("cancelled") == request.key:
        return None
    st.session_state.pop("cancelled", None)
    return known or _watched(request)


def _watched(request: Request) -> Explanation:
    return watch(
        _runner,
        request.key,
        partial(explain, request),
        Way("Cancel", f"cancel-{request.key}", partial(_cancel, request.key)),
        text="Loading the model",
        drafts=partial(Drafts, request=request),
    )


def _cancel(key: str) -> None:
    st.session_state["cancelled"] = key
