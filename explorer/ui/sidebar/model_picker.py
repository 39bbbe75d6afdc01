"""The model's box in the sidebar: those at hand, what each is and what it will cost."""

from __future__ import annotations

import streamlit as st

from explorer.images import uploads
from explorer.models.registry import MODELS, download_needed, get_spec, on_disk
from explorer.models.spec import OWN_PREFIX, ModelSpec
from explorer.request import Request
from explorer.ui import slots
from explorer.ui.shell.notices import plain, say
from explorer.ui.state.session import ask_anew, asked, bound


def picker(page: str) -> None:
    """The model's select box and its facts; each page has a box of its own."""
    _drop_forgotten()
    ids = _offered(asked().model)
    st.selectbox(
        "Model",
        ids,
        format_func=_title,
        help="The network whose decision is explained.",
        **bound(f"model-{page}", asked().model, switch_model),
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
    if wanted is None or slots.AGREED.get() == model_id:
        return False
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(f"{plain(spec.title)}: {describe(spec)}.", icon=":material/download:")
        st.button(
            f"Download {wanted.bytes / 1e6:.0f} MB and explain",
            type="primary",
            key="agree-download",
            on_click=lambda: slots.AGREED.set(model_id),
        )
    return True


def _drop_forgotten() -> None:
    """Own models live in a bounded store that visitors share; what it forgot cannot be shown."""
    own = slots.OWN_MODELS.get()
    own[:] = [model_id for model_id in own if model_id in MODELS]
    if asked().model not in MODELS:
        say("That model of your own is no longer kept here: load it again.")
        ask_anew(model=Request.model, image=None, target=None, against=None)


def _offered(chosen: str) -> list[str]:
    """Own models, the bundled and registered ones, and what was chosen among torchvision's."""
    own = slots.OWN_MODELS.get()
    published = slots.PUBLISHED_MODELS.get()
    if chosen not in (*MODELS, *own, *published):
        (own if chosen.startswith(OWN_PREFIX) else published).append(chosen)
    return [*own, *MODELS, *published]


def _title(model_id: str) -> str:
    spec = get_spec(model_id)
    wanted = download_needed(spec)
    return spec.title if wanted is None else f"{spec.title} ({wanted.bytes / 1e6:.0f} MB)"


def switch_model(model_id: str) -> None:
    """Keep what the new model knows too; image, target and contrast fall back where it does not."""
    old, new = get_spec(asked().model), get_spec(model_id)
    images = slots.IMAGE_OF.get()
    images[old.samples] = asked().image
    image = asked().image
    if new.samples != old.samples and not uploads.is_upload(image):
        image = images.get(new.samples)
    view = slots.VIEW.get()
    if view.look.opacity == old.overlay_opacity:
        slots.VIEW.set(view.with_setting("opacity", new.overlay_opacity))
    ask_anew(model=model_id, image=image)
