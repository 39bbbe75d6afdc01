"""Above the player: the question, the classes to ask about, the truth, and what the model sees."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import streamlit as st

from explorer.explanation import Explanation, Prediction
from explorer.images import uploads
from explorer.images.recipes import base
from explorer.models.registry import get_spec
from explorer.pictures.words import percent, seen
from explorer.survey.labels import truth_of
from explorer.ui import slots
from explorer.ui.shell.notices import plain
from explorer.ui.sidebar import image_picker
from explorer.ui.state.session import ask, asked

SHOWN_PREDICTIONS = 3
FIT_WIDTH = 340  # pixels
STYLE = """
.st-key-headline { gap: .25rem .7rem !important; min-height: 2rem; }
.st-key-headline button { min-height: 1.85rem; padding: .1rem .65rem; }
.st-key-headline button p { font-size: .92rem; font-variant-numeric: tabular-nums; }
[class*="st-key-chip-"] button { border-radius: 1rem; background: linear-gradient(90deg,
  color-mix(in srgb, currentColor 14%, transparent) var(--p), transparent var(--p)); }
[class*="st-key-chip-"] button em { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
[class*="st-key-chip-"] button:hover { background-color:
  color-mix(in srgb, currentColor 8%, transparent); }
:is([class*="st-key-rather-"], .st-key-fit-here) button { padding: 0; }
:is([class*="st-key-rather-"], .st-key-fit-here) button p {
  text-decoration: underline dotted; text-underline-offset: .25em; }
.ig-knows { font-size: .85rem; opacity: .8; }
"""


def headline(explanation: Explanation) -> None:
    """The question, the classes to ask about instead, whether the answer is right, and the fit."""
    classes = list(_classes(explanation))
    earlier = asked().model != explanation.request.model  # the picture answers another request
    with st.container(key="headline", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(_style(classes, explanation.target) + _heading(explanation), width="content")
        for place, prediction in enumerate(classes):
            _chip(place, prediction, explanation, disabled=earlier)
        if words := _verdict(explanation):
            st.html(words, width="content")
        _rather_than(explanation, disabled=earlier)
        _fit(explanation)
    _knows(explanation)


def _classes(explanation: Explanation) -> Iterator[Prediction]:
    """The strongest classes, with the true one and the one explained wherever they stand."""
    wanted = {explanation.target, truth(explanation)}
    for place, prediction in enumerate(explanation.predictions):
        if place < SHOWN_PREDICTIONS or prediction.name in wanted:
            yield prediction


def truth(explanation: Explanation) -> str | None:
    """The true class, where anybody knows it."""
    survey, image = slots.SURVEY.get(), base(explanation.request.image)
    told = None if survey is None else truth_of(survey, image, explanation.model.classes)
    return explanation.label or told


def _heading(explanation: Explanation) -> str:
    rather = "" if explanation.against is None else f" rather than {escape(explanation.against)}"
    return f'<div class="ig-head"><h1>Why “{escape(explanation.target)}”{rather}?</h1></div>'


def _style(classes: list[Prediction], target: str) -> str:
    """The page's own type, each class's probability as a bar behind its name, and a rim for one."""
    rules = [
        f".st-key-{_key(place)} button {{ --p: {p.probability:.1%}; }}"
        for place, p in enumerate(classes)
    ]
    place = next(k for k, p in enumerate(classes) if p.name == target)
    rules += [
        f".st-key-{_key(place)} button {{ box-shadow: inset 0 0 0 2px; }}",
        f".st-key-{_key(place)} button p {{ font-weight: 650; }}",
    ]
    return f"<style>{STYLE}{''.join(rules)}</style>"


def _key(place: int) -> str:
    return f"chip-{place}"


def _chip(place: int, prediction: Prediction, explanation: Explanation, disabled: bool) -> None:
    """A class and its probability; a click asks why that class, and rather than no other.

    The strongest class is asked for as the prediction, so that the next picture's follows. The
    emphasised word is for whoever hears the page: a name and a number say not what a button does.
    """
    name = prediction.name
    best = name == explanation.predictions[0].name
    st.button(
        f"*Why* {plain(name)}\u00a0 {percent(prediction.probability)}",
        key=_key(place),
        disabled=disabled,
        on_click=ask,
        kwargs={"target": None if best else name, "against": None},
    )


def _rather_than(explanation: Explanation, disabled: bool) -> None:
    """The contrasts one is likely to want: with the runner-up, with the truth, and with none."""
    names = (p.name for p in explanation.predictions if p.name != explanation.target)
    runner_up = next(names, None)  # of a model with one class there is none
    others = dict.fromkeys([runner_up, truth(explanation)])
    for place, other in enumerate(others):
        if other not in (None, explanation.target, explanation.against):
            _contrast(place, explanation, other, f"rather than {plain(other)}?", disabled)
    if explanation.against is not None:
        _contrast("none", explanation, None, "rather than any other?", disabled)


def _contrast(
    place: object, explanation: Explanation, other: str | None, words: str, disabled: bool
) -> None:
    st.button(
        words,
        key=f"rather-{place}",
        type="tertiary",
        disabled=disabled,
        on_click=ask,
        kwargs={"target": explanation.target, "against": other},
    )


def _verdict(explanation: Explanation) -> str:
    """Whether the strongest class is the true one, in words; nothing where nobody knows."""
    known = truth(explanation)
    if known is None:
        return ""
    if explanation.contradicts(known):
        return f'<span class="ig-truth wrong">✗ misclassified: this is a {escape(known)}</span>'
    return f'<span class="ig-truth">✓ truth: {escape(known)}</span>'


def _fit(explanation: Explanation) -> None:
    """What of the picture the model sees, and the way to change it."""
    sample = explanation.sample
    if sample.box is None or sample.original_size is None:
        return
    words = seen(sample.box, sample.original_size)
    with st.popover(words, type="tertiary", key="fit-here"), st.container(width=FIT_WIDTH):
        image_picker.fit(get_spec(asked().model), "here")


def _knows(explanation: Explanation) -> None:
    """Which classes the model can answer with, where a picture may show none of them."""
    if uploads.is_upload(base(explanation.request.image)):
        knows = escape(explanation.model.knows)
        st.html(f'<div class="ig-knows">The model {knows}. It must name one of them.</div>')
