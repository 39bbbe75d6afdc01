"""What a page's text measures: the functions of `measures.js`, called in a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.test_page import choose

TABS = (
    "How to read this",
    "Along the path",
    "On the picture",
    "How far off",
    "Classic mistakes",
    "Files",
)
OPENED = """() => {
  const fold = document.querySelector("details[open]");
  const before = fold?.dataset.height;
  if (fold) fold.dataset.height = fold.getBoundingClientRect().height;
  return fold && Number(before) > 200 && before === fold.dataset.height;
}"""
_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def layout(page: Page) -> dict[str, Any]:
    """What is small, cut off, over something else, under the header, or wider than the window."""
    return page.evaluate(f"{_SCRIPT}.layout()")


def faint(page: Page) -> list[str]:
    """Every text whose contrast is below level AA of WCAG 2.2, with that contrast."""
    return page.evaluate(f"{_SCRIPT}.faint()")


def come_to_rest(page: Page) -> None:
    """Wait until the server has answered and nothing moves: places are taken of what stands."""
    page.wait_for_selector("[data-test-script-state=notRunning]")
    page.wait_for_timeout(150)
    page.wait_for_selector("[data-test-script-state=notRunning]")
    page.evaluate("() => Promise.all(document.getAnimations().map(a => a.finished.catch(() => 0)))")


def show_sidebar(page: Page, shown: bool) -> None:
    """Open or close the sidebar, if it is not so already."""
    sidebar = page.get_by_test_id("stSidebar")
    if (sidebar.get_attribute("data-collapsed") == "false") == shown:
        return
    if shown:
        page.get_by_test_id("stExpandSidebarButton").click()
    else:
        sidebar.hover(position={"x": 10, "y": 10})
        page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    expect(sidebar).to_have_attribute("data-collapsed", "false" if shown else "true")
    come_to_rest(page)


def measure_rules(page: Page) -> None:
    """Have the open tab "How far off" show its charts and its table."""
    offer = page.get_by_role("button", name="Measure on this picture")
    charts = page.get_by_role("figure", name="Line chart")
    expect(offer.or_(charts).first).to_be_visible()
    if offer.is_visible():  # what one visitor had measured is there for the next
        offer.click()
    expect(charts).to_have_count(2)
    page.get_by_text("The same as a table").click()
    page.wait_for_function(OPENED, polling=200)  # it unfolds, and cuts its table off until then


def make_a_mistake(page: Page) -> None:
    """Have the open tab "Classic mistakes" show one beside the right way."""
    choose(page, "A mistake to look at", "Weights that do not add up to 1")
    expect(page.get_by_role("heading", name="With the mistake")).to_be_visible()
