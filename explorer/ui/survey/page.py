"""The Survey page: a folder or a ZIP of pictures, what the model says, and where it is wrong."""

from __future__ import annotations

import streamlit as st

from explorer.errors import ExplorerError
from explorer.images.preprocess import FITS, fits_for
from explorer.models.registry import MODELS, get_spec
from explorer.models.spec import ModelSpec
from explorer.survey.result import Survey
from explorer.survey.source import source_at
from explorer.ui import slots
from explorer.ui.shell.notices import notices, plain, say
from explorer.ui.sidebar import model_dialog, model_picker
from explorer.ui.state import first_run
from explorer.ui.state.arguments import startup
from explorer.ui.state.session import ask, asked, bound
from explorer.ui.survey import results
from explorer.ui.survey.archive import archive
from explorer.ui.survey.run import kept, run_survey

IN_ADDRESS = "survey"
FIT_WIDTH = 280  # pixels
HOW_TO = (
    "A ZIP with a folder for each class (or a CSV of file and label) shows how often the model is "
    "right, and its mistakes, the most confident first, each one click from its explanation."
)


def page() -> None:
    """Choose the pictures, survey them with the chosen model, and show the mistakes."""
    first_run.begin()
    _return()
    with st.sidebar:
        model_picker.picker("survey")
        model_dialog.button()
    st.html(f'<div class="ig-head"><h1>Where is it wrong?</h1><span>{HOW_TO}</span></div>')
    said = st.container()
    _ask()
    found = _found()
    with said:
        notices()
    if found is not None:
        results.summary(found)
        results.gallery(found)
        results.table(found)


def _return() -> None:
    """An address that names a survey brings its model and its fit back with it, once."""
    named = st.query_params.get(IN_ADDRESS)
    if named is None or named == slots.SURVEY.get():
        return
    found = kept(named)
    if found is None:
        say("That survey is no longer kept here: run it again.")
        st.query_params.pop(IN_ADDRESS, None)
        return
    slots.SURVEY.set(named)
    if found.source is not None and found.source.archive is not None:
        slots.ARCHIVE.set(slots.ARCHIVE.get() or found.source)
    if found.model in MODELS:
        model_picker.switch_model(found.model)
        ask(fit=found.fit)


def _found() -> Survey | None:
    """The session's survey, named in the address for a reload; a word where it was forgotten."""
    survey_id = slots.SURVEY.get()
    if survey_id is None:
        return None
    found = kept(survey_id)
    if found is None:
        slots.SURVEY.clear()
        st.query_params.pop(IN_ADDRESS, None)
        say("The survey that was here is no longer kept: run it again.")
    elif st.query_params.get(IN_ADDRESS) != survey_id:
        st.query_params[IN_ADDRESS] = survey_id
    return found


def _ask() -> None:
    """The two ways to name pictures, and their fit; a new survey replaces the last one."""
    spec = get_spec(asked().model)
    if model_picker.awaits_download(spec.id):
        return
    try:
        folder, uploaded = startup().folder, archive()
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _fit(spec)
            go = st.button(f"Survey the ZIP with {plain(spec.title)}", disabled=uploaded is None)
            go_folder = folder is not None and st.button(f"Survey the folder {plain(folder.name)}")
        st.caption(FITS[asked().fit].description)
        source = uploaded if go else source_at(folder) if go_folder and folder else None
        if source is not None:
            slots.SURVEY.set(run_survey(source, spec.id, asked().fit))
            slots.MISTAKES_SHOWN.clear()
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")


def _fit(spec: ModelSpec) -> None:
    """How the pictures become the model's input: it decides how many are right."""
    fits = {fit.name: fit for fit in fits_for(spec)}
    st.selectbox(
        "Fit",
        list(fits),
        format_func=lambda name: fits[name].title,
        help="How each picture is made into the model's input.",
        disabled=len(fits) == 1,
        width=FIT_WIDTH,
        **bound("fit-survey", asked().fit, lambda name: ask(fit=name)),
    )
