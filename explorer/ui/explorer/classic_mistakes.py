"""The tab "Classic mistakes": one at a time, beside the right way, with every check's finding."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from explorer.exhibits.checks import CHECKS, Finding
from explorer.exhibits.classic_mistakes import BLACK, CLASSIC_MISTAKES, ClassicMistake
from explorer.exhibits.drawing import alternative, baseline_picture, facts, picture
from explorer.exhibits.show import Exhibit, Panel, show
from explorer.explain import pose
from explorer.explanation import Explanation
from explorer.pictures.view import View
from explorer.request import Request
from explorer.sharing.job import Job
from explorer.ui.shell.notices import plain
from explorer.ui.work.jobs import TabJob

CACHE_BYTES = 32 * 1024 * 1024
NONE = "none"
INTRODUCTION = (
    "Well-known implementations of Integrated Gradients have made these mistakes, some of them for "
    "years. Choose one: it is made on this picture, with this network's own gradients, beside the "
    "right way, and the checks say which of the two is wrong."
)

_job: TabJob[Exhibit] = TabJob("mistake", "Taking gradients", CACHE_BYTES)


def tab(explanation: Explanation, view: View) -> None:
    """Choose a mistake, and see what it does to the picture on the page."""
    name = st.selectbox(
        "A mistake to look at",
        [NONE, *CLASSIC_MISTAKES],
        format_func=lambda n: "None" if n == NONE else CLASSIC_MISTAKES[n].title,
        key="classic-mistake",
    )
    if name == NONE:
        st.markdown(INTRODUCTION)
        return
    mistake, key = CLASSIC_MISTAKES[name], _key(explanation.request, name)
    st.markdown(f"**Found in** {plain(mistake.where)}. {plain(mistake.lesson)}")
    exhibit = _job.result(key)
    if exhibit is not None:
        _draw(exhibit)
    elif _job.asked(key):
        st.caption("Making it on this picture: see below.")
    elif (why := _job.ended(key)) is None:
        _job.ask(key)
    else:
        if why:
            st.error(plain(f"It cannot be shown here: {why}"), icon=":material/error:")
        if st.button("Try again" if why else "Make it on this picture", key="make-mistake"):
            _job.ask(key)


def work(explanation: Explanation) -> None:
    """Make the mistake that was chosen, where it is not at hand."""
    name = st.session_state.get("classic-mistake", NONE)
    if name != NONE:
        request = explanation.request
        _job.do(_key(request, name), partial(_make, request, CLASSIC_MISTAKES[name]))


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
            st.header(title, anchor=False)
            _panel(panel, title, exhibit.mistake)


def _panel(panel: Panel, title: str, mistake: ClassicMistake) -> None:
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
    lines = "".join(_line(finding, mistake) for finding in panel.findings)
    st.html(f'<ul style="list-style: none; padding: 0; font-size: .9rem">{lines}</ul>')


def _line(finding: Finding, mistake: ClassicMistake) -> str:
    """A mark, the check, and its numbers; the check that is meant to catch it stands out."""
    mark, title = "✓" if finding.passed else "✗ fails:", escape(CHECKS[finding.check].title)
    said = f"<b>{title}</b>" if finding.check == mistake.caught_by else title
    return f"<li>{mark} {said} <small>({escape(finding.text)})</small></li>"


def _key(request: Request, name: str) -> str:
    """The rule on the page and its settings play no part in an exhibit."""
    return f"{name} {request.whatever_the_method().key}"


def _make(request: Request, mistake: ClassicMistake, job: Job) -> Exhibit:
    problem = pose(request, job)
    return show(
        mistake, problem, turn=partial(problem.turn, job.turn), cancelled=job.cancelled,
        progress=partial(job.tell, unit="gradients"),
    )  # fmt: skip
