"""The sidebar: model, image, baseline, target, and how it is computed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.core.choice import Branch, Choice, Parameter, Value
from explorer.core.targets import LOGIT_DIFFERENCE, SCORE_KINDS
from explorer.models.registry import choose_device, get_spec, memory_use
from explorer.models.spec import ModelSpec
from explorer.request import Request
from explorer.ui.shell.notices import plain
from explorer.ui.state.session import ask, asked, bound, switched

from . import image_picker, model_dialog, model_picker

NONE = ""  # no class has an empty name, and a select box takes None for "nothing chosen yet"
ANY, PREDICTION = "any other", "prediction"


def sidebar() -> Request:
    """Draw the controls and return the request."""
    with st.sidebar:
        model_picker.picker("explorer")
        spec = get_spec(asked().model)
        image_picker.picker(spec)
        _own(spec)
        _baseline()
        _target(spec)
        with st.expander("How it is computed"):
            _computation()
        _machine()
    return asked()


def _own(spec: ModelSpec) -> None:
    """One row for images and models that are not in the lists, and for the crop."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
        with st.popover("Own image"):
            image_picker.own_images()
        with st.container(width="content"):
            model_dialog.button()
        with st.popover("Fit"):
            image_picker.fit(spec, "side")


def _machine() -> None:
    """What computes, and what the models in memory take."""
    used = memory_use()
    if not used.used:
        return
    st.caption(
        f"{choose_device().reason} Models take {used.used / 1e6:.3g} MB of memory, "
        f"{used.limit / 1e6:.0f} MB at most."
    )


def _baseline() -> None:
    """The baseline, where the method has one; of several, what an address asks for is shown."""
    if not asked().method.kind.uses_baseline:
        st.caption(f"{asked().method.kind.title} needs no baseline.")
        return
    _kind(
        "Baseline", asked().baseline,
        "The picture that stands for nothing to see; the path starts from it.",
        lambda baseline: ask(baselines=(baseline,)),
    )  # fmt: skip
    if len(asked().baselines) > 1:
        every = ", ".join(map(str, asked().baselines))
        st.caption(plain(f"Averaged over {len(asked().baselines)} baselines: {every}."))


def _kind(title: str, choice: Choice, help: str, apply: Callable[[Choice], None]) -> None:
    """A choice of one registry: its kind, the kind's settings, and what it means."""
    kinds = choice.registry
    st.selectbox(
        title,
        list(kinds),
        format_func=lambda name: kinds[name].title,
        help=help,
        **bound(kinds.what, choice.name, lambda name: apply(switched(choice, type(choice)(name)))),
    )
    for parameter in choice.parameters:
        _parameter(choice, parameter, apply)
    st.caption(choice.kind.description)


def _parameter(choice: Choice, parameter: Parameter, apply: Callable[[Choice], None]) -> None:
    value = choice.values[parameter.name]
    name = f"{choice.name}-{parameter.title}"

    def set_to(new: Value) -> None:
        apply(switched(choice, choice.changed(**{parameter.name: new})))

    if isinstance(parameter, Branch):
        st.selectbox(
            parameter.title, list(parameter.kinds), help=parameter.help,
            **bound(name, value, set_to),
        )  # fmt: skip
        st.caption(parameter.kinds[value].description)
    elif isinstance(value, str):
        st.color_picker(parameter.title, help=parameter.help, **bound(name, value, set_to))
    else:
        _number(name, parameter, value, set_to)


def _number(name: str, parameter: Parameter, value: float, set_to: Callable[[Value], None]) -> None:
    """A number in its own type; a share as per cent. An address may ask for more than offered."""
    number, times = type(parameter.default), 100 if parameter.percent else 1
    low, high = parameter.offered or (parameter.low, parameter.high)
    shown = number(f"{times * value:.6g}") if parameter.percent else value
    st.number_input(
        f"{parameter.title} (%)" if parameter.percent else parameter.title,
        min_value=min(number(times * low), shown),
        max_value=max(number(times * high), shown),
        step=number(times * parameter.step),
        format="%.3g" if parameter.percent else None,
        help=f"{parameter.help} {times * low:g} to {times * high:g}.",
        **bound(name, shown, lambda new: set_to(number(new) / times if times > 1 else number(new))),
    )


def _target(spec: ModelSpec) -> None:
    left, right = st.columns(2)
    left.selectbox(
        "Why",
        [NONE, *spec.classes],
        format_func=lambda name: name or PREDICTION,
        help="The class whose score is explained.",
        **bound("target", asked().target or NONE, lambda name: ask(target=name or None)),
    )
    right.selectbox(
        "rather than",
        [NONE, *(name for name in spec.classes if name != asked().target)],
        format_func=lambda name: name or ANY,
        help="With a class here, the score is the first class's logit minus this one's.",
        **bound("against", asked().against or NONE, lambda name: ask(against=name or None)),
    )


def _computation() -> None:
    if asked().against is None:
        st.selectbox(
            "Score",
            list(SCORE_KINDS),
            help="The number that is followed along the path and attributed to the pixels.",
            **bound("score", asked().score, lambda kind: ask(score=kind)),
        )
        st.caption(SCORE_KINDS[asked().score].description)
    else:
        st.markdown(f"Score: **logit of one class minus the other's** ({LOGIT_DIFFERENCE})")
    _kind(
        "Method", asked().method, "How the score is shared out among the pixels.",
        lambda method: ask(method=method),
    )  # fmt: skip
