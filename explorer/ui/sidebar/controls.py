"""The sidebar: model, image, baseline, target, and how it is computed."""

from __future__ import annotations

import streamlit as st

from explorer.core.baselines import BASELINES, Baseline, Parameter, Value
from explorer.core.precision import PRECISIONS
from explorer.core.quadrature import ADAPTIVE, EVERY_RULE
from explorer.core.targets import LOGIT_DIFFERENCE, SCORE_KINDS
from explorer.models.registry import choose_device, get_spec, memory_use
from explorer.models.spec import ModelSpec
from explorer.request import FEWEST_ADAPTIVE, FIXED_STEPS, MAX_STEPS, Request
from explorer.ui.state.session import bound, choice, choose, score_without_contrast

from . import image_picker, model_picker

NONE = ""  # no class has an empty name, and a select box takes None for "nothing chosen yet"
ANY, PREDICTION = "any other", "prediction"
LOWEST_TOLERANCE, HIGHEST_TOLERANCE = 0.5, 50.0  # per cent, as offered


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
        list(EVERY_RULE),
        help="Where on the path the gradients are taken, and how much each counts.",
        **bound("rule", choice().rule, _switch_rule),
    )
    st.caption(EVERY_RULE[choice().rule].description)
    if choice().rule == ADAPTIVE.name:
        _until_good_enough()
    else:
        _fixed_steps()
    st.selectbox(
        "Precision",
        list(PRECISIONS),
        help="Of the gradients. Scores, and the curve, are always float32.",
        **bound("precision", choice().precision, lambda name: choose(precision=name)),
    )
    st.caption(PRECISIONS[choice().precision])


def _switch_rule(rule: str) -> None:
    """Steps mean cells to some rules and a limit to another: each kind keeps its own."""
    kept = st.session_state.setdefault("effort_of", {})
    kept[_kind(choice().rule)] = {"steps": choice().steps, "tolerance": choice().tolerance}
    usual = {"steps": Request().steps if rule == ADAPTIVE.name else FIXED_STEPS, "tolerance": None}
    choose(rule=rule, **kept.get(_kind(rule), usual))


def _kind(rule: str) -> str:
    return "adaptive" if rule == ADAPTIVE.name else "fixed"


def _until_good_enough() -> None:
    left, right = st.columns([1.5, 1])
    percent = float(f"{100 * choice().tolerance:.6g}")
    left.number_input(
        "Tolerance (%)",
        min_value=min(LOWEST_TOLERANCE, percent),  # an address may ask for other ones
        max_value=max(HIGHEST_TOLERANCE, percent),
        step=1.0,
        format="%.3g",
        help="It stops when the map is about this close to the exact one. Half of it costs about "
        "twice the gradients.",
        **bound("tolerance", percent, lambda value: choose(tolerance=value / 100)),
    )
    right.number_input(
        "At most",
        min_value=FEWEST_ADAPTIVE,
        max_value=MAX_STEPS,
        step=10,
        help=f"The most gradients that it may take ({FEWEST_ADAPTIVE} to {MAX_STEPS}), good enough "
        "or not.",
        **bound("most", choice().steps, lambda steps: choose(steps=int(steps))),
    )


def _fixed_steps() -> None:
    st.number_input(
        f"Steps (1 to {MAX_STEPS})",
        min_value=1,
        max_value=MAX_STEPS,
        step=10,
        help="Cells of the path; each costs one gradient. More steps, smaller error.",
        **bound("steps", choice().steps, lambda steps: choose(steps=int(steps))),
    )
