"""The parts of the Explorer page around the player: headline, verdict, details, messages."""

from __future__ import annotations

from html import escape

import streamlit as st

from explorer import export
from explorer.explain import Explanation
from explorer.pictures import figures
from explorer.pictures.look import Look
from explorer.pictures.reading import percent, reading, verdict
from explorer.request import MAX_STEPS

from . import controls

SHOWN_PREDICTIONS = 3
ICONS = {"good": "✓", "fair": "≈", "poor": "!"}

STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding: 1.1rem 1.6rem 2rem; max-width: 1500px; }
[data-testid="stHeader"] { background: transparent; height: 2.2rem; }
[data-testid="stSidebarUserContent"] { padding-bottom: 1rem; }
[data-testid="stSidebarHeader"] { height: 2.4rem; padding-bottom: 0; margin-bottom: 0; }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.45rem; }
[data-testid="stMain"] [data-testid="stVerticalBlock"] { gap: 0.6rem; }
.ig-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: .35rem 1.1rem; }
.ig-head h1 { font-size: 1.25rem; font-weight: 650; margin: 0 .4rem 0 0; padding: 0; }
.ig-chip { display: inline-flex; gap: .45em; align-items: baseline; padding: .12rem .6rem;
  border: 1px solid; border-color: color-mix(in srgb, currentColor 22%, transparent);
  border-radius: 1rem; font-size: .92rem; font-variant-numeric: tabular-nums;
  background: linear-gradient(90deg, color-mix(in srgb, currentColor 14%, transparent) var(--p),
  transparent var(--p)); }
.ig-chip.first { font-weight: 650; }
.ig-truth { font-size: .92rem; }
.ig-truth.wrong { font-weight: 650; }
.ig-row { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; align-items: baseline;
  font-variant-numeric: tabular-nums; font-size: .95rem; }
.ig-row small { opacity: .72; }
.ig-reading { font-size: 1rem; font-weight: 600; margin-top: .15rem; }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding: 2.6rem .7rem 2rem; }
}
</style>
"""


def style() -> None:
    """The page's own spacing and type, once per run."""
    st.html(STYLE)


def notices() -> None:
    """What was refused since the last run, said once."""
    for text in st.session_state.pop("notices", []):
        st.warning(controls.plain(text), icon=":material/info:")


def cancelled() -> None:
    """Say that the work was stopped, and offer to begin again."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info("Stopped. What you see is the previous explanation, if there was one.")
        st.button("Explain again", on_click=lambda: st.session_state.pop("cancelled", None))


def headline(explanation: Explanation) -> None:
    """Title, strongest predictions, and whether they are right."""
    chips = "".join(
        f'<span class="ig-chip{" first" if i == 0 else ""}" style="--p:{p.probability:.1%}">'
        f"<span>{escape(p.name)}</span><span>{percent(p.probability)}</span></span>"
        for i, p in enumerate(explanation.predictions[:SHOWN_PREDICTIONS])
    )
    st.html(
        f'<div class="ig-head"><h1>{_question(explanation)}</h1>{chips}{_truth(explanation)}</div>'
    )


def _question(explanation: Explanation) -> str:
    rather = "" if explanation.against is None else f" rather than {escape(explanation.against)}"
    return f"Why “{escape(explanation.target)}”{rather}?"


def _truth(explanation: Explanation) -> str:
    if explanation.label is None:
        return ""
    label = escape(explanation.label)
    if explanation.misclassified:
        return f'<span class="ig-truth wrong">✗ misclassified: this is a {label}</span>'
    return f'<span class="ig-truth">✓ truth: {label}</span>'


def verdict_row(explanation: Explanation) -> None:
    """The numbers that the attribution answers for, judged, and one line on where it looked."""
    evidence, judged = explanation.completeness, verdict(explanation)
    left, right = st.columns([6, 1], vertical_alignment="center")
    best = explanation.baseline_predictions[0]
    left.html(
        f'<div class="ig-row" data-testid="verdict">'
        f"<span><small>score</small> {_number(evidence.score_baseline)} <small>at the baseline →"
        f"</small> {_number(evidence.score_image)} <small>at the image</small></span>"
        f"<span><small>attribution adds up to</small> {_number(evidence.attribution_sum)}</span>"
        f"<span><small>completeness gap</small> {_gap(evidence.relative_gap)} "
        f"<b>{ICONS[judged.level]} {judged.text}</b></span>"
        f"<span><small>the baseline alone is called</small> {escape(best.name)} "
        f"{percent(best.probability)}</span></div>"
        f'<div class="ig-reading" data-testid="reading">{escape(reading(explanation))}</div>'
    )
    steps = min(2 * explanation.request.steps, MAX_STEPS)
    if judged.level != "good" and steps > explanation.request.steps:
        right.button(
            f"Use {steps} steps",
            type="primary",
            key="add-steps",
            on_click=lambda: controls.choose(steps=steps),
        )


def details(explanation: Explanation, look: Look) -> None:
    """What lies under the fold: along the path, on the parts, and the files."""
    along, parts, files = st.tabs(["Along the path", "On the picture", "Files"])
    with along:
        active = explanation.active
        share = (
            ""
            if active.share is None
            else f", and {percent(active.share)} of the map is made there"
        )
        st.caption(
            f"The score makes 90 % of its way between alpha {active.low:.2f} and {active.high:.2f} "
            f"(shaded){share}. Elsewhere the gradients say little."
        )
        st.plotly_chart(figures.step_bars(explanation), config={"displayModeBar": False})
    with parts:
        if explanation.part_shares is None:
            st.caption("This picture comes without a map of its parts.")
        else:
            st.caption("A part with more attribution than area is where the network looked.")
            st.plotly_chart(figures.part_bars(explanation), config={"displayModeBar": False})
    with files:
        _files(explanation, look)


def _files(explanation: Explanation, look: Look) -> None:
    name = f"{explanation.model.id}-{explanation.request.key[:8]}"
    st.caption(
        f"{explanation.score_label}: {explanation.alphas.size} gradients in "
        f"{explanation.seconds:.1f} s. The address of this page names this explanation completely."
    )
    with st.container(horizontal=True):
        st.download_button(
            "Overlay (PNG)", export.overlay_bytes(explanation, look), f"{name}.png", "image/png"
        )
        st.download_button(
            "Attribution (NumPy)", export.npy_bytes(explanation), f"{name}.npy",
            "application/octet-stream",
        )  # fmt: skip
        st.download_button(
            "Numbers (JSON)", export.json_text(explanation), f"{name}.json", "application/json"
        )


def _number(value: float) -> str:
    return f"{value:.3f}" if 0.001 <= abs(value) < 1000 or value == 0 else f"{value:.2e}"


def _gap(gap: float) -> str:
    return "undefined" if gap == float("inf") else f"{gap:.2%}"
