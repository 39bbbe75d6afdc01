"""A first coarse picture while the rest is computed, better with every round.

It floats beside the progress bar, about where the finished one will stand, so that nothing moves
when it comes and goes.
"""

from __future__ import annotations

from functools import cached_property
from html import escape

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from explorer.core.adaptive import Draft
from explorer.images.library import image_for
from explorer.models.registry import get_spec
from explorer.pictures.heatmap import laid_over
from explorer.pictures.png import data_uri
from explorer.pictures.words import about_error
from explorer.request import Request
from explorer.ui import slots

PATIENCE = 0.7  # seconds of computing; what is faster needs no first picture
GLANCE = 0.4  # seconds that it should stay, or it only flickers

STYLE = """
<style>
:is([data-testid="stLayoutWrapper"], [data-testid="stElementContainer"]):has(> * > .ig-draft) {
  position: absolute; top: 100%; right: 0; z-index: 5; pointer-events: none;
  width: max(150px, calc((100% - 42px) / 4)); }
:has(> [data-testid="stElementContainer"] > * > .ig-draft) { position: relative; }
.ig-draft { margin: 0; padding: 6px 8px 8px; border-radius: 8px;
  box-shadow: 0 2px 14px rgb(0 0 0 / .3); }
.ig-draft figcaption { min-height: 2.9rem; font-size: .8rem; line-height: 1.3; }
.ig-draft b { display: block; font-weight: 600; font-size: .88rem; }
.ig-draft img { display: block; width: 100%; border-radius: 4px; image-rendering: pixelated; }
@media (max-width: 640px) {
  :is([data-testid="stLayoutWrapper"], [data-testid="stElementContainer"]):has(> * > .ig-draft) {
    width: calc((100% - 12px) / 2); }
}
</style>
"""


class Drafts:
    """Shows the maps of one request that come before the last, once it takes a while."""

    def __init__(self, row: DeltaGenerator, request: Request) -> None:
        self._row, self._request = row, request
        self._shown: Draft | None = None
        self._slot: DeltaGenerator | None = None

    def show(self, draft: Draft | None, computed: float) -> None:
        """Show the map so far if it is a new one and worth a glance. computed: seconds, so far."""
        if draft is None or draft is self._shown:
            return
        if self._slot is None:
            if not self._worth_a_glance(draft, computed):
                return
            self._slot = self._row.empty()
        self._shown = draft
        self._slot.html(STYLE + self._figure(draft))

    def _worth_a_glance(self, draft: Draft, computed: float) -> bool:
        """The error falls as one over the gradients, which tells about how long it will take."""
        tolerance = self._request.method.values.get("tolerance", draft.error)
        left = computed * (draft.error / tolerance - 1.0)
        return computed > PATIENCE and left > GLANCE

    def _figure(self, draft: Draft) -> str:
        about = escape(about_error(draft.error, draft.gradients))
        theme = "dark" if st.context.theme.type == "dark" else "light"
        under = st.get_option(f"theme.{theme}.backgroundColor")
        look = slots.VIEW.get().look
        pixels = laid_over(draft.attribution, self._image, look, theme == "dark")
        picture = data_uri(Image.fromarray(pixels), quickly=True)
        return (
            f'<figure class="ig-draft" style="background: {under}">'
            f"<figcaption><b>A first picture</b>{about}</figcaption>"
            f'<img alt="The attribution so far: {about}" src="{picture}">'
            "</figure>"
        )

    @cached_property
    def _image(self) -> np.ndarray:
        request = self._request
        return image_for(request.image, get_spec(request.model), request.fit).pixels
