"""Choosing an image: bundled samples, the user's own, and how it becomes the model's input."""

from __future__ import annotations

from threading import Lock

import numpy as np
import streamlit as st
from cachetools import LRUCache, cached

from explorer.errors import ExplorerError
from explorer.images import uploads
from explorer.images.decode import MAX_BYTES, TRANSPARENT_HEX
from explorer.images.library import image_for, original, samples_for
from explorer.images.preprocess import crop_preview, fits_for
from explorer.images.recipes import base
from explorer.images.samples import Sample
from explorer.models.spec import ModelSpec
from explorer.ui import slots
from explorer.ui.shell.notices import plain, say
from explorer.ui.state.session import ask, asked, bound

from .gallery import gallery

IMAGE_TYPES = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif"]


def picker(spec: ModelSpec) -> None:
    """The gallery with the chosen image's story."""
    samples, image = _samples(spec), base(asked().image)
    chosen = next((s for s in samples if s.id == image), None)
    st.markdown(f"Image: **{_title(chosen, spec)}**")
    key = f"gallery-{spec.samples}"
    gallery(samples, image, key=key, on_pick=lambda: _pick(key))
    if chosen is not None:
        credit = f" ({chosen.credit})" if chosen.credit else ""
        st.caption(plain(chosen.caption + credit))


def _title(chosen: Sample | None, spec: ModelSpec) -> str:
    """The picture's title, with what was done to it."""
    if chosen is None:
        return "not for this model"
    edited = image_for(asked().image, spec, asked().fit) if asked().image != chosen.id else chosen
    return plain(edited.title)


def own_images() -> None:
    """Upload or photograph one's own images, and choose the newest."""
    st.file_uploader(
        "Your own images",
        type=IMAGE_TYPES,
        accept_multiple_files=True,
        max_upload_size=MAX_BYTES >> 20,
        key="upload",
        on_change=_take_uploads,
        help="They stay in this app's memory and are forgotten when the app stops.",
        label_visibility="collapsed",
    )
    st.caption(f"Transparent parts are laid over grey ({TRANSPARENT_HEX}).")
    if st.toggle("Use the camera", key="camera-on"):
        st.camera_input("A photograph", key="camera", on_change=_take_photograph)


def fit(spec: ModelSpec, place: str) -> None:
    """How a photograph is made into the model's input, and what the model sees of it.

    place: where on the page this is; it may be there twice.
    """
    try:
        chosen = image_for(asked().image, spec, asked().fit)
    except ExplorerError as error:
        st.caption(plain(str(error)))
        chosen = None
    fits = {fit.name: fit for fit in fits_for(spec)}
    if len(fits) > 1:
        st.selectbox(
            "Fit",
            list(fits),
            format_func=lambda name: fits[name].title,
            help="How the picture is made into the model's input.",
            **bound(f"fit-{place}", asked().fit, lambda name: ask(fit=name)),
        )
        st.caption(fits[asked().fit].description)
    if chosen is None or chosen.box is None:
        st.caption("The bundled scenes and letters are the model's input as they are.")
        return
    st.image(
        _preview(base(chosen.id), chosen.box),
        alt=f"The original, bright where the model sees it: {chosen.title}",
    )
    st.caption(plain(chosen.cut))


@cached(LRUCache(maxsize=16), lock=Lock())
def _preview(image_id: str, box: tuple[int, int, int, int]) -> np.ndarray:
    return np.asarray(crop_preview(original(image_id), box))


def _samples(spec: ModelSpec) -> list[Sample]:
    """The person's own images first, then the bundled ones; without what this fit cannot take."""
    found = []
    own = slots.OWN_IMAGES.get()
    image = base(asked().image)
    if uploads.is_upload(image) and image not in own:
        own.insert(0, image)  # it came with the address
    for image_id in own:
        try:
            found.append(image_for(image_id, spec, asked().fit))
        except ExplorerError:  # the page says so where such an image is the one chosen
            continue
    return found + samples_for(spec, asked().fit)


def _pick(key: str) -> None:
    picked = st.session_state[key].picked
    if picked:
        ask(image=picked)


def _take_uploads() -> None:
    """Take what was added; the list holds the earlier ones too, and is empty once they go."""
    taken = slots.TAKEN.get()
    for file in st.session_state.upload:
        if file.file_id not in taken:
            taken.add(file.file_id)
            _take(file.getvalue(), file.name)


def _take_photograph() -> None:
    if st.session_state.camera is not None:
        _take(st.session_state.camera.getvalue(), "photograph")


def _take(data: bytes, name: str) -> None:
    """Keep the image and choose it if it is new; a refusal is one sentence and changes nothing."""
    own = slots.OWN_IMAGES.get()
    try:
        image_id = uploads.keep(data, name)
    except ExplorerError as error:
        say(f"{name}: {error}")
        return
    if image_id not in own:
        own.insert(0, image_id)
    ask(image=image_id)
