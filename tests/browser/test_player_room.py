"""The player's type and room on the real page, from a phone to a large screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SMALLEST = 13  # pixels
SIZES = {
    "wide": (1920, 1080), "laptop": (1366, 768), "small laptop": (1280, 720),
    "tablet": (1024, 768), "narrow": (768, 1024), "phone": (390, 844),
}  # fmt: skip
WORLDS = {"scenes": "", "letters": "model=letters&image=letter-c&steps=4"}
LONGEST = {"clip": "98.5", "top": "99", "sigma": "9.5", "opacity": "0.95"}  # in their labels

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
      pieces.push({ words: node.textContent.trim(),
        size: parseFloat(getComputedStyle(parent).fontSize),
        left: box.left, right: box.right, top: box.top, bottom: box.bottom,
        name: parent.closest("em") !== null, floats: parent.closest(".cursor, .rest") !== null,
        scrolls: parent.closest(".strip") !== null,
        within: (({ left, right }) => ({ left, right }))(cutBy.getBoundingClientRect()) });
    }
  }
  return pieces;
}"""


def open_at(open_page, size: str, world: str = "scenes") -> Page:
    width, height = SIZES[size]
    return open_page(WORLDS[world], size={"width": width, "height": height})


def toggle_sidebar(page: Page) -> None:
    """Hide it where it is shown, show it where it is hidden, and wait until it has moved."""
    sidebar = page.get_by_test_id("stSidebar")
    before = sidebar.get_attribute("data-collapsed")
    page.evaluate(
        "document.querySelector('[data-testid=stExpandSidebarButton],"
        "[data-testid=stSidebarCollapseButton] button').click()"
    )
    expect(sidebar).not_to_have_attribute("data-collapsed", before)
    page.wait_for_timeout(700)


def pieces(page: Page) -> list[dict]:
    found = page.locator(".player").evaluate(PIECES)
    assert len(found) > 40
    return found


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("size", SIZES)
def test_no_text_of_the_player_is_small_cut_or_written_over(open_page, size, world):
    page = open_at(open_page, size, world)
    for sidebar in ("as it comes", "the other way"):
        if sidebar == "the other way":
            toggle_sidebar(page)
            page.locator("[data-look=clip]").evaluate("c => c.blur()")
        for key in ("Escape", "ArrowLeft", "Home", "longest labels"):
            if key == "longest labels":
                for name, value in LONGEST.items():
                    page.locator(f"[data-look={name}]").fill(value)
            else:
                page.keyboard.press(key)
            page.wait_for_timeout(100)
            found = pieces(page)
            assert [p for p in found if p["size"] < SMALLEST] == [], (sidebar, key)
            assert [p for p in found if _sticks_out(p)] == [], (sidebar, key)
            assert _written_over(found) == [], (sidebar, key)


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
def test_the_four_stages_stand_side_by_side_and_take_the_room_of_a_hidden_sidebar(open_page, size):
    page = open_at(open_page, size)
    before = _stages(page, SIZES[size][1])
    toggle_sidebar(page)
    after = _stages(page, SIZES[size][1])
    assert after > before + 50


def _stages(page: Page, height: int) -> float:
    """All four are in view, side by side, with the slider below; returns their width."""
    boxes = [page.locator(f"[data-panel={name}]").bounding_box()
             for name in ("image", "score", "gradient", "attribution")]  # fmt: skip
    slider = page.locator(".cursor-slider").bounding_box()
    assert len({round(box["y"]) for box in boxes}) == 1
    assert all(box["y"] >= 0 and box["y"] + box["height"] <= height for box in [*boxes, slider])
    return boxes[0]["width"]
