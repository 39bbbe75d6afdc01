"""The tabs under the picture that teach: measured, stopped and read in a real Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_how_far_off_is_measured_when_asked_and_can_be_stopped(open_page):
    page = open_page()
    page.get_by_role("tab", name="How far off").click()
    offer = page.get_by_role("button", name=re.compile("Measure on this picture"))
    offer.click()
    expect(page.get_by_text(re.compile(r"\d+ of 1405 gradients"))).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).last.click()
    expect(page.get_by_text(re.compile(r"\d+ of 1405 gradients"))).to_have_count(0)
    expect(offer).to_be_visible()
    other = open_page("model=letters&image=letter-t")
    other.get_by_role("tab", name="How far off").click()
    other.get_by_role("button", name=re.compile("Measure on this picture")).click()
    expect(other.locator(".js-plotly-plot")).to_have_count(2)
    expect(other.get_by_text(re.compile("the adaptive rule took about"))).to_be_visible()
    other.wait_for_selector("[data-test-script-state=notRunning]")
    other.wait_for_timeout(500)  # the charts still take their room, and what is below them moves
    other.get_by_text("The same as a table").click()
    expect(other.get_by_role("cell", name="gauss-legendre").first).to_be_visible()


def test_a_classic_mistake_stands_beside_the_right_way_with_the_check_that_catches_it(open_page):
    page = open_page()
    page.get_by_role("tab", name="Classic mistakes").click()
    box = page.get_by_role("combobox", name=re.compile("A mistake to look at$"))
    expect(box).to_be_visible()
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # a list closes where its page still scrolls
    box.click()
    page.get_by_role("option", name="Only the last batch was kept").click()
    expect(page.get_by_role("heading", name="With the mistake")).to_be_visible()
    for title in ("Right", "With the mistake"):
        expect(
            page.get_by_role("img", name=re.compile(f"^{title}: map for fireboat"))
        ).to_be_visible()
    failed = page.get_by_role("listitem").filter(has_text="✗ fails:")
    expect(failed).to_have_count(1)
    expect(failed).to_contain_text("The batch size changes nothing")
