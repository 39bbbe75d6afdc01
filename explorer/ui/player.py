"""The linked player as a Streamlit component: four panels, one cursor, moved in the browser.

The explanation travels once, as the bytes of `player/pack.py`. Streamlit does not send a
message again that it sent before, so the bytes of a mounted player must not change while its look
does: the look rides along as it was at first, and the browser's later looks come back as state.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import streamlit as st
from cachetools import LRUCache, cached

from explorer.errors import ExplorerError
from explorer.pictures.look import Look
from explorer.player.pack import join, pack

if TYPE_CHECKING:
    from explorer.explanation import Explanation

_WEB = Path(__file__).parents[1] / "player" / "web"
_SCRIPTS = ("unpack", "numbers", "steps", "maps", "curve", "strip", "looks", "player")
_PACK_BYTES = 24 * 1024 * 1024  # of packs that are kept: a photograph's has five megabytes


def _text(name: str) -> str:
    return (_WEB / name).read_text(encoding="utf-8")


_mount = st.components.v2.component(
    "integrated_gradients_player",
    html=_text("player.html"),
    css=_text("player.css"),
    js="\n".join(_text(f"{name}.js") for name in _SCRIPTS),
)


def player(explanation: Explanation, look: Look, key: str) -> Look:
    """Draw the player; returns the look as the user last set it in the browser.

    `look` is where it starts. A page may hand the returned look in again at its next run; any other
    look than that and the one before is taken as the page's own wish, and replaces the user's.
    """
    explanation_key = explanation.request.key
    sent = _what_to_send(explanation_key, look, key)
    payload = join(
        {"id": sent["id"], "name": key, "key": explanation_key, "look": sent["look"]},
        [_packed(explanation)],
    )
    state = _mount(data=payload, key=key, default={"look": None}, on_look_change=_nothing)
    chosen = _chosen(state.look, sent)
    st.session_state[f"{key}.sent"] = sent | {"known": [look.to_dict(), chosen.to_dict()]}
    return chosen


def _what_to_send(explanation_key: str, look: Look, key: str) -> dict[str, Any]:
    """What this player last sent, unless the explanation or the page's own wish is a new one."""
    sent = st.session_state.get(f"{key}.sent")
    if sent is None:
        return {"id": 1, "key": explanation_key, "look": look.to_dict()}
    reported = (st.session_state.get(key) or {}).get("look")  # gone after a visit to another page
    current = _chosen(reported, sent)
    page_asks = look != current and (reported is None or look.to_dict() not in sent["known"])
    if not page_asks and sent["key"] == explanation_key:
        return sent
    wanted = look if page_asks else current
    return {"id": sent["id"] + 1, "key": explanation_key, "look": wanted.to_dict()}


def _chosen(reported: Any, sent: dict[str, Any]) -> Look:
    """The browser's look if it belongs to what was sent last; what comes from there is checked."""
    first = Look.from_dict(sent["look"])
    if not isinstance(reported, dict) or reported.get("id") != sent["id"]:
        return first
    try:
        return Look.from_dict(reported.get("look"))
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
    """Streamlit asks for a callback of every state; the returned look says it all."""
