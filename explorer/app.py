"""The entry: `streamlit run explorer/app.py`. Page set-up and navigation, nothing else."""

import sys
from pathlib import Path

# Streamlit puts this file's folder on the path, not the project's root
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import streamlit as st

from explorer.ui.icon import icon

st.set_page_config(
    page_title="Integrated Gradients Explorer",
    page_icon=icon(),
    layout="wide",
    initial_sidebar_state="auto",
)

from explorer.ui import panels
from explorer.ui.views import explorer, survey

panels.style()
explorer_page = st.Page(explorer.page, title="Explorer", url_path="explorer", default=True)
survey_page = st.Page(survey.page, title="Survey", url_path="survey")
st.session_state.explorer_page = explorer_page
st.navigation([explorer_page, survey_page], position="top").run()
