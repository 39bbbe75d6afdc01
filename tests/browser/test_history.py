"""The address says what is on screen, the browser's Back undoes, and a link brings it all back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_page import choose, come_to_rest, query, wait_for_address

pytestmark = pytest.mark.browser

LETTERS = "model=letters&image=letter-t&rule=midpoint&steps=8"


def entries(page: Page) -> int:
    return page.evaluate("history.length")


def back(page: Page) -> None:
    """As a person does it: not within half a second of a change."""
    page.wait_for_timeout(600)
    page.go_back()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    wait_for_address(page, "tab", name)
    come_to_rest(page)


def expect_baseline(page: Page, name: str) -> None:
    expect(page.get_by_role("combobox", name="Baseline")).to_have_value(name)
    wait_for_address(page, "baseline", name.lower())
    come_to_rest(page)


def test_back_undoes_the_last_change_of_a_control_and_forward_makes_it_again(open_page):
    page = open_page(LETTERS)
    choose(page, "Baseline", "White")
    expect_baseline(page, "White")
    open_tab(page, "Files")
    back(page)
    expect(page.get_by_role("tab", selected=True)).to_have_text("How to read this")
    come_to_rest(page)
    assert query(page)["baseline"] == "white"
    back(page)
    expect_baseline(page, "Black")
    page.wait_for_timeout(600)
    page.go_forward()
    expect_baseline(page, "White")
    assert query(page)["model"] == "letters"


def test_the_place_on_the_path_stands_in_the_address_and_fills_no_history(open_page):
    page = open_page(LETTERS)
    come_to_rest(page)
    before = entries(page)
    page.keyboard.press("PageDown")
    wait_for_address(page, "alpha", "0")
    page.keyboard.press("PageDown")
    wait_for_address(page, "alpha", "0.0625")
    come_to_rest(page)
    assert entries(page) == before
    page.reload()
    page.wait_for_selector("[data-ready='1']")
    expect(page.locator(".readout")).to_contain_text("0.06")
    page.keyboard.press("Escape")
    page.wait_for_function("!location.search.includes('alpha')")


def test_the_link_that_is_copied_brings_back_just_what_is_on_screen(open_page):
    page = open_page(LETTERS)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(page, "Baseline", "Mid-grey")
    wait_for_address(page, "baseline", "grey")
    page.keyboard.press("Escape")
    open_tab(page, "Along the path")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    other = page.context.new_page()
    other.goto(link)
    other.wait_for_selector("[data-ready='1']", timeout=60_000)
    expect(other.get_by_role("combobox", name="Baseline")).to_have_value("Mid-grey")
    expect(other.get_by_role("tab", selected=True)).to_have_text("Along the path")


def test_a_tab_that_is_none_is_one_sentence(open_page):
    page = open_page(f"{LETTERS}&tab=Nonsense")
    expect(page.get_by_test_id("stMain")).to_contain_text("There is no tab")
    expect(page.get_by_role("tab", selected=True)).to_have_text("How to read this")
