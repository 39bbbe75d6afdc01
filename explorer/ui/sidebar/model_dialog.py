"""One dialog for every other model: torchvision's networks with their facts, or one's own weights.

Its button is a fragment, and so is a dialog: opening it, searching and being refused draw nothing
of the page behind. Only a model that was chosen does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.models.files.classnames import MAX_BYTES, parse_class_names
from explorer.models.files.settings import SIZES, parse_numbers
from explorer.models.registry import download_needed, search
from explorer.models.spec import ModelSpec
from explorer.ui import slots
from explorer.ui.shell.notices import plain
from explorer.ui.sidebar.model_picker import describe, switch_model

FIND = "the one that fits"
CHECKPOINT_MB, CLASSES_MB = 1024, MAX_BYTES >> 20
LIST_HEIGHT = 270  # pixels: with everything around it a dialog fits a small laptop
NEVER = float("inf")
ORDERS: dict[str, Callable[[ModelSpec], Any]] = {
    "well-known first": lambda spec: 0,  # as the registry lists them
    "most often right": lambda spec: -(spec.accuracy or 0.0),
    "smallest download": lambda spec: spec.weights.size if spec.weights else NEVER,
}


@st.fragment
def button() -> None:
    """What opens the dialog, alone."""
    if st.button("More models", key="more-models"):
        _dialog()


@st.dialog("More models", width="large")
def _dialog() -> None:
    contents()


def contents() -> None:
    """The two ways to a model."""
    published, own = st.tabs(["torchvision's networks", "Your own weights"])
    with published:
        _published()
    with own:
        _own()


def _published() -> None:
    """A list to search, each network with its size, accuracy and download."""
    left, right = st.columns([2, 1])
    words = left.text_input("Search", placeholder="resnet, mobilenet, vit…", key="find-model")
    order = right.selectbox("Order", list(ORDERS), key="model-order")
    found = {spec.id: spec for spec in sorted(_networks(words), key=ORDERS[order])}
    if not found:
        st.caption(f"No network of torchvision has {plain(words)} in its name.")
        return
    with st.container(height=LIST_HEIGHT):
        chosen = st.radio(
            "Network",
            list(found),
            format_func=lambda model_id: found[model_id].title,
            captions=[describe(spec) for spec in found.values()],
            key="network",
            label_visibility="collapsed",
        )
    wanted = download_needed(found[chosen])
    cost = "" if wanted is None else f": download {wanted.bytes / 1e6:.0f} MB"
    if st.button(plain(f"Use {found[chosen].title}{cost}"), type="primary", key="use-network"):
        slots.AGREED.set(chosen)  # this is the agreement to it
        _use(chosen)


def _networks(words: str) -> list[ModelSpec]:
    with st.spinner("Listing torchvision's networks"):
        return [spec for spec in search(words) if spec.weights is not None]


def _own() -> None:
    """A form for a file of weights; a refusal stands over its button, and nothing is lost."""
    st.caption(
        "A state dict (.pth, .pt or .safetensors) of one of torchvision's architectures. It is "
        "read as numbers only, never as code, and stays in this app's memory."
    )
    with st.form("own-model", border=False):
        given = _files() | _settings()
        refusal = st.empty()
        if st.form_submit_button("Load this model", type="primary"):
            try:
                with st.spinner("Reading the weights"):
                    spec = _read(**given)
            except ExplorerError as error:
                refusal.error(plain(str(error)), icon=":material/error:")
            else:
                own = slots.OWN_MODELS.get()
                if spec.id not in own:
                    own.insert(0, spec.id)
                _use(spec.id)


def _files() -> dict[str, Any]:
    left, right = st.columns(2)
    weights = left.file_uploader(
        "Weights", type=["pth", "pt", "safetensors"], max_upload_size=CHECKPOINT_MB
    )
    classes = right.file_uploader(
        "Class names (optional)",
        type=["txt", "json", "csv"],
        max_upload_size=CLASSES_MB,
        help="One a line, or JSON; as many as the network has outputs.",
    )
    return {"weights": weights, "classes": classes}


def _settings() -> dict[str, Any]:
    columns = st.columns(4)
    arch = columns[0].selectbox("Architecture", [FIND, *_architectures()])
    size = columns[1].number_input(
        "Input size", min_value=SIZES[0], max_value=SIZES[1], value=None, step=1,
        placeholder="its own", help="Side in pixels; empty takes the architecture's own.",
    )  # fmt: skip
    mean = columns[2].text_input(
        "Mean", placeholder="0.485, 0.456, 0.406",
        help="Of pixels 0 to 1; empty takes the published one.",
    )  # fmt: skip
    std = columns[3].text_input("Standard deviation", placeholder="0.229, 0.224, 0.225")
    return {"arch": None if arch == FIND else arch, "size": size, "mean": mean, "std": std}


@st.cache_data(show_spinner=False)
def _architectures() -> list[str]:
    return sorted({s.architecture for s in search() if s.architecture is not None})


def _read(weights, classes, arch: str | None, size: int | None, mean: str, std: str) -> ModelSpec:
    """The model that the form describes; ExplorerError where it is none."""
    from explorer.models.sources.checkpoint import read_checkpoint  # torchvision takes two seconds

    if weights is None:
        raise ExplorerError("expected a file of weights; got none: choose one first")
    return read_checkpoint(
        weights.getvalue(),
        arch=arch,
        class_names=parse_class_names(classes.getvalue()) if classes is not None else None,
        size=size,
        mean=parse_numbers("mean", mean),
        std=parse_numbers("standard deviation", std),
        file_name=weights.name,
    )


def _use(model_id: str) -> None:
    """Choose the model: the dialog closes, and the page is drawn with it."""
    switch_model(model_id)
    st.rerun()
