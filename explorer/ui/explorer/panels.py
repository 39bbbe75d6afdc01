"""The parts of the Explorer page around the player: headline, verdict, details, messages."""

from __future__ import annotations

import math
from html import escape

import numpy as np
import streamlit as st

from explorer import export
from explorer.core.methods import Method
from explorer.core.quadrature import MAX_STEPS
from explorer.explain import most_steps
from explorer.explanation import Explanation
from explorer.images import uploads
from explorer.models.sources import factory
from explorer.models.spec import OWN_PREFIX
from explorer.pictures import figures
from explorer.pictures.reading import reading
from explorer.pictures.verdict import error_in_words, verdict
from explorer.pictures.view import View
from explorer.pictures.words import counted, percent
from explorer.request import Request
from explorer.ui import slots
from explorer.ui.shell.notices import plain, say
from explorer.ui.state.session import ask

from . import classic_mistakes, how_far_off

ICONS = {"good": "✓", "fair": "≈", "poor": "!", "plain": ""}
SPARE = 1.5  # times the gradients that a smaller error seems to need

HOW_TO_READ_A_MAP = """
- **Attribution**: orange speaks for the class, blue against, as far as this method can tell.
- Colours are on one scale, whose ends stand beside it; what is paler counts for less.
"""
HOW_TO_READ = """
- **Image on the path**: the picture fades in from the baseline *b* (α = 0) to the image *x* (1).
- **Score along the path**: what the network says of each of these pictures. Where the curve is
  flat, gradients hardly count; where it moves, they tell why. The liveliest stretch is shaded.
- **Gradient**: which pixels would raise the score if they were a little brighter, at this α.
- **Attribution so far**: the gradients added up to here, times how far each pixel has to go. At the
  end every pixel has its share of the score's change: orange speaks for the class, blue against.
- **Dots on the curve**: where a gradient was taken; the filled one is shown. At rest, as the page
  opens, the attribution is finished and the gradient beside it is that of the liveliest step: the
  one that gave most to it. The adaptive rule looks at the score first, then takes its gradients
  where they still change. Where the film strip is empty, none was taken.
- **Keys**: → or Page Down, ← or Page Up go from gradient to gradient, Home and End to the ends,
  the space bar plays, Esc comes back to rest. They work wherever you are not typing.
- **Error**: how far this map is from the exact one, as a share of its size. It is estimated from
  how much the gradients change from dot to dot: between two alike ones little can hide. Half the
  error costs about twice the gradients.
- **Completeness gap**: the shares must add up to the change of the score. A large gap says that
  something is wrong. A small one proves nothing: errors of single pixels can cancel in the sum, by
  luck. That is why the error is judged first.
- What looks like the baseline gets no attribution: try another baseline before you conclude that
  the network ignored something.
"""


