"""From a survey of many pictures to the explanation of a mistake, in a real Chromium."""

import io
import re
import zipfile

import numpy as np
import pytest
from PIL import Image
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


@pytest.fixture
def many(tmp_path):
    """A ZIP of 600 pictures that differ, large enough to take a while."""
    path, noise = tmp_path / "many.zip", np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as zipped:
        for number in range(600):
            file = io.BytesIO()
            levels = noise.integers(0, 256, (60, 80, 3), np.uint8)
            Image.fromarray(levels).resize((800, 600)).save(file, "JPEG")
            zipped.writestr(f"ferry/{number:03}.jpg", file.getvalue())
    return path


def surveyed(page, archive):
    """The Survey page after this ZIP was surveyed."""
    page.get_by_role("link", name="Survey").click()
    page.locator("input[type=file]").set_input_files(archive)
    expect(page.get_by_text(f"Ready: {archive.name}")).to_be_visible()
    page.get_by_role("button", name="Survey the ZIP").click()


def test_a_mistake_is_one_click_from_its_explanation_and_back_returns_to_the_survey(
    open_page, archive
):
    page = open_page("steps=4")
    surveyed(page, archive)
    expect(page.get_by_text("1 of 2 right")).to_be_visible()
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Why “vacuum cleaner”?")
    expect(page.get_by_text("misclassified: this is a child")).to_be_visible()
    page.wait_for_selector("[data-ready='1']")
    page.reload()
    expect(page.get_by_text("misclassified: this is a child")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("1 of 2 right")).to_be_visible()


def test_a_reload_brings_the_survey_back(open_page, archive):
    page = open_page("steps=4")
    surveyed(page, archive)
    expect(page.get_by_text("1 of 2 right")).to_be_visible()
    assert "survey=" in page.url
    page.reload()
    expect(page.get_by_text("1 of 2 right")).to_be_visible()
    expect(page.get_by_text("fit: Crop the middle")).to_be_visible()
    page.goto(page.url.split("survey=")[0] + "survey=0000000000000000")
    expect(page.get_by_text("no longer kept here: run it again")).to_be_visible()


def test_a_long_survey_shows_its_progress_and_can_be_cancelled(open_page, many):
    page = open_page("steps=4")
    surveyed(page, many)
    expect(page.get_by_text(re.compile(r"\d+ of 600 pictures"))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The survey was stopped before its end")).to_be_visible(timeout=5000)
    expect(page.get_by_text(re.compile(r"of 600 pictures"))).to_have_count(0)
    expect(page.get_by_role("button", name="Survey the ZIP")).to_be_enabled()


def test_the_survey_page_names_the_model_that_was_chosen(open_page):
    page = open_page("model=letters&image=letter-t&steps=4")
    page.get_by_role("link", name="Survey").click()
    expect(page.get_by_role("button", name="Survey the ZIP with Letters")).to_be_visible()
    box = page.get_by_role("combobox", name="Model")
    expect(box).to_have_value("Letters: 3 by 3 pixels")
