"""The Survey page: a folder or a ZIP of pictures, what the model says, and where it is wrong."""

from __future__ import annotations

import streamlit as st

from explorer.errors import ExplorerError
from explorer.models.registry import get_spec
from explorer.survey import Survey
from explorer.ui.shell.notices import notices, plain
from explorer.ui.sidebar import model_picker
from explorer.ui.state import first_run
from explorer.ui.state.arguments import startup
from explorer.ui.state.session import asked
from explorer.ui.survey import results
from explorer.ui.survey.run import run_survey

ZIP_MB = 200
HOW_TO = (
    "A ZIP with a folder for each class (or a CSV of file and label) shows how often the model is "
    "right, and its mistakes, the most confident first, each one click from its explanation."
)


def page() -> None:
    """Choose the pictures, survey them with the chosen model, and show the mistakes."""
    first_run.begin()
    with st.sidebar:
        model_picker.picker("survey")
    notices()
    st.html(f'<div class="ig-head"><h1>Where is it wrong?</h1><span>{HOW_TO}</span></div>')
    _ask()
    found: Survey | None = st.session_state.get("survey")
    if found is not None:
        results.summary(found)
        results.gallery(found)
        results.table(found)


def _ask() -> None:
    """The two ways to name pictures; a new survey replaces the last one."""
    spec = get_spec(asked().model)
    if model_picker.awaits_download(spec.id):
        return
    archive = st.file_uploader("A ZIP of pictures", type=["zip"], max_upload_size=ZIP_MB)
    try:
        folder = startup().folder
        with st.container(horizontal=True):
            go = st.button(f"Survey the ZIP with {plain(spec.title)}", disabled=archive is None)
            go_folder = folder is not None and st.button(f"Survey the folder {plain(folder.name)}")
        if go and archive is not None:
            st.session_state.survey = run_survey(archive.getvalue(), archive.name, spec.id)
        elif go_folder:
            st.session_state.survey = run_survey(folder, folder.name, spec.id)
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
