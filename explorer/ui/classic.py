"""The tab "Classic mistakes": one at a time, beside the right way, with every check's verdict."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from explorer import memory
from explorer.cache import BoundedCache
from explorer.errors import reason
from explorer.exhibits.checks import CHECKS, Verdict
from explorer.exhibits.drawing import alternative, baseline_picture, facts, picture
from explorer.exhibits.mistakes import BLACK, MISTAKES, Mistake
from explorer.exhibits.show import Exhibit, Panel, show
from explorer.explain import Explanation, pose
from explorer.pictures.look import Look
from explorer.request import Request

from .compute import Reporter
from .state import plain

CACHE_BYTES = 32 * 1024 * 1024
NONE = "none"
INTRODUCTION = (
    "Well-known implementations of Integrated Gradients have made these mistakes, some of them for "
    "years. Choose one: it is made on this picture, with this network's own gradients, beside the "
    "right way, and the checks say which of the two is wrong."
)

_cache: BoundedCache[Exhibit] = BoundedCache(CACHE_BYTES)


def tab(explanation: Explanation, look: Look) -> None:
    """Choose a mistake, and see what it does to the picture on the page."""
    name = st.selectbox(
        "A mistake to look at",
        [NONE, *MISTAKES],
        format_func=lambda n: "None" if n == NONE else MISTAKES[n].title,
        key="classic-mistake",
    )
    if name == NONE:
        st.markdown(INTRODUCTION)
        return
    mistake = MISTAKES[name]
    st.markdown(f"**Found in** {plain(mistake.where)}. {plain(mistake.lesson)}")
    try:
        exhibit = _exhibit(explanation.request, mistake)
    except (ValueError, RuntimeError, MemoryError) as error:
        st.error(plain(f"It cannot be shown here: {reason(error)}"), icon=":material/error:")
        return
    _draw(exhibit)


def _draw(exhibit: Exhibit) -> None:
    if exhibit.same:
        st.info(
            "On this picture the two agree: this is how such a mistake stays unseen. "
            "Another picture may show it."
        )
    left, right = st.columns(2)
    for column, title, panel in (
        (left, "Right", exhibit.right),
        (right, "With the mistake", exhibit.wrong),
    ):
        with column:
            st.markdown(f"##### {title}")
            _panel(panel, title, exhibit.mistake)


def _panel(panel: Panel, title: str, mistake: Mistake) -> None:
    dark = st.context.theme.type == "dark"
    with st.container(horizontal=True):
        if mistake.start == BLACK:
            st.image(
                baseline_picture(panel), caption="its baseline", width=130, output_format="PNG",
                alt=f"{title}: the baseline that is called black",
            )  # fmt: skip
        st.image(
            picture(panel, dark), width=280, output_format="PNG", alt=alternative(panel, title)
        )
    st.caption(plain(facts(panel)))
    lines = "".join(_line(verdict, mistake) for verdict in panel.verdicts)
    st.html(f'<ul style="list-style: none; padding: 0; font-size: .88rem">{lines}</ul>')


def _line(verdict: Verdict, mistake: Mistake) -> str:
    """A mark, the check, and its numbers; the check that is meant to catch it stands out."""
    mark, title = "✓" if verdict.passed else "✗ fails:", escape(CHECKS[verdict.check].title)
    said = f"<b>{title}</b>" if verdict.check == mistake.caught_by else title
    return f"<li>{mark} {said} <small>({escape(verdict.text)})</small></li>"


def _exhibit(request: Request, mistake: Mistake) -> Exhibit:
    """The exhibit, made once for everybody; the rule on the page plays no part in it."""
    about = request.whatever_the_rule()
    key = f"{mistake.name} {about.key}"
    known = _cache.get(key)
    if known is not None:
        return known
    place = st.empty()
    report = Reporter(place.progress(0.0, text="Taking gradients"))
    try:
        return _cache.load(key, partial(_make, about, mistake, report), waiting=report.twin)
    finally:
        place.empty()


def _make(request: Request, mistake: Mistake, report: Reporter) -> Exhibit:
    try:
        problem = pose(request, loading=report.loading, turn=report.turn)
        turn = partial(problem.turn, report.turn)
        return show(mistake, problem, turn=turn, progress=report.steps)
    finally:
        memory.give_back()
