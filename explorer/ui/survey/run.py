"""Running a survey for the page: progress on screen, and Cancel."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from explorer.images.folders import read_dataset, read_zip
from explorer.models.registry import choose_device, load_model
from explorer.survey import Survey, survey
from explorer.ui.state.session import asked
from explorer.ui.work.reporter import Reporter


def run_survey(source: bytes | Path, title: str, model_id: str) -> Survey:
    """Survey a ZIP's bytes or a folder; a rerun (Cancel among others) ends it, leaving nothing.

    Raises ExplorerError where there is nothing to survey.
    """
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        st.button("Cancel", key="cancel-survey")  # pressing it reruns the page: that ends the work
        report = Reporter(st.progress(0.0, text="Reading"))
    pictures = read_zip(source, title) if isinstance(source, bytes) else read_dataset(source)
    model = load_model(model_id, choose_device().name)
    found = survey(
        pictures,
        model,
        fit=asked().fit,
        progress=partial(report.tell, unit="pictures"),
        turn=report.turn,
    )
    place.empty()
    return found
