"""What a page's text measures: the functions of `measures.js`, called in a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

TABS = (
    "How to read this",
    "Along the path",
    "On the picture",
    "How far off",
    "Classic mistakes",
    "Files",
)
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
    page.wait_for_selector(
        f"[data-testid=stSidebar][data-collapsed={'false' if shown else 'true'}]"
    )
    come_to_rest(page)
