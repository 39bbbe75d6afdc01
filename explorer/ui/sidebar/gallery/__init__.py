"""The image picker: thumbnails that behave like radio buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

import streamlit as st
from cachetools import LRUCache, cached
from PIL import Image

from explorer.images.samples import Sample
from explorer.pictures.png import data_uri, levels

HERE = Path(__file__).parent
THUMBNAIL = 112  # pixels: twice the size on screen, for sharp displays

_mount = st.components.v2.component(
    "image_gallery",
    html=(HERE / "gallery.html").read_text(encoding="utf-8"),
    css=(HERE / "gallery.css").read_text(encoding="utf-8"),
    js=(HERE / "gallery.js").read_text(encoding="utf-8"),
)


def gallery(
    samples: Sequence[Sample], selected: str, *, key: str, on_pick: Callable[[], None]
) -> str | None:
    """Show the samples; the id just picked, or None. `on_pick` runs before the page does."""
    images = tuple(  # of a list Streamlit would ask pandas whether it is a table, and import it
        {"id": s.id, "title": s.title, "src": _thumbnail(s), "tiny": s.pixels.shape[-1] < 16}
        for s in samples
    )
    result = _mount(
        data={"images": images, "selected": selected}, key=key, on_picked_change=on_pick
    )
    return result.picked


@cached(
    LRUCache(maxsize=256),
    key=lambda sample: (sample.id, sample.pixels.shape, sample.note),
    lock=Lock(),
)
def _thumbnail(sample: Sample) -> str:
    """A data URI of the sample's pixels; letters keep their nine squares."""
    picture = Image.fromarray(levels(sample.pixels))
    if picture.width > THUMBNAIL:
        picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return data_uri(picture)
