"""From a survey of many pictures to the explanation of a mistake, in a real Chromium."""

import zipfile

import pytest
from playwright.sync_api import expect

from explorer.images.samples import load_samples
from tests.conftest import ROOT

pytestmark = pytest.mark.browser


@pytest.fixture
def archive(tmp_path):
    """A ZIP of a ferry and of the child that the shortcut net takes for a vacuum cleaner."""
    folder, path = ROOT / "assets" / "scenes" / "samples", tmp_path / "pictures.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        for sample in ("ferry", "child-railing"):
            label = load_samples("scenes")[sample].label
            zipped.write(folder / f"{sample}.png", f"{label}/{sample}.png")
    return path


def test_a_mistake_is_one_click_from_its_explanation(open_page, archive):
    page = open_page("steps=4")
    page.get_by_role("link", name="Survey").click()
    page.locator("input[type=file]").set_input_files(archive)
    page.get_by_role("button", name="Survey the ZIP").click()
    expect(page.get_by_text("1 of 2 right")).to_be_visible()
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Why “vacuum cleaner”?")
    expect(page.get_by_text("misclassified: this is a child")).to_be_visible()
    page.wait_for_selector("[data-ready='1']")


def test_the_survey_page_names_the_model_that_was_chosen(open_page):
    page = open_page("model=letters&image=letter-t&steps=4")
    page.get_by_role("link", name="Survey").click()
    expect(page.get_by_role("button", name="Survey the ZIP with Letters")).to_be_visible()
    box = page.get_by_role("combobox", name="Model")
    expect(box).to_have_value("Letters: 3 by 3 pixels")
