"""The entry: `streamlit run explorer/app.py`. Page set-up and navigation, nothing else."""

import sys
from pathlib import Path

# Streamlit puts this file's folder on the path, not the project's root
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import streamlit as st

from explorer.ui import slots
from explorer.ui.shell import skeleton
from explorer.ui.shell.icon import icon
from explorer.ui.shell.style import style


def explorer_page() -> None:
    """The pages are imported here, since torch comes with them: seconds, after the first paint."""
    if first:
        skeleton.paint(place, side, stages=True)
    from explorer.ui.explorer import page

    page.page()


def survey_page() -> None:
    """As above."""
    if first:
        skeleton.paint(place, side, stages=False)
    from explorer.ui.survey import page

    page.page()


st.set_page_config(
    page_title="Integrated Gradients Explorer",
    page_icon=icon(),
    layout="wide",
    initial_sidebar_state="auto",
)
style()
first = not slots.PAINTED.get()
main = st.Page(explorer_page, title="Explorer", url_path="explorer", default=True)
slots.EXPLORER_PAGE.set(main)
page = st.navigation(
    [main, st.Page(survey_page, title="Survey", url_path="survey")], position="top"
)
side, body, place = st.sidebar.empty(), st.container(), st.empty()
with body:
    page.run()
place.empty()
side.empty()
slots.PAINTED.set(True)
