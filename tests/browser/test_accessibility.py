"""axe-core finds nothing on any page and tab, light and dark; and what it cannot tell is measured.

axe leaves a contrast undecided where boxes lie over each other, as Streamlit's do, and it knows
nothing of focus: these two are measured here as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.measures import TABS, come_to_rest, faint, make_a_mistake, measure_rules

pytestmark = pytest.mark.browser

SCHEMES = ("light", "dark")
SERIOUS = {"serious", "critical"}
OURS_TO_KEEP = {"heading-order", "page-has-heading-one"}  # which axe calls moderate
ACCEPTED: dict[tuple[str, str], str] = {}  # (rule, part of its selector) of Streamlit's -> why
AXE = Axe()
OPTIONS = {"resultTypes": ["violations"]}


def violations(page: Page) -> list[str]:
    """What axe finds serious on the page as it stands, and what is too faint, in sentences."""
    come_to_rest(page)
    found = [
        f"{violation['id']} ({violation['impact']}) at {node['target']}: {node['html'][:120]}"
        for violation in AXE.run(page, options=OPTIONS).response["violations"]
        if violation["impact"] in SERIOUS or violation["id"] in OURS_TO_KEEP
        for node in violation["nodes"]
        if not accepted(violation["id"], str(node["target"]))
    ]
    return found + [f"faint, {what}" for what in faint(page)]


def accepted(rule: str, selector: str) -> bool:
    """Whether it is one of Streamlit's own that we can do nothing about."""
    return any(rule == known and part in selector for known, part in ACCEPTED)


def tabs(page: Page) -> Iterator[str]:
    """Open one tab after the other, with what is computed on demand."""
    for name in TABS:
        tab = page.get_by_role("tab", name=name)
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        come_to_rest(page)
        if name in ON_DEMAND:
            ON_DEMAND[name](page)
        yield name


ON_DEMAND: dict[str, Callable[[Page], None]] = {
    "How far off": measure_rules,
    "Classic mistakes": make_a_mistake,
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_serious_on_the_explorer_and_its_tabs(open_page, scheme):
    page = open_page("model=letters", scheme=scheme)
    page.get_by_text("How it is computed").click()
    wrong = {name: violations(page) for name in tabs(page)}
    assert not any(wrong.values()), wrong


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_serious_on_the_survey_before_and_after(open_page, scheme, misread):
    page = open_page("steps=4", scheme=scheme)
    page.get_by_role("link", name="Survey").click()
    page.locator("input[type=file]").set_input_files(misread)
    wrong = {"before": violations(page)}
    page.get_by_role("button", name="Survey the ZIP").click()
    expect(page.get_by_text("0 of 1 right")).to_be_visible()
    wrong["after"] = violations(page)
    assert not any(wrong.values()), wrong


def test_these_checks_find_what_is_wrong(open_page):
    page = open_page("model=letters")
    page.get_by_test_id("reading").evaluate(
        """reading => reading.insertAdjacentHTML("afterend", "<h4>Skipped to</h4>"
          + "<p style='opacity: .5'>Half of it</p><img src='/x.png'>")"""
    )
    found = " ".join(violations(page))
    assert "heading-order" in found
    assert "image-alt" in found
    assert re.search(r"faint, \d\.\d\d: Half of it", found)


def test_every_chart_says_in_words_what_it_shows(open_page):
    page = open_page()
    for tab, name in (
        ("Along the path", "Bar chart of the attribution made per alpha"),
        ("On the picture", "Bar chart of the picture's parts"),
    ):
        page.get_by_role("tab", name=tab).click()
        chart = page.get_by_role("figure", name=name)
        expect(chart.locator(".js-plotly-plot")).to_be_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_sees_where_the_keyboard_is(open_page, scheme):
    page = open_page("model=letters", scheme=scheme)
    page.keyboard.press("Tab")  # from here on the browser shows focus
    for part in (
        page.get_by_role("link", name="Survey"),
        page.get_by_role("tab", name="How to read this"),
        page.locator("summary", has_text="How it is computed"),
    ):
        part.focus()
        outline = part.evaluate(
            "e => (({ outlineStyle, outlineWidth }) => outlineStyle + outlineWidth)"
            "(getComputedStyle(e))"
        )
        assert outline == "solid3px"
