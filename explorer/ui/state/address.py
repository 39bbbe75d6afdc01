"""The page's address: a request and a look as query parameters, and back with every doubt named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import streamlit as st

from explorer.core.quadrature import RULES
from explorer.errors import ExplorerError
from explorer.images import uploads
from explorer.images.library import image_for, image_ids
from explorer.images.preprocess import DEFAULT_FIT, fits_for
from explorer.models.registry import MODELS
from explorer.models.spec import OWN_PREFIX
from explorer.pictures.look import Look, usual_look
from explorer.request import FIXED_STEPS, Request


def read(params: Mapping[str, str]) -> tuple[Request, Look, list[str]]:
    """The request and the look that an address names, and a sentence for each refused value."""
    request, refused = Request.from_params(_with_steps(_with_image(params)))
    request, more = _settle(request)
    look, yet_more = _look(params, usual_look(MODELS[request.model]))
    return request, look, [*refused, *more, *yet_more]


def write(request: Request, look: Look) -> None:
    """Put the request, and what differs from the usual look, into the browser's address."""
    plain = usual_look(MODELS[request.model]).to_dict()
    changed = {k: f"{v}" for k, v in look.to_dict().items() if v != plain[k]}
    params = {**request.to_params(), **changed}
    if params != st.query_params.to_dict():
        st.query_params.from_dict(params)


def _with_image(params: Mapping[str, str]) -> Mapping[str, str]:
    """An address that names a model and no image means the model's first image."""
    if "image" in params or params.get("model", Request().model) not in MODELS:
        return params
    first = next(iter(image_ids(MODELS[params.get("model", Request().model)])), Request().image)
    return {**params, "image": first}


def _with_steps(params: Mapping[str, str]) -> Mapping[str, str]:
    """An address that names a rule with fixed nodes and no steps means the usual ones."""
    if "steps" in params or params.get("rule") not in RULES:
        return params
    return {**params, "steps": str(FIXED_STEPS)}


def _settle(request: Request) -> tuple[Request, list[str]]:
    """The request with everything that its model does not know put back to what it does."""
    refused: list[str] = []
    for settle in (_settle_model, _settle_fit, _settle_image, _settle_classes):
        request = settle(request, refused)
    return request, refused


def _settle_model(request: Request, refused: list[str]) -> Request:
    if request.model in MODELS:
        return request
    what = (
        "That address names somebody's own model, which is not kept here: load it again"
        if request.model.startswith(OWN_PREFIX)
        else f"There is no model {request.model!r:.80}"
    )
    refused.append(f"{what}. Using {Request().model}.")
    return replace(request, model=Request().model)


def _settle_fit(request: Request, refused: list[str]) -> Request:
    spec = MODELS[request.model]
    if request.fit in {fit.name for fit in fits_for(spec)}:
        return request
    refused.append(f"{spec.title} takes pictures of its own size only. Using {DEFAULT_FIT}.")
    return replace(request, fit=DEFAULT_FIT)


def _settle_image(request: Request, refused: list[str]) -> Request:
    spec = MODELS[request.model]
    try:
        image_for(request.image, spec, request.fit)
    except ExplorerError as error:
        what = f"There is no image {request.image!r:.80} for {spec.title}"
        if uploads.is_kept(request.image) or request.image in image_ids(spec):
            what = str(error)
        elif uploads.is_upload(request.image):
            what = (
                "That address names somebody's own image, which is not kept here: upload it again"
            )
        first = next(iter(image_ids(spec)))
        refused.append(f"{what}. Using {first}.")
        return replace(request, image=first)
    return request


def _settle_classes(request: Request, refused: list[str]) -> Request:
    spec = MODELS[request.model]
    for name in ("target", "against"):
        value = getattr(request, name)
        if value is not None and value not in spec.classes:
            refused.append(f"{spec.title} has no class {value!r:.80}. Using the default.")
            request = _without(request, name)
    if request.against is not None and request.against == request.target:
        refused.append(f"{request.target!r} cannot be compared with itself. Explaining it alone.")
        request = _without(request, "against")
    return request


def _without(request: Request, name: str) -> Request:
    score = Request().score if name == "against" else request.score
    return replace(request, **{name: None}, score=score)


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
