"""What the page has to say: refused values, once and in one box, as plain text."""

from __future__ import annotations

import streamlit as st

from explorer.ui import slots


def say(text: str) -> None:
    """Show a sentence at the top of the page, once."""
    slots.NOTICES.get().append(text)


def plain(text: str) -> str:
    """Text that markdown shows as it is."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>()#+-.!|~$:" else c for c in text)


def notices() -> None:
    """What was refused since the last run, said once and in one box."""
    refused = [plain(text) for text in slots.NOTICES.take()]
    if refused:
        listed = "\n".join(f"- {text}" for text in refused)
        st.warning(listed if len(refused) > 1 else refused[0], icon=":material/info:")
