"""At every width the page is whole, with the sidebar and without: legible, nothing cut off, nothing
over anything else, and its pictures as large as the window lets them be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.measures import (
    TABS,
    come_to_rest,
    layout,
    make_a_mistake,
    measure_rules,
    show_sidebar,
)

pytestmark = pytest.mark.browser

SIZES = {
    "telephone": {"width": 390, "height": 844},
    "narrowest": {"width": 360, "height": 740},
    "tablet": {"width": 768, "height": 1024},
    "window": {"width": 1024, "height": 768},
    "projector": {"width": 1280, "height": 720},
    "laptop": {"width": 1366, "height": 768},
    "screen": {"width": 1920, "height": 1080},
}
LINES = 5  # of text that any page has more of: a measure of nothing finds no fault


def faults(page: Page) -> dict[str, dict]:
    """What is wrong with the page as it stands, by the window's size; it must have seen text."""
    found = {}
    for name, size in SIZES.items():
        page.set_viewport_size(size)
        come_to_rest(page)
        measured = layout(page)
        assert measured.pop("lines") > LINES
        found[name] = {fault: what for fault, what in measured.items() if what}
    page.set_viewport_size(SIZES["laptop"])
    return {name: what for name, what in found.items() if what}


def stages(page: Page) -> list[dict]:
    """Where the player's four pictures are."""
    pictures = page.locator("[data-ready='1'] .stage:visible")
    expect(pictures).to_have_count(4)
    come_to_rest(page)
    return [picture.bounding_box() for picture in pictures.all()]


def test_on_every_tab_text_is_legible_and_nothing_is_cut_off_or_over_anything_else(open_page):
    page = open_page(size=SIZES["laptop"])
    show_sidebar(page, False)
    wrong = {}
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        come_to_rest(page)
        wrong[tab] = faults(page)
    assert not any(wrong.values()), wrong


def test_beside_the_sidebar_and_in_it_the_same_holds(open_page):
    page = open_page(size=SIZES["laptop"])
    page.get_by_text("How it is computed").click()
    wrong = {}
    for name, size in SIZES.items():
        page.set_viewport_size(size)
        show_sidebar(page, True)  # a narrow window closes it
        measured = layout(page)
        assert measured.pop("lines") > LINES
        wrong[name] = {fault: what for fault, what in measured.items() if what}
    assert not any(wrong.values()), wrong


def test_the_same_holds_for_measured_charts_and_a_mistake_beside_the_right_way(open_page):
    page = open_page("model=letters", size=SIZES["laptop"])
    show_sidebar(page, False)
    page.get_by_role("tab", name="How far off").click()
    measure_rules(page)
    wrong = {"charts": faults(page)}
    page.get_by_role("tab", name="Classic mistakes").click()
    make_a_mistake(page)
    wrong["mistake"] = faults(page)
    assert not any(wrong.values()), wrong


def test_the_same_holds_for_the_survey(open_page, misread):
    page = open_page(size=SIZES["laptop"])
    page.get_by_role("link", name="Survey").click()
    page.locator("input[type=file]").set_input_files(misread)
    page.get_by_role("button", name="Survey the ZIP").click()
    expect(page.get_by_text("0 of 1 right")).to_be_visible()
    wrong = faults(page)
    assert not wrong, wrong


@pytest.mark.parametrize("name", ["projector", "laptop"])
def test_four_stages_stand_side_by_side_in_sight(open_page, name):
    page = open_page(size=SIZES[name])
    for sidebar in (True, False):
        show_sidebar(page, sidebar)
        found = stages(page)
        assert len({round(stage["y"]) for stage in found}) == 1
        assert all(a["x"] + a["width"] < b["x"] for a, b in pairwise(found))
        assert found[0]["y"] + found[0]["height"] < SIZES[name]["height"]


def test_hiding_the_sidebar_enlarges_the_pictures_as_far_as_a_low_window_lets_them(open_page):
    page = open_page(size=SIZES["screen"])
    before = stages(page)[0]["width"]
    show_sidebar(page, False)
    assert stages(page)[0]["width"] > 1.15 * before
    for height in (600, 720, 900):
        page.set_viewport_size({"width": 2560, "height": height})
        come_to_rest(page)
        slider = page.get_by_role("slider").first.bounding_box()
        assert slider["y"] + slider["height"] < height
