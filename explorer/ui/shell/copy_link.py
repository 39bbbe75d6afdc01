"""A button that copies the address of just what is on screen."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_mount = st.components.v2.component(
    "copy_link",
    html='<button type="button" class="copy-link"></button>'
    '<span class="copied" role="status" aria-live="polite"></span>',
    css="""
.copy-link { font: inherit; font-size: 14px; color: var(--st-text-color); background: none;
  border: 1px solid var(--st-border-color); border-radius: 8px; padding: .25rem .7rem;
  cursor: pointer; white-space: nowrap; }
.copy-link:hover { border-color: var(--st-primary-color); }
.copy-link:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.copied { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
""",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


def copy_link() -> None:
    """Draw the button; everything happens in the browser."""
    _mount(key="copy-link-button")
