"""The sidebar: model, image, baseline, target, and how it is computed."""

from __future__ import annotations

import streamlit as st

from explorer.core.baselines import BASELINES, Baseline, Parameter, Value
from explorer.core.quadrature import RULES
from explorer.core.targets import LOGIT_DIFFERENCE, SCORE_KINDS
from explorer.models.registry import choose_device, get_spec, memory_use
from explorer.models.spec import ModelSpec
from explorer.request import MAX_STEPS, Request

from . import image_picker, model_picker
from .state import bound, choice, choose, score_without_contrast

NONE = ""  # no class has an empty name, and a select box takes None for "nothing chosen yet"
ANY, PREDICTION = "any other", "prediction"


def sidebar() -> Request:
    """Draw the controls and return the request."""
    with st.sidebar:
        model_picker.picker("explorer")
        spec = get_spec(choice().model)
        image_picker.picker(spec)
        _own(spec)
        _baseline()
        _target(spec)
        with st.expander("How it is computed"):
            _computation()
        _machine()
    return choice()


def _own(spec: ModelSpec) -> None:
    """One row for whatever is the person's own, and for the crop."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
        with st.popover("Own image"):
            image_picker.own_images()
        own_model = st.popover("Own model", key="own-model", on_change="rerun")
        if own_model.open:
            st.session_state.own_model_asked = True  # a closed popover keeps what was filled in
        if st.session_state.get("own_model_asked"):
            with own_model:
                model_picker.own_form()  # it lists torchvision's architectures: not before
        with st.popover("Fit"):
            image_picker.fit(spec)


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
    kind = choice().baseline.kind
    st.selectbox(
        "Baseline",
        list(BASELINES),
        format_func=lambda name: BASELINES[name].title,
        help="The picture that stands for nothing to see; the path starts from it.",
        **bound("baseline", kind.name, _switch_baseline),
    )
    for parameter in kind.parameters:
        _parameter(parameter)
    st.caption(kind.description)


def _switch_baseline(name: str) -> None:
    kept = st.session_state.setdefault("baseline_of", {})
    kept[choice().baseline.name] = choice().baseline
    choose(baseline=kept.get(name, Baseline(name)))


def _parameter(parameter: Parameter) -> None:
    value = choice().baseline.values[parameter.name]
    settings = bound(
        f"{choice().baseline.name}-{parameter.name}",
        value,
        lambda new: _set_parameter(parameter.name, new),
    )
    if isinstance(value, str):
        st.color_picker(parameter.title, help=parameter.help, **settings)
    else:
        number = type(parameter.default)
        st.number_input(
            parameter.title,
            min_value=number(parameter.low),
            max_value=number(parameter.high),
            step=number(parameter.step),
            help=parameter.help,
            **settings,
        )


def _set_parameter(name: str, value: Value) -> None:
    old = choice().baseline
    choose(baseline=Baseline(old.name, {**old.values, name: value}))


def _target(spec: ModelSpec) -> None:
    left, right = st.columns(2)
    left.selectbox(
        "Why",
        [NONE, *spec.classes],
        format_func=lambda name: name or PREDICTION,
        help="The class whose score is explained.",
        **bound("target", choice().target or NONE, lambda name: choose(target=name or None)),
    )
    right.selectbox(
        "rather than",
        [NONE, *(name for name in spec.classes if name != choice().target)],
        format_func=lambda name: name or ANY,
        help="With a class here, the score is the first class's logit minus this one's.",
        **bound("against", choice().against or NONE, lambda name: _set_contrast(name or None)),
    )


def _set_contrast(name: str | None) -> None:
    if name is not None and choice().against is None:
        st.session_state.score_before = choice().score
    score = LOGIT_DIFFERENCE if name is not None else score_without_contrast()
    choose(against=name, score=score)


def _computation() -> None:
    if choice().against is None:
        st.selectbox(
            "Score",
            list(SCORE_KINDS),
            help="The number that is followed along the path and attributed to the pixels.",
            **bound("score", choice().score, lambda kind: choose(score=kind)),
        )
        st.caption(SCORE_KINDS[choice().score].description)
    else:
        st.markdown(f"Score: **logit of one class minus the other's** ({LOGIT_DIFFERENCE})")
    st.selectbox(
        "Rule",
        list(RULES),
        help="Where on the path the gradients are taken, and how much each counts.",
        **bound("rule", choice().rule, lambda rule: choose(rule=rule)),
    )
    st.caption(RULES[choice().rule].description)
    st.number_input(
        f"Steps (1 to {MAX_STEPS})",
        min_value=1,
        max_value=MAX_STEPS,
        step=10,
        help="Cells of the path; each costs one gradient. More steps, smaller error.",
        **bound("steps", choice().steps, lambda steps: choose(steps=int(steps))),
    )