def cancelled() -> None:
    """Say that the work was stopped, and offer to begin again."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info("Stopped.")
        st.button(
            "Explain again",
            key="explain-again",
            on_click=slots.CANCELLED.clear,
        )


def still_showing(explanation: Explanation) -> None:
    """Say that the picture below answers an earlier request, and which."""
    st.caption(
        plain(
            f"Still showing {explanation.image_title} by {explanation.model.title}, "
            f"{explanation.score_label}, {error_in_words(explanation)}."
        )
    )


def verdict_row(explanation: Explanation) -> None:
    """How far the map can be trusted, and one line on where it looked; a way to a better one."""
    better = None if verdict(explanation).level in ("good", "plain") else _better(explanation)
    if better is None:
        st.html(_verdict_html(explanation))
        return
    wish, method = better
    words, button = st.columns([6, 1], vertical_alignment="center")
    words.html(_verdict_html(explanation))
    if button.button(wish, type="primary", key="improve", width="stretch"):
        ask(method=method)
        st.rerun()  # of the whole page, not only of the fragment that holds the button


def _better(explanation: Explanation) -> tuple[str, Method] | None:
    """What a button says and asks for to have a smaller error; None where nothing can be done."""
    now = explanation.request.method
    if explanation.path is None or "steps" not in now.values:
        return None
    steps, tolerance = int(now.values["steps"]), now.values.get("tolerance")
    room = min(MAX_STEPS, most_steps(explanation.image.nbytes) - 1)
    if explanation.path.within_tolerance:
        twice = 2 * explanation.gradient_count  # the error goes as one over the gradients
        enough = 10 * math.ceil(SPARE * twice / 10)
        most = max(steps, min(enough, room))
        return "Halve the error", now.changed(tolerance=tolerance / 2, steps=most)
    more = min(2 * steps, room)
    if more <= steps:
        return None
    wish = f"Use {more} steps" if tolerance is None else "Halve the error"
    return wish, now.changed(steps=more)


def _verdict_html(explanation: Explanation) -> str:
    """How far to trust the map, what it says in one line, and the numbers behind."""
    evidence, judged = explanation.completeness, verdict(explanation)
    alone = explanation.baseline_predictions[0]
    facts = (
        ("map", f"{ICONS[judged.level]} {judged.error}"),
        ("completeness gap", f"{_gap(evidence.relative_gap)}: {judged.gap}")
        if explanation.method.adds_up
        else ("completeness", judged.gap),
        ("score", f"{_number(evidence.score_baseline)} → {_number(evidence.score_image)}"),
        ("attribution adds up to", _number(evidence.attribution_sum)),
        ("baseline alone", f"{escape(alone.name)} {percent(alone.probability)}"),
    )
    row = "".join(f"<span><small>{what}</small> <b>{value}</b></span>" for what, value in facts)
    return (
        f'<div class="ig-reading" data-testid="reading">{escape(reading(explanation))}</div>'
        f'<div class="ig-row" data-testid="verdict">{row}</div>'
        + (f'<div class="ig-why">{escape(judged.why)}</div>' if judged.why else "")
    )


def address_note(request: Request) -> None:
    """Say what an address cannot hold, where it does not hold everything."""
    missing = []
    if uploads.is_upload(request.image):
        missing.append("image")
    if request.model.startswith((OWN_PREFIX, factory.PREFIX)):
        missing.append("model")
    if missing:
        st.caption(
            f"This address only names your own {' and '.join(missing)}: it works while this app "
            "runs, and for nobody who starts another."
        )


def settle_tab() -> None:
    """Before the tabs are drawn: the first is open where an address names none, or a wrong one."""
    if slots.TAB.is_set() and slots.TAB.get() not in TABS:
        if slots.TAB.get():
            say(f"There is no tab {slots.TAB.get()!r:.60}. Opening {next(iter(TABS))}.")
        slots.TAB.set(next(iter(TABS)))


def open_tab() -> str | None:
    """The title of the open tab; None for the first, which opens by itself."""
    tab = st.session_state.get(slots.TAB.key)
    return None if tab == next(iter(TABS)) else tab or None


def details(explanation: Explanation, view: View) -> None:
    """What lies under the fold; only the open tab is made, so that charts cost no first visit."""
    tabs = st.tabs(list(TABS), key=slots.TAB.key, on_change="rerun")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                draw(explanation, view)


def _how_to_read(explanation: Explanation, view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        for formula in explanation.method.formulas:  # side by side where there is room
            st.latex(formula, width="content")
    st.caption(plain(f"{explanation.method.title}: {explanation.method.paper}."))
    st.markdown(HOW_TO_READ if explanation.path is not None else HOW_TO_READ_A_MAP)


def _along_the_path(explanation: Explanation, view: View) -> None:
    st.caption(_movement(explanation))
    if explanation.path is None:
        return
    alt = figures.step_bars_in_words(explanation)
    st.plotly_chart(figures.step_bars(explanation), config={"displayModeBar": False}, alt=alt)


def _movement(explanation: Explanation) -> str:
    """Where the score moves, in words."""
    if explanation.path is None:
        return "No single path lies behind this map."
    active, (_, scores) = explanation.active, explanation.path.curve
    if not np.ptp(scores[:, 0]):
        return "The score does not move along this path, so there is nothing to attribute."
    where = (
        f"90 % of the score's movement, up and down, lies between alpha {active.low:.2f} and "
        f"{active.high:.2f} (shaded)"
    )
    inside = (explanation.alphas >= active.low) & (explanation.alphas <= active.high)
    if not inside.any():
        return f"{where}, but no gradient was taken there: take more."
    if active.share is None:
        return f"{where}."
    share = percent(min(max(active.share, 0.0), 1.0))
    return (
        f"{where}; the {counted(int(inside.sum()))} taken there (of {inside.size}) make {share} "
        "of the attribution. A bar's area is what one gradient gives to the map, counted by how "
        "far it points the way of the whole; its width is the stretch that it stands for."
    )


def _on_the_picture(explanation: Explanation, view: View) -> None:
    which = "negative" if explanation.speaks_against else "positive"
    if explanation.part_areas is None:
        st.caption("This picture comes without a map of its parts.")
    elif explanation.telling_part_shares is None:
        st.caption(f"Nothing in this picture has {which} attribution.")
    else:
        st.caption(f"Each part's share of the {which} attribution, beside its share of the area.")
        alt = figures.part_bars_in_words(explanation)
        st.plotly_chart(figures.part_bars(explanation), config={"displayModeBar": False}, alt=alt)


def _files(explanation: Explanation, view: View) -> None:
    st.caption(
        plain(
            f"{explanation.score_label}: {counted(explanation.gradient_count)} in "
            f"{explanation.seconds:.1f} s. The overlay is saved as it looks now{_place(view)}."
        )
    )
    st.caption(plain(f"How the network was run: {explanation.plan}."))
    dark = st.context.theme.type == "dark"
    with st.container(horizontal=True):
        st.download_button(
            "Overlay (PNG)",
            export.overlay_bytes(explanation, view, dark),
            export.overlay_name(explanation, view, dark),
            "image/png",
        )
        st.download_button(
            "Attribution (NumPy)",
            export.npy_bytes(explanation),
            export.file_name(explanation, "attribution", "npy"),
            "application/octet-stream",
        )
        st.download_button(
            "Numbers (JSON)",
            export.json_text(explanation),
            export.file_name(explanation, "numbers", "json"),
            "application/json",
        )


def _place(view: View) -> str:
    """Where on the path the overlay stands, unless it is finished."""
    return "" if view.alpha is None else f", at alpha {view.alpha:.2f}"


def _number(value: float) -> str:
    return f"{value:.3f}" if 0.001 <= abs(value) < 1000 or value == 0 else f"{value:.2e}"


def _gap(gap: float) -> str:
    return "undefined" if gap == float("inf") else percent(gap)


TABS = {
    "How to read this": _how_to_read,
    "Along the path": _along_the_path,
    "On the picture": _on_the_picture,
    "How far off": how_far_off.tab,
    "Classic mistakes": classic_mistakes.tab,
    "Files": _files,
}
