"""The page's own spacing and type.

Nothing is set smaller than 13 pixels. The pictures take the room there is, as far as they and what
moves them still fit the window's height; lines of text do not grow with them.
"""

from __future__ import annotations

import streamlit as st

# Beside the four stages stand, in pixels: the heading and the titles above them, their scales, the
# slider and the film strip below, and between them three gaps and the page's margins.
ABOVE_AND_BELOW, BETWEEN = 350, 94

STYLE = """
<style>
[data-testid="stApp"] { --ig-line: color-mix(in srgb, currentColor 16%, transparent);
  --ig-quiet: color-mix(in srgb, currentColor 76%, transparent);
  --ig-focus: light-dark(#0f5a91, #8ccbf5); }

/* The frame */
[data-testid="stMainBlockContainer"] { padding: 2.75rem 1.6rem 2rem;
  max-width: max(1500px, calc(4 * (100vh - ABOVE_AND_BELOWpx) + BETWEENpx)); }
[data-testid="stHeader"] { height: 2.5rem; min-height: 2.5rem; }
[data-testid="stHeader"], [data-testid="stHeader"] * { pointer-events: none; }
[data-testid="stHeader"] :is(button, a, button *, a *) { pointer-events: auto; }
[data-testid="stMain"] [data-testid="stVerticalBlock"] { gap: .6rem; }
[data-testid="stMain"] [data-testid="stLayoutWrapper"]:has(
  > [data-testid="stVerticalBlock"] > :only-child > [data-testid="stEmpty"]) { display: none; }

/* The sidebar */
[data-testid="stSidebarUserContent"] { padding-bottom: 1rem; }
[data-testid="stSidebarHeader"] { height: 2.4rem; padding-bottom: 0; margin-bottom: 0; }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: .4rem; }
[data-testid="stSidebar"] [data-testid="stCaptionContainer"] p {
  font-size: .8125rem; line-height: 1.35; }
[data-testid="stSidebar"] :is([data-testid="stPopover"], .st-key-more-models) button {
  min-height: 2.1rem; padding: .1rem .5rem; }
[data-testid="stSidebar"] :is([data-testid="stPopover"], .st-key-more-models) button p {
  font-size: .82rem; }

/* Text: quiet, but not faint; lines of a length that one can follow */
[data-testid="stCaptionContainer"] { color: var(--ig-quiet); opacity: 1; }
[data-testid="stMain"] [data-testid="stMarkdownContainer"] > :is(p, ul) { max-width: 46rem; }
[data-testid="stTabs"] [data-testid="stMarkdownContainer"] > ul { max-width: none;
  columns: 2 26rem; column-gap: 3rem; }
[data-testid="stTabs"] [data-testid="stMarkdownContainer"] li { max-width: 46rem;
  break-inside: avoid; margin-block: 0 .45em; }
[data-testid="stMarkdown"] > :has(.katex-display) { margin: 0 0 1rem; }
[data-testid="stMarkdownContainer"]:has(> .katex-display) { overflow: visible; }
[data-testid="stMain"] .katex-display { margin: .3rem 0; overflow: visible; }
[data-testid="stMain"] .katex-display > .katex { text-align: left; white-space: normal; }
[data-testid="stFileUploader"] :is(small, [data-testid="stFileChipName"] + div) {
  font-size: .8125rem; }

[data-testid="stPlotlyChart"] :is(.xtick, .ytick, .g-xtitle, .g-ytitle) text {
  fill: var(--ig-quiet) !important; }
[data-testid="stTable"] :is(td, th) { padding-block: .2rem; font-variant-numeric: tabular-nums; }
[data-testid="stHtml"] small { font-size: .8125rem; color: var(--ig-quiet); }

/* Where the keyboard is */
[data-testid="stApp"] :is(a, summary, [role="tab"], [data-testid="stTooltipHoverTarget"],
  [data-testid="stSidebarCollapseButton"] button, [data-testid="stExpandSidebarButton"],
  [data-testid="stMainMenuButton"]):focus-visible { outline: 3px solid var(--ig-focus);
  outline-offset: 2px; border-radius: .4rem; }

/* The tabs: all of them in sight, on a telephone in two rows */
[data-testid="stTabs"] [role="tablist"] { flex-wrap: wrap; row-gap: 0; }

/* The headline */
[data-testid="stLayoutWrapper"]:has(> .st-key-copy-link) {
  position: absolute; top: 4px; right: 3.8rem; width: auto; z-index: 999991; }
[data-testid="stApp"]:has([data-testid="stStatusWidget"]) .st-key-copy-link { visibility: hidden; }
.ig-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: .35rem .7rem; }
.ig-head h1 { font-size: 1.35rem; line-height: 1.35; font-weight: 680; letter-spacing: -.01em;
  margin: 0 .5rem 0 0; padding: 0; }
.ig-truth { font-size: .92rem; }
.ig-truth.wrong { font-weight: 650; }

/* The verdict: what the picture says, then every number below what it is */
.ig-row { display: flex; flex-wrap: wrap; gap: .45rem 0; align-items: start;
  margin-left: -1.2rem; overflow: clip; font-variant-numeric: tabular-nums; font-size: .9rem; }
.ig-row > span { display: grid; max-width: 17.6rem; padding: 0 1.2rem; line-height: 1.35;
  box-shadow: -1px 0 var(--ig-line); }
.ig-row b { font-weight: 600; text-wrap: balance; }
.ig-reading { font-size: 1.06rem; font-weight: 650; line-height: 1.4; text-wrap: pretty; }
[data-testid="stHtml"]:has(> .ig-reading) { display: flex; flex-direction: column; gap: .45rem; }
[data-testid="stHtml"] > .ig-reading { order: -1; }
.ig-why { font-size: .9rem; font-weight: 600; }
@media (min-width: 1600px) { .ig-row > span { max-width: none; } }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 2.8rem .7rem 2rem; }
  [data-testid="stTable"] :is(td, th) { padding-inline: .15rem !important; }
  [data-testid="stTable"] :is(td, th, p) { font-size: .8125rem; white-space: normal;
    overflow-wrap: anywhere; }
}
</style>
"""
STYLE = STYLE.replace("ABOVE_AND_BELOW", str(ABOVE_AND_BELOW)).replace("BETWEEN", str(BETWEEN))


def style() -> None:
    """The page's own spacing and type, once per run."""
    st.html(STYLE)
