"""The Survey page without a browser: a ZIP in, its mistakes out."""

import io
import pickle
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from explorer.images.samples import load_samples
from explorer.sharing.cache import BoundedCache
from explorer.sharing.runner import Runner
from explorer.survey import source
from explorer.ui.survey import run
from explorer.ui.survey.run import kept
from tests.conftest import ROOT

SCRIPT = """
import streamlit as st
from explorer.ui.survey import page

st.session_state.explorer_page = st.Page(lambda: None, title="Explorer", url_path="explorer")
page.page()
"""


@pytest.fixture
def archive():
    """A ZIP of two right pictures, one that the shortcut net gets wrong, and one damaged file."""
    folder = ROOT / "assets" / "scenes" / "samples"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        for sample in ("ferry", "sailing-boat", "child-railing"):
            label = load_samples("scenes")[sample].label
            zipped.write(folder / f"{sample}.png", f"{label}/{sample}.png")
        zipped.writestr("ferry/broken.png", b"\x89PNG not really")
    return buffer.getvalue()


def opened(**query):
    page = AppTest.from_string(SCRIPT, default_timeout=120)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def surveyed(archive, page=None, name="pictures.zip"):
    """The page after this ZIP was uploaded and surveyed."""
    page = page or opened()
    page.file_uploader[0].set_value((name, archive, "application/zip")).run()
    return go(page)


def go(page):
    (button,) = [b for b in page.button if b.label.startswith("Survey the ZIP")]
    return button.click().run()


def said(page):
    kinds = ("markdown", "caption", "warning", "error")
    return " ".join(b.value for kind in kinds for b in page.get(kind)).replace("\\", "")


def test_a_zip_is_surveyed_and_its_mistakes_shown(archive):
    page = surveyed(archive)
    assert not page.exception
    text = said(page)
    assert "2 of 3 right (67\u00a0%)" in text
    assert "by Scenes: took a shortcut on pictures.zip, fit: Crop the middle." in text
    assert "vacuum cleaner" in text
    assert "ferry/broken.png" in text
    found = kept(page.session_state.survey)
    assert [(row.label, row.truth) for row in found.mistakes] == [("child", "child")]
    assert len(page.dataframe[0].value) == 3


def test_the_session_keeps_neither_the_zip_nor_its_pictures(archive):
    page = surveyed(archive)
    assert page.session_state.survey == page.query_params["survey"]
    held = pickle.dumps({name: page.session_state[name] for name in ("archive", "survey", "own")
                         if name in page.session_state})  # fmt: skip
    assert len(held) < 1000
    (uploader,) = page.file_uploader
    assert not uploader.value, "the next upload starts from nothing"


def test_a_reload_brings_the_survey_back_with_its_model_and_its_fit(archive):
    first = opened()
    first.selectbox(key="set-model-survey").select("scenes-fair").run()
    first.selectbox(key="set-fit-survey").select("whole").run()
    first = surveyed(archive, first)
    again = opened(survey=first.session_state.survey)
    assert not again.exception
    assert "fit: Fit it whole" in said(again)
    assert again.session_state.request.model == "scenes-fair"
    assert again.selectbox(key="set-fit-survey").value == "whole"
    assert len(again.dataframe[0].value) == 3
    again.selectbox(key="set-fit-survey").select("crop").run()
    assert "fit: Crop the middle" in said(go(again)), "the ZIP is still here, for another fit"


def test_an_address_between_a_survey_and_its_explanation_leads_back_to_the_survey(archive):
    first = surveyed(archive)
    (row,) = kept(first.session_state.survey).mistakes
    again = opened(image=row.image_id, survey=first.session_state.survey)
    assert again.session_state.survey == first.session_state.survey
    assert "survey" not in opened(image=row.image_id).session_state, "a picture alone tells nothing"


def test_a_survey_that_is_no_longer_kept_is_one_sentence(archive, monkeypatch):
    page = opened(survey="0123456789abcdef")
    assert not page.exception
    assert said(page).count("no longer kept here: run it again") == 1
    assert "survey" not in page.query_params
    page = surveyed(archive)
    monkeypatch.setattr(run, "_runner", Runner(1 << 20))
    page = page.run()
    assert not page.exception
    assert said(page).count("no longer kept: run it again") == 1
    assert not page.dataframe


def test_a_zip_that_is_no_longer_kept_is_said_and_cannot_be_surveyed(archive, monkeypatch):
    page = surveyed(archive)
    monkeypatch.setattr(source, "_archives", BoundedCache(1))
    page = page.run()
    assert "pictures.zip is no longer kept here: upload it again" in said(page)
    (button,) = [b for b in page.button if b.label.startswith("Survey the ZIP")]
    assert button.disabled


def test_the_fit_stands_on_the_page_and_beside_the_result_and_another_is_another_survey(archive):
    page = surveyed(archive)
    first = page.session_state.survey
    page.selectbox(key="set-fit-survey").select("whole").run()
    assert "fit: Crop the middle" in said(page), "the result says what it was made with"
    page = go(page)
    assert page.session_state.survey != first
    assert "fit: Fit it whole" in said(page)
    assert {line.rsplit(",", 1)[1] for line in lines(page)[1:]} == {"whole"}


def lines(page):
    return kept(page.session_state.survey).to_csv().splitlines()


def test_the_same_pictures_by_the_same_model_are_surveyed_once(archive, monkeypatch):
    first = surveyed(archive)
    monkeypatch.setattr(run, "survey", lambda *_, **__: pytest.fail("surveyed again"))
    assert surveyed(archive).session_state.survey == first.session_state.survey


@pytest.mark.parametrize("data", [b"no archive", b""])
def test_what_is_no_archive_is_one_sentence(data):
    page = surveyed(data)
    assert not page.exception
    assert "ZIP" in page.error[0].value
