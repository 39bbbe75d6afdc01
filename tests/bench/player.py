"""How fast the player is, in a headless Chromium: `python -m tests.bench.player`.

A table, not a test: pictures a second while playing, the time from a key to the next picture, the
payload, the packing, and the height on a laptop's page.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from explorer.player.pack import pack
from tests.browser.conftest import ARGUMENTS, serve
from tests.conftest import find_chromium
from tests.fakes import make_explanation

SIZES = {"128 x 128, 50 steps": (128, 128, 3, 50), "224 x 224, 100 steps": (224, 224, 3, 100)}

SCRIPT = """
import streamlit as st
from explorer.pictures.view import View
from explorer.ui.player import player
from tests.fakes import make_explanation

st.set_page_config(layout="wide", initial_sidebar_state="expanded")
st.markdown("<style>.block-container{{padding:1rem}}</style>", unsafe_allow_html=True)
st.sidebar.write("controls")
player(make_explanation(*{size}), View(), "player")
"""

# Counts the moments at which new pictures stood on the screen, over one whole play.
PLAY = """player => new Promise(done => {
  const shown = [];
  const watch = new MutationObserver(() => shown.push(performance.now()));
  watch.observe(player, { attributeFilter: ["data-alpha"] });
  const stop = new MutationObserver(() => {
    if (player.dataset.playing) return;
    watch.disconnect(); stop.disconnect(); done(shown);
  });
  player.querySelector(".play").click();
  stop.observe(player, { attributeFilter: ["data-playing"] });
})"""

# From the key event's own time stamp to the frame after the one in which all panels were drawn.
WATCH_KEYS = """player => {
  window.latencies = [];
  let pressed = 0;
  document.addEventListener("keydown", event => { pressed = event.timeStamp; }, true);
  new MutationObserver(() => requestAnimationFrame(() =>
    window.latencies.push(performance.now() - pressed))
  ).observe(player, { attributeFilter: ["data-alpha"] });
}"""


def main() -> None:
    columns = {name: measure(size) for name, size in SIZES.items()}
    print("| | " + " | ".join(columns) + " |")
    print("| --- |" + " ---: |" * len(columns))
    for row in next(iter(columns.values())):
        print(f"| {row} | " + " | ".join(column[row] for column in columns.values()) + " |")


def measure(size: tuple[int, int, int, int]) -> dict[str, str]:
    explanation = make_explanation(*size)
    seconds = min(timed(lambda: pack(explanation)) for _ in range(5))
    rows = {
        "packing, best of 5": f"{1000 * seconds:.0f} ms",
        "payload": f"{len(pack(explanation)) / 1e6:.2f} MB",
    }
    return rows | in_browser(size)


def timed(act: Callable[[], Any]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def in_browser(size: tuple[int, int, int, int]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = Path(folder) / "page.py"
        script.write_text(SCRIPT.format(size=size), encoding="utf-8")
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        with serve(script) as url:
            page = chromium.new_page(viewport={"width": 1366, "height": 768})
            page.goto(url)
            page.wait_for_selector(".player[data-ready='1']", timeout=60_000)
            page.wait_for_timeout(1000)
            rows = playing(page) | keys(page) | extent(page)
        chromium.close()
    return rows


def playing(page: Page) -> dict[str, str]:
    shown = page.locator(".player").evaluate(PLAY)
    gaps = sorted(later - earlier for earlier, later in pairwise(shown))
    return {
        "pictures a second, playing": f"{1000 * len(gaps) / sum(gaps):.0f}",
        "between pictures, median (95th percentile)": spread(gaps),
    }


def keys(page: Page, presses: int = 60) -> dict[str, str]:
    player = page.locator(".player")
    page.locator(".cursor-slider").focus()
    page.keyboard.press("Home")
    player.evaluate(WATCH_KEYS)
    for _ in range(presses):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(40)
    return {"key to picture, median (95th percentile)": spread(page.evaluate("latencies"))}


def extent(page: Page) -> dict[str, str]:
    box = page.locator(".player").bounding_box() or {}
    return {"size on the page": f"{box['width']:.0f} x {box['height']:.0f} px"}


def spread(values: list[float]) -> str:
    ordered = sorted(values)
    return f"{statistics.median(ordered):.0f} ({ordered[int(0.95 * len(ordered))]:.0f}) ms"


if __name__ == "__main__":
    main()
