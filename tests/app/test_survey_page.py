"""The Survey page without a browser: a ZIP in, its mistakes out."""

import io
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from explorer.images.samples import load_samples
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


def test_a_zip_is_surveyed_and_its_mistakes_shown(archive):
    page = AppTest.from_string(SCRIPT, default_timeout=120).run()
    assert not page.exception
    page.file_uploader[0].set_value(("pictures.zip", archive, "application/zip")).run()
    (go,) = [b for b in page.button if b.label.startswith("Survey the ZIP")]
    go.click().run()
    assert not page.exception
    text = " ".join(m.value for m in (*page.markdown, *page.caption)).replace("\\", "")
    assert "2 of 3 right (67\u00a0%)" in text
    assert "vacuum cleaner" in text
    assert "ferry/broken.png" in text
    found = kept(page.session_state.survey)
    assert [row.label for row in found.mistakes] == ["child"]
    assert len(page.dataframe[0].value) == 3


@pytest.mark.parametrize("data", [b"no archive", b""])
def test_what_is_no_archive_is_one_sentence(data):
    page = AppTest.from_string(SCRIPT, default_timeout=120).run()
    page.file_uploader[0].set_value(("pictures.zip", data, "application/zip")).run()
    (go,) = [b for b in page.button if b.label.startswith("Survey the ZIP")]
    go.click().run()
    assert not page.exception
    assert "ZIP" in page.error[0].value
