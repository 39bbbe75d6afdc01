"""The beginning of a session: what the start's arguments and the address ask for."""

from __future__ import annotations

import streamlit as st

from explorer.errors import ExplorerError

from . import address
from .arguments import startup


def begin() -> None:
    """Set the request and the look once, when the session begins."""
    if "request" in st.session_state:
        return
    params, problems = st.query_params.to_dict(), []
    try:
        for model in startup().models[:1]:  # whoever brings a model wants to see it first
            params.setdefault("model", model)
    except ExplorerError as error:
        problems.append(str(error))
    request, look, refused = address.read(params)
    st.session_state.update(request=request, look=look, notices=[*problems, *refused])
