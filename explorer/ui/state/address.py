"""The page's address: a request and a look as query parameters, and back with every doubt named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import streamlit as st

from explorer.errors import ExplorerError
from explorer.models.registry import MODELS
from explorer.pictures.look import Look, usual_look
from explorer.request import Request


def read(params: Mapping[str, str]) -> tuple[Request, Look, list[str]]:
    """The request and the look that an address names, and a sentence for each refused value."""
    request, refused = Request.complete(params)
    look, more = _look(params, usual_look(MODELS[request.model]))
    return request, look, [*refused, *more]


def write(request: Request, look: Look) -> None:
    """Put the request, and what differs from the usual look, into the browser's address."""
    plain = usual_look(MODELS[request.model]).to_dict()
    changed = {k: f"{v}" for k, v in look.to_dict().items() if v != plain[k]}
    params = {**request.to_params(), **changed}
    if params != st.query_params.to_dict():
        st.query_params.from_dict(params)


def _look(params: Mapping[str, str], look: Look) -> tuple[Look, list[str]]:
    refused = []
    for field in fields(Look):
        if field.name not in params:
            continue
        try:
            look = replace(look, **{field.name: params[field.name]})
        except ExplorerError as error:
            refused.append(f"{error}. Using {getattr(look, field.name)}.")
    return look, refused
