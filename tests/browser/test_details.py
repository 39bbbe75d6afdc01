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
    other.get_by_text("The same as a table").click()
    expect(other.get_by_role("cell", name="gauss-legendre").first).to_be_visible()
