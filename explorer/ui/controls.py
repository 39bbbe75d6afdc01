"""The sidebar: model, image, baseline, target, and how it is computed.

`st.session_state.choice` is the request as the person has set it; widgets read it before they are
drawn and write it back through callbacks, so a widget that is not on screen loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from explorer.core.baselines import BASELINES, Baseline, Parameter, Value
from explorer.core.quadrature import RULES
from explorer.core.targets import LOGIT_DIFFERENCE, SCORE_KINDS
from explorer.errors import ExplorerError
from explorer.explain import find_image
from explorer.images import uploads
from explorer.images.samples import load_samples
from explorer.models.registry import MODELS
from explorer.models.spec import ModelSpec
from explorer.request import MAX_STEPS, Request

from .gallery import gallery

ANY, PREDICTION = "any other", "prediction"
IMAGE_TYPES = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff"]


def choice() -> Request:
    """The request as it is set now."""
    return st.session_state.choice


def choose(**changes: Any) -> None:
    """Change the request; a refusal is shown and leaves it as it was."""
    try:
        st.session_state.choice = replace(choice(), **changes)
    except ValueError as error:
        st.session_state.notices = [str(error)]


def sidebar() -> Request:
    """Draw the controls and return the request."""
    with st.sidebar:
        _model()
        spec = MODELS[choice().model]
        _image(spec)
        _baseline()
        _target(spec)
        with st.expander("How it is computed"):
            _computation()
    return choice()


def _widget(name: str, value: Any, apply: Callable[[Any], None]) -> dict[str, Any]:
    """Key and callback of a widget that shows `value` and hands what is set to `apply`."""
    key = f"set-{name}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return {"key": key, "on_change": lambda: apply(st.session_state[key])}


def _model() -> None:
    st.selectbox(
        "Model",
        list(MODELS),
        format_func=lambda model_id: MODELS[model_id].title,
        help="The network whose decision is explained.",
        **_widget("model", choice().model, _switch_model),
    )
    st.caption(MODELS[choice().model].description)


def _switch_model(model_id: str) -> None:
    """Keep what the new model knows too; image, target and contrast fall back where it does not."""
    old, new = MODELS[choice().model], MODELS[model_id]
    images = st.session_state.setdefault("image_of", {})
    images[old.samples] = choice().image
    changes: dict[str, Any] = {"model": model_id}
    if new.samples != old.samples and not uploads.is_upload(choice().image):
        changes["image"] = images.get(new.samples) or next(iter(load_samples(new.samples)))
    if choice().target not in new.classes:
        changes["target"] = None
    if choice().against not in new.classes:
        changes["against"] = None
        changes["score"] = _score_without_contrast()
    choose(**changes)


def _image(spec: ModelSpec) -> None:
    own = st.session_state.setdefault("own", [])
    samples = [find_image(i, spec) for i in own] + list(load_samples(spec.samples).values())
    chosen = next(s for s in samples if s.id == choice().image)
    st.markdown(f"Image: **{plain(chosen.title)}**")
    key = f"gallery-{spec.samples}"
    gallery(samples, chosen.id, key=key, on_pick=lambda: _pick(key))
    st.caption(plain(chosen.caption))
    with st.expander("Use your own image"):
        st.file_uploader(
            "Your own image",
            type=IMAGE_TYPES,
            key="upload",
            on_change=_take_upload,
            help="It stays in this app's memory, is scaled and cropped to the model's input, "
            "and is forgotten when the app stops.",
            label_visibility="collapsed",
        )


def _pick(key: str) -> None:
    picked = st.session_state[key].picked
    if picked:
        choose(image=picked)


def _take_upload() -> None:
    file = st.session_state.upload
    if file is None:
        return
    try:
        image_id = uploads.keep(file.getvalue(), file.name)
    except ExplorerError as error:
        st.session_state.notices = [f"{file.name}: {error}"]
        return
    own = st.session_state.setdefault("own", [])
    if image_id not in own:
        own.insert(0, image_id)
    choose(image=image_id)


def _baseline() -> None:
    kind = choice().baseline.kind
    st.selectbox(
        "Baseline",
        list(BASELINES),
        format_func=lambda name: BASELINES[name].title,
        help="The picture that stands for nothing to see; the path starts from it.",
        **_widget("baseline", kind.name, _switch_baseline),
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
    bound = _widget(
        f"{choice().baseline.name}-{parameter.name}",
        value,
        lambda new: _set_parameter(parameter.name, new),
    )
    if isinstance(value, str):
        st.color_picker(parameter.title, help=parameter.help, **bound)
    else:
        number = type(parameter.default)
        st.number_input(
            parameter.title,
            min_value=number(parameter.low),
            max_value=number(parameter.high),
            step=number(parameter.step),
            help=parameter.help,
            **bound,
        )


def _set_parameter(name: str, value: Value) -> None:
    old = choice().baseline
    choose(baseline=Baseline(old.name, {**old.values, name: value}))


def _target(spec: ModelSpec) -> None:
    left, right = st.columns(2)
    left.selectbox(
        "Why",
        [None, *spec.classes],
        format_func=lambda name: PREDICTION if name is None else name,
        help="The class whose score is explained.",
        **_widget("target", choice().target, lambda name: choose(target=name)),
    )
    right.selectbox(
        "rather than",
        [None, *(name for name in spec.classes if name != choice().target)],
        format_func=lambda name: ANY if name is None else name,
        help="With a class here, the score is the first class's logit minus this one's.",
        **_widget("against", choice().against, _set_contrast),
    )


def _set_contrast(name: str | None) -> None:
    if name is not None and choice().against is None:
        st.session_state.score_before = choice().score
    score = LOGIT_DIFFERENCE if name is not None else _score_without_contrast()
    choose(against=name, score=score)


def _score_without_contrast() -> str:
    current = choice().score
    usual = Request().score
    return st.session_state.get("score_before", usual) if current == LOGIT_DIFFERENCE else current


def _computation() -> None:
    if choice().against is None:
        st.selectbox(
            "Score",
            list(SCORE_KINDS),
            help="The number that is followed along the path and attributed to the pixels.",
            **_widget("score", choice().score, lambda kind: choose(score=kind)),
        )
        st.caption(SCORE_KINDS[choice().score].description)
    else:
        st.markdown(f"Score: **logit of one class minus the other's** ({LOGIT_DIFFERENCE})")
    st.selectbox(
        "Rule",
        list(RULES),
        help="Where on the path the gradients are taken, and how much each counts.",
        **_widget("rule", choice().rule, lambda rule: choose(rule=rule)),
    )
    st.caption(RULES[choice().rule].description)
    st.number_input(
        "Steps",
        min_value=1,
        max_value=MAX_STEPS,
        step=10,
        help="Cells of the path; each costs one gradient. More steps, smaller error.",
        **_widget("steps", choice().steps, lambda steps: choose(steps=int(steps))),
    )


def plain(text: str) -> str:
    """Text that markdown shows as it is."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>()#+-.!|~$:" else c for c in text)
