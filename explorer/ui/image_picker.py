"""Choosing an image: bundled samples, and the user's own."""

from __future__ import annotations

import streamlit as st

from explorer.errors import ExplorerError
from explorer.explain import find_image
from explorer.images import uploads
from explorer.images.samples import load_samples
from explorer.models.spec import ModelSpec

from .gallery import gallery
from .state import choice, choose, plain

IMAGE_TYPES = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff"]


def picker(spec: ModelSpec) -> None:
    own = st.session_state.setdefault("own", [])
    samples = [find_image(i, spec) for i in own] + list(load_samples(spec.samples).values())
    chosen = next(s for s in samples if s.id == choice().image)
    st.markdown(f"Image: **{plain(chosen.title)}**")
    key = f"gallery-{spec.samples}"
    gallery(samples, chosen.id, key=key, on_pick=lambda: _pick(key))
    st.caption(plain(chosen.caption))
    with st.expander("Use your own image"):
        st.file_uploader(
            "Your own image",
            type=IMAGE_TYPES,
            key="upload",
            on_change=_take_upload,
            help="It stays in this app's memory, is scaled and cropped to the model's input, "
            "and is forgotten when the app stops.",
            label_visibility="collapsed",
        )


def _pick(key: str) -> None:
    picked = st.session_state[key].picked
    if picked:
        choose(image=picked)


def _take_upload() -> None:
    file = st.session_state.upload
    if file is None:
        return
    try:
        image_id = uploads.keep(file.getvalue(), file.name)
    except ExplorerError as error:
        st.session_state.notices = [f"{file.name}: {error}"]
        return
    own = st.session_state.setdefault("own", [])
    if image_id not in own:
        own.insert(0, image_id)
    choose(image=image_id)
