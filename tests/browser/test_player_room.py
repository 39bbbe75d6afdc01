"""The player's type and room on the real page, from a phone to a large screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SMALLEST = 13  # pixels
SIZES = {
    "wide": (1920, 1080), "laptop": (1366, 768), "small laptop": (1280, 720),
    "tablet": (1024, 768), "narrow": (768, 1024), "phone": (390, 844),
}  # fmt: skip
WORLDS = {"scenes": "", "letters": "model=letters&image=letter-c&steps=4"}

# Every visible piece of text in the player: its words, its size, its box, and what cuts it.
PIECES = """player => {
  const pieces = [];
  const walker = document.createTreeWalker(player, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest("select, [hidden], .tip")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (!box.width || getComputedStyle(parent).visibility === "hidden") continue;
      const cutBy = parent.closest("em, .stage, .strip, figure, label, .aside, .player");
      pieces.push({ words: node.textContent.trim(), size: parseFloat(getComputedStyle(parent).fontSize),
        left: box.left, right: box.right, top: box.top, bottom: box.bottom,
        name: parent.closest("em") !== null, floats: parent.closest(".cursor, .rest") !== null,
        scrolls: parent.closest(".strip") !== null,
        within: (({ left, right }) => ({ left, right }))(cutBy.getBoundingClientRect()) });
    }
  }
  return pieces;
}"""


def open_at(open_page, size: str, world: str, sidebar: bool) -> Page:
    width, height = SIZES[size]
    page = open_page(WORLDS[world], size={"width": width, "height": height})
    shown = page.locator("[data-testid=stSidebar][aria-expanded=true]").count() > 0
    if shown != sidebar:
        page.evaluate(
            "name => document.querySelector(`[data-testid=${name}]`).closest('button, div')"
            ".querySelector('button') ? document.querySelector(`[data-testid=${name}] button`)"
            "?.click() : document.querySelector(`[data-testid=${name}]`).click()",
            "stSidebarCollapseButton" if shown else "stExpandSidebarButton",
        )
    page.wait_for_timeout(900)
    assert (page.locator("[data-testid=stSidebar][aria-expanded=true]").count() > 0) == sidebar
    return page


def pieces(page: Page) -> list[dict]:
    found = page.locator(".player").evaluate(PIECES)
    assert len(found) > 40
    return found


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("sidebar", [True, False], ids=["sidebar", "no sidebar"])
@pytest.mark.parametrize("size", SIZES)
def test_no_text_of_the_player_is_small_cut_or_written_over(open_page, size, sidebar, world):
    page = open_at(open_page, size, world, sidebar)
    for key in (None, "ArrowLeft", "Home"):
        if key:
            page.keyboard.press(key)
            page.wait_for_timeout(100)
        found = pieces(page)
        assert [p for p in found if p["size"] < SMALLEST] == []
        assert [p for p in found if _sticks_out(p)] == []
        assert _written_over(found) == []


def _sticks_out(piece: dict) -> bool:
    if piece["name"] or piece["scrolls"]:  # a class's name ends in an ellipsis, its title says it
        return False
    room = piece["within"]
    return piece["left"] < room["left"] - 1 or piece["right"] > room["right"] + 1


def _written_over(found: list[dict]) -> list[tuple[str, str]]:
    """Pairs whose boxes share more than a sliver; the cursor's number floats over the curve."""
    fixed = [p for p in found if not (p["floats"] or p["name"])]
    return [
        (one["words"], other["words"])
        for i, one in enumerate(fixed)
        for other in fixed[i + 1 :]
        if min(one["right"], other["right"]) - max(one["left"], other["left"]) > 1
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 4
    ]


@pytest.mark.parametrize("size", ["wide", "laptop", "small laptop"])
@pytest.mark.parametrize("sidebar", [True, False], ids=["sidebar", "no sidebar"])
def test_the_four_stages_stand_side_by_side_without_scrolling(open_page, size, sidebar):
    page = open_at(open_page, size, "scenes", sidebar)
    boxes = [page.locator(f"[data-panel={name}]").bounding_box()
             for name in ("image", "score", "gradient", "attribution")]  # fmt: skip
    assert len({round(box["y"]) for box in boxes}) == 1
    assert all(box["y"] + box["height"] <= SIZES[size][1] for box in boxes)
    slider = page.locator(".cursor-slider").bounding_box()
    assert slider["y"] + slider["height"] <= SIZES[size][1]


@pytest.mark.parametrize("size", ["wide", "laptop", "small laptop"])
def test_hiding_the_sidebar_gives_its_room_to_the_stages(open_page, size):
    page = open_at(open_page, size, "scenes", sidebar=True)
    before = page.locator("[data-panel=image] .stage").bounding_box()["width"]
    page.evaluate("document.querySelector('[data-testid=stSidebarCollapseButton] button')?.click()")
    page.wait_for_timeout(900)
    after = page.locator("[data-panel=image] .stage").bounding_box()["width"]
    assert after > before + 50
