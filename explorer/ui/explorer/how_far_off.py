"""The tab "How far off": every rule's true error and gap, measured on this picture when asked."""

from __future__ import annotations

from functools import partial
from threading import Lock

import streamlit as st
from cachetools import LRUCache

from explorer.core.closer import PLACES, cost
from explorer.core.convergence import Convergence, gradients_needed, measure
from explorer.core.quadrature import TOLERANCE
from explorer.explain import pose
from explorer.explanation import Explanation
from explorer.pictures import convergence_charts as pictures
from explorer.pictures.verdict import verdict
from explorer.pictures.view import View
from explorer.request import Request
from explorer.sharing.job import Job
from explorer.sharing.progress import Stopwatch, duration
from explorer.ui.shell.notices import plain
from explorer.ui.state.session import ask
from explorer.ui.work.jobs import TabJob

CACHE_BYTES = 32 * 1024 * 1024
SUMS = 160  # pictures' worth of memory that the measurement takes,
MOST_BYTES = 1 << 30  # and how much it may take
SCORE_COST = 1 / 3  # of a gradient
INTRODUCTION = (
    "How far off is a map? Nobody knows the true one, but a thousand gradients come very near: "
    "against those, every rule is measured here, at several numbers of gradients. Beside it stands "
    "the completeness gap, which needs no true map, and may be small by luck."
)
KEY_TO_CHARTS = (
    "First chart: filled marks are the true error, hollow ones the error that the rule's own "
    "gradients let it estimate. Second chart: the completeness gap, on the same scale. Down is "
    "better. The adaptive rule also took up to nine scores without gradients, worth about three "
    "gradients."
)

_job: TabJob[Convergence] = TabJob("measuring", "Measuring", CACHE_BYTES)
_prices: LRUCache[str, float] = LRUCache(maxsize=64)  # model -> seconds a gradient, as measured
_pricing = Lock()


def tab(explanation: Explanation, view: View) -> None:
    """What was measured on this picture, or the offer to do it."""
    if explanation.path is None:
        st.caption("No single path lies behind this map, so there is no rule to measure.")
        return
    _nobody_looked(explanation)
    key = _key(explanation.request)
    found = _job.result(key)
    if found is not None:
        _result(explanation, found)
    elif _job.asked(key):
        st.markdown(INTRODUCTION)
        st.caption("Measuring on this picture: see below.")
    else:
        _offer(explanation, key)


def _nobody_looked(explanation: Explanation) -> None:
    """What no rule can know, and the offer to look closer, where the rule can be told of it."""
    method = explanation.request.method
    unseen, seed = verdict(explanation).unseen, method.values.get("closer")
    if seed:
        st.caption(f"The score was looked at in {PLACES} further places, drawn by the seed {seed}.")
    if unseen:
        st.markdown(plain(unseen))
    if seed is None:
        return
    wish = "Look closer" if not seed else "Look elsewhere"
    if st.button(f"{wish} ({cost(PLACES)})", key="look-closer"):
        ask(method=method.changed(closer=seed + 1))
        st.rerun()  # of the whole page: the map is made anew


def work(explanation: Explanation) -> None:
    """Measure, where the person asked for it."""
    request = explanation.request
    _job.do(_key(request), partial(_measure, request))


def _measure(request: Request, job: Job) -> Convergence:
    problem, clock = pose(request, job), Stopwatch()
    found = measure(
        problem.score, problem.image, problem.baseline, batch_size=problem.batch_size,
        progress=partial(job.tell, unit="gradients"), cancelled=job.cancelled,
        turn=clock.timed(partial(problem.turn, job.turn)),
    )  # fmt: skip
    with _pricing:
        _prices[request.model] = clock.seconds / gradients_needed()
    return found


def _key(request: Request) -> str:
    """Of everything but the rule and its settings: all rules are measured."""
    return request.whatever_the_method().key


def _offer(explanation: Explanation, key: str) -> None:
    st.markdown(INTRODUCTION)
    if why := _job.ended(key):
        st.error(plain(f"It could not be measured here: {why}"), icon=":material/error:")
    if SUMS * explanation.image.nbytes > MOST_BYTES:
        st.caption("This picture is too large for it: take a smaller one, or another fit.")
        return
    count = gradients_needed()
    seconds = duration(count * _price(explanation))
    if st.button(f"Measure on this picture (about {count} gradients)", key="measure"):
        _job.ask(key)
    st.caption(f"Alone about {seconds}; longer while others compute.")


def _price(explanation: Explanation) -> float:
    """Seconds a gradient, as measured; else as the explanation took, which had more to do."""
    with _pricing:
        measured = _prices.get(explanation.request.model)
    if measured is not None:
        return measured
    scouted = explanation.path.scouted
    scores = 0 if scouted is None else scouted.alphas.size
    return explanation.seconds / (explanation.alphas.size + SCORE_COST * scores)


def _result(explanation: Explanation, found: Convergence) -> None:
    shown = pictures.Shown(
        gradients=explanation.alphas.size,
        error=found.error_of(explanation.attribution),
        estimate=explanation.error,
        gap=explanation.completeness.relative_gap,
    )
    error = explanation.request.method.values.get("tolerance", TOLERANCE.default)
    for sentence in (pictures.on_screen(shown), pictures.luck(found), pictures.reach(found, error)):
        st.markdown(plain(sentence))
    left, right = st.columns(2)
    for column, chart, in_words in (
        (left, pictures.error_chart, pictures.error_chart_in_words),
        (right, pictures.gap_chart, pictures.gap_chart_in_words),
    ):
        column.plotly_chart(
            chart(found, shown), config={"displayModeBar": False}, alt=in_words(found, shown)
        )
    st.caption(KEY_TO_CHARTS)
    with st.expander("The same as a table"):
        st.table(pictures.rows(found))
