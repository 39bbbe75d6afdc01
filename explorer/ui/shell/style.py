"""The page's own spacing and type."""

from __future__ import annotations

import streamlit as st

STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding: 2.5rem 1.6rem 2rem; max-width: 2400px; }
[data-testid="stHeader"] { height: 2.5rem; min-height: 2.5rem; }
[data-testid="stHeader"], [data-testid="stHeader"] * { pointer-events: none; }
[data-testid="stHeader"] :is(button, a, button *, a *) { pointer-events: auto; }
[data-testid="stSidebarUserContent"] { padding-bottom: 1rem; }
[data-testid="stSidebarHeader"] { height: 2.4rem; padding-bottom: 0; margin-bottom: 0; }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.4rem; }
[data-testid="stSidebar"] [data-testid="stCaptionContainer"] p {
  font-size: .8rem; line-height: 1.35; }
[data-testid="stSidebar"] :is([data-testid="stPopover"], .st-key-more-models) button {
  min-height: 2.1rem; padding: .1rem .5rem; }
[data-testid="stSidebar"] :is([data-testid="stPopover"], .st-key-more-models) button p {
  font-size: .82rem; }
[data-testid="stMain"] [data-testid="stVerticalBlock"] { gap: 0.6rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-copy-link) {
  position: absolute; top: 3px; right: 1.6rem; width: auto; z-index: 2; }
.ig-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: .35rem 1.1rem; }
.ig-head h1 { font-size: 1.25rem; font-weight: 650; margin: 0 .4rem 0 0; padding: 0; }
.ig-truth { font-size: .92rem; }
.ig-truth.wrong { font-weight: 650; }
.ig-row { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; align-items: baseline;
  font-variant-numeric: tabular-nums; font-size: .9rem; }
.ig-row small { font-size: .82rem; opacity: .75; }
.ig-row b { font-weight: 600; }
.ig-reading { font-size: 1rem; font-weight: 600; margin-top: .2rem; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 2.8rem .7rem 2rem; }
}
</style>
"""


def style() -> None:
    """The page's own spacing and type, once per run."""
    st.html(STYLE)
