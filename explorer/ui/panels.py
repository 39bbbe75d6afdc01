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

from .state import choose, plain

SHOWN_PREDICTIONS = 3
ICONS = {"good": "✓", "fair": "≈", "poor": "!"}

FORMULA = (
    r"A_i(x) = (x_i - b_i) \int_0^1 \frac{\partial F(b + \alpha\,(x - b))}{\partial x_i}\,d\alpha"
    r"\qquad \sum_i A_i = F(x) - F(b)"
)
HOW_TO_READ = """
- **Image on the path**: the picture fades in from the baseline *b* (α = 0) to the image *x* (1).
- **Score along the path**: what the network says of each of these pictures. Where the curve is flat
  the network has made up its mind; where it climbs, the gradients tell why. That stretch is shaded.
- **Gradient**: which pixels would raise the score if they were a little brighter, at this α.
- **Attribution so far**: the gradients added up to here, times how far each pixel has to go. At the
  end every pixel has its share of the score: orange speaks for the class, blue against it.
- **Completeness gap**: the shares must add up to the change of the score. How far they miss is a
  numerical error; more steps make it smaller. A small gap is necessary, but can also be luck.
- What looks like the baseline gets no attribution: try another baseline before you conclude that
  the network ignored something.
"""

STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding: 2.5rem 1.6rem 2rem; max-width: 1500px; }
[data-testid="stHeader"] { height: 2.5rem; min-height: 2.5rem; }
[data-testid="stHeader"], [data-testid="stHeader"] * { pointer-events: none; }
[data-testid="stHeader"] :is(button, a, button *, a *) { pointer-events: auto; }
[data-testid="stSidebarUserContent"] { padding-bottom: 1rem; }
[data-testid="stSidebarHeader"] { height: 2.4rem; padding-bottom: 0; margin-bottom: 0; }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.4rem; }
[data-testid="stSidebar"] [data-testid="stCaptionContainer"] p {
  font-size: .8rem; line-height: 1.35; }
[data-testid="stSidebar"] [data-testid="stPopover"] button {
  min-height: 2.1rem; padding: .1rem .5rem; }
[data-testid="stSidebar"] [data-testid="stPopover"] button p { font-size: .82rem; }
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


def notices() -> None:
    """What was refused since the last run, said once."""
    for text in st.session_state.pop("notices", []):
        st.warning(plain(text), icon=":material/info:")


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
    level = verdict(explanation).level
    steps = min(2 * explanation.request.steps, MAX_STEPS)
    if level == "good" or steps == explanation.request.steps:
        st.html(_verdict_html(explanation))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(_verdict_html(explanation), width="stretch")
        st.button(
            f"Use {steps} steps",
            type="primary",
            key="add-steps",
            on_click=lambda: choose(steps=steps),
        )


def _verdict_html(explanation: Explanation) -> str:
    evidence, judged = explanation.completeness, verdict(explanation)
    alone = explanation.baseline_predictions[0]
    facts = (
        ("score, baseline to image",
         f"{_number(evidence.score_baseline)} → {_number(evidence.score_image)}"),
        ("attribution adds up to", _number(evidence.attribution_sum)),
        ("completeness gap",
         f"{_gap(evidence.relative_gap)} {ICONS[judged.level]} {judged.text}"),
        ("the baseline alone is called", f"{escape(alone.name)} {percent(alone.probability)}"),
    )  # fmt: skip
    row = "".join(f"<span><small>{what}</small> <b>{value}</b></span>" for what, value in facts)
    return (
        f'<div class="ig-row" data-testid="verdict">{row}</div>'
        f'<div class="ig-reading" data-testid="reading">{escape(reading(explanation))}</div>'
    )


def address_note() -> None:
    """Say what an address cannot hold."""
    st.caption(
        "This address names your own image by its fingerprint only: it works while this app runs, "
        "but the image is not in it."
    )


def details(explanation: Explanation, look: Look) -> None:
    """What lies under the fold: along the path, on the parts, and the files."""
    along, parts, files, how = st.tabs(
        ["Along the path", "On the picture", "Files", "How to read this"]
    )
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
    with how:
        st.latex(FORMULA)
        st.markdown(HOW_TO_READ)


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
