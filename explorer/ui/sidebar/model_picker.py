"""Choosing a model: the bundled ones, torchvision's, one's own weights, and what each will cost."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.errors import ExplorerError
from explorer.images import uploads
from explorer.models.files.classnames import MAX_BYTES, parse_class_names
from explorer.models.files.settings import SIZES, parse_numbers
from explorer.models.registry import MODELS, download_needed, get_spec, on_disk, search
from explorer.models.spec import OWN_PREFIX, ModelSpec
from explorer.request import Request
from explorer.ui.shell.notices import plain, say
from explorer.ui.state.session import ask_anew, asked, bound

MORE = "more"
FIND = "the one that fits"
CHECKPOINT_MB, CLASSES_MB = 1024, MAX_BYTES >> 20


def picker(page: str) -> None:
    """The model's select box and its facts; each page has a box of its own."""
    _drop_forgotten()
    ids = _offered(asked().model)
    st.selectbox(
        "Model",
        ids,
        format_func=_title,
        help="The network whose decision is explained.",
        **bound(f"model-{page}", asked().model, _choose),
    )
    spec = get_spec(asked().model)
    st.caption("  \n".join(filter(None, (plain(spec.description), describe(spec)))))


def describe(spec: ModelSpec) -> str:
    """Size, input, accuracy and download in one line; empty for the bundled models."""
    if spec.parameters is None:
        return ""
    facts = [f"{spec.parameters / 1e6:.1f} million parameters"]
    facts.append(f"{spec.shape[2]} × {spec.shape[1]} pixels")
    if spec.accuracy is not None:
        facts.append(f"{spec.accuracy:.1f} % right on ImageNet")
    if spec.weights is not None:
        size = f"{spec.weights.size / 1e6:.0f} MB"
        facts.append(f"{size}, on this computer" if on_disk(spec) else f"{size} to download")
    return " · ".join(facts)


def awaits_download(model_id: str) -> bool:
    """Whether the model must be downloaded and nobody has agreed yet; if so, ask."""
    spec = get_spec(model_id)
    wanted = download_needed(spec)
    if wanted is None or st.session_state.get("download") == model_id:
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(f"{plain(spec.title)}: {describe(spec)}.", icon=":material/download:")
        st.button(
            f"Download {wanted.bytes / 1e6:.0f} MB and explain",
            type="primary",
            key="agree-download",
            on_click=lambda: st.session_state.update(download=model_id),
        )
    return True


def _drop_forgotten() -> None:
    """Own models live in a bounded store that visitors share; what it forgot cannot be shown."""
    own = st.session_state.setdefault("own_models", [])
    own[:] = [model_id for model_id in own if model_id in MODELS]
    if asked().model not in MODELS:
        say("That model of your own is no longer kept here: load it again.")
        ask_anew(model=Request.model, image=None, target=None, against=None)


def _offered(chosen: str) -> list[str]:
    """Bundled, registered and own models; all of torchvision's once they were asked for."""
    own = st.session_state.setdefault("own_models", [])
    if chosen not in (*MODELS, *own):
        if chosen.startswith(OWN_PREFIX):
            own.append(chosen)
        else:
            st.session_state.all_models = True
    if st.session_state.get("all_models"):
        return [*own, *(spec.id for spec in search())]
    return [*own, *MODELS, MORE]


def _title(model_id: str) -> str:
    if model_id == MORE:
        return "More networks…"
    spec = get_spec(model_id)
    wanted = download_needed(spec)
    return spec.title if wanted is None else f"{spec.title} ({wanted.bytes / 1e6:.0f} MB)"


def _choose(model_id: str) -> None:
    if model_id == MORE:
        st.session_state.all_models = True
        say("All of torchvision's networks are in the list of models now: open it, type to search.")
        return
    switch_model(model_id)


def switch_model(model_id: str) -> None:
    """Keep what the new model knows too; image, target and contrast fall back where it does not."""
    old, new = get_spec(asked().model), get_spec(model_id)
    images = st.session_state.setdefault("image_of", {})
    images[old.samples] = asked().image
    image = asked().image
    if new.samples != old.samples and not uploads.is_upload(image):
        image = images.get(new.samples)
    look = st.session_state.look
    if look.opacity == old.overlay_opacity:
        st.session_state.look = replace(look, opacity=new.overlay_opacity)
    ask_anew(model=model_id, image=image)


def own_form() -> None:
    """Load one's own weights and choose them."""
    st.caption(
        "A state dict (.pth, .pt or .safetensors) of one of torchvision's architectures. It is "
        "read as numbers only, never as code, and stays in this app's memory."
    )
    with st.form("own-model", border=False):
        weights = st.file_uploader(
            "Weights", type=["pth", "pt", "safetensors"], max_upload_size=CHECKPOINT_MB
        )
        classes = st.file_uploader(
            "Class names (optional)",
            type=["txt", "json", "csv"],
            max_upload_size=CLASSES_MB,
            help="One a line, or JSON; as many as the network has outputs.",
        )
        arch = st.selectbox("Architecture", [FIND, *_architectures()])
        size = st.number_input("Input size", min_value=SIZES[0], max_value=SIZES[1], value=None,
                               placeholder="the architecture's own", step=1,
                               help="Side in pixels.")  # fmt: skip
        mean = st.text_input("Mean", placeholder="0.485, 0.456, 0.406",
                             help="Of pixels 0 to 1; empty takes the published one.")  # fmt: skip
        std = st.text_input("Standard deviation", placeholder="0.229, 0.224, 0.225")
        if st.form_submit_button("Load this model"):
            _load_own(weights, classes, arch, size, mean, std)


@st.cache_data(show_spinner=False)
def _architectures() -> list[str]:
    return sorted({s.architecture for s in search() if s.architecture is not None})


def _load_own(weights, classes, arch: str, size: int | None, mean: str, std: str) -> None:
    """Read the form; on success the model is chosen and the page drawn again."""
    from explorer.models.sources.checkpoint import read_checkpoint  # torchvision takes two seconds

    try:
        if weights is None:
            raise ExplorerError("expected a file of weights; got none: choose one first")
        spec = read_checkpoint(
            weights.getvalue(),
            arch=None if arch == FIND else arch,
            class_names=parse_class_names(classes.getvalue()) if classes is not None else None,
            size=size,
            mean=parse_numbers("mean", mean),
            std=parse_numbers("standard deviation", std),
            file_name=weights.name,
        )
    except ExplorerError as error:
        say(str(error))  # at the top of the page: the form may be longer than its popover
        st.rerun()
    own = st.session_state.setdefault("own_models", [])
    if spec.id not in own:
        own.insert(0, spec.id)
    switch_model(spec.id)
    st.rerun()
