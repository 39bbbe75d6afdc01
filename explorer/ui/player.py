"""The linked player as a Streamlit component: `player/web`, in the frame of `player.js` here.

The explanation travels once, as the bytes of `player/pack.py`. Streamlit does not send a message
again that it sent before, so the bytes of a mounted player must not change while its view does: the
view rides along as it was at first, and the browser's later views come back as state.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import streamlit as st
from cachetools import LRUCache, cached

from explorer.errors import ExplorerError
from explorer.pictures.view import View
from explorer.player.bundle import as_module
from explorer.player.pack import join, pack
from explorer.ui import slots

if TYPE_CHECKING:
    from explorer.explanation import Explanation

_PACK_BYTES = 24 * 1024 * 1024  # of packs that are kept: a photograph's has five megabytes
_COLOURS = """
.ig-player {
  --ig-text: var(--st-text-color); --ig-background: var(--st-background-color);
  --ig-surface: var(--st-secondary-background-color); --ig-line: var(--st-border-color);
  --ig-accent: var(--st-primary-color); --ig-font: var(--st-font);
}
"""

_mount = st.components.v2.component(
    "integrated_gradients_player",
    html='<div class="ig-player"></div>',
    css=_COLOURS,
    js=as_module(Path(__file__).with_suffix(".js")),
    isolate_styles=False,  # the player lives in a shadow root of its own
)


def player(explanation: Explanation, view: View, key: str) -> View:
    """Draw the player; returns the view as the user last set it in the browser.

    `view` is where it starts. A page may hand the returned view in again at its next run; any other
    than that and the one before is taken as the page's own wish, and replaces the user's.
    """
    explanation_key = explanation.request.key
    sent = _what_to_send(explanation_key, view, key)
    payload = join(
        {"id": sent["id"], "name": key, "view": sent["view"]},
        [_packed(explanation)],
    )
    state = _mount(data=payload, key=key, default={"view": None}, on_view_change=_nothing)
    chosen = _chosen(state.view, sent)
    slots.sent_to(key).set(sent | {"known": [view.to_dict(), chosen.to_dict()]})
    return chosen


def _what_to_send(explanation_key: str, view: View, key: str) -> dict[str, Any]:
    """What this player last sent, unless the explanation or the page's own wish is a new one."""
    sent = slots.sent_to(key).get()
    if sent is None:
        return {"id": 1, "key": explanation_key, "view": view.to_dict()}
    reported = (st.session_state.get(key) or {}).get("view")  # gone after a visit to another page
    current = _chosen(reported, sent)
    page_asks = view != current and (reported is None or view.to_dict() not in sent["known"])
    if not page_asks and sent["key"] == explanation_key:
        return sent
    wanted = view if page_asks else current
    return {"id": sent["id"] + 1, "key": explanation_key, "view": wanted.to_dict()}


def _chosen(reported: Any, sent: dict[str, Any]) -> View:
    """The browser's view if it belongs to what was sent last; what comes from there is checked."""
    first = View.from_dict(sent["view"])
    if not isinstance(reported, dict) or reported.get("id") != sent["id"]:
        return first
    try:
        return View.from_dict(reported.get("view"))
    except ExplorerError:
        return first


@cached(
    LRUCache(maxsize=_PACK_BYTES, getsizeof=len),
    key=lambda explanation: explanation.request.key,
    lock=Lock(),
)
def _packed(explanation: Explanation) -> bytes:
    return pack(explanation)


def _nothing() -> None:
    """Streamlit asks for a callback of every state; the returned view says it all."""
