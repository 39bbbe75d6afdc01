"""How long a visitor waits: `python -m tests.bench.page`.

A table, not a test. A cold server has just been started, with the files warm on the disk; every
visit has a fresh profile, so that the browser fetches the page's scripts, too.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

from explorer.explain import explain
from tests.asking import asked
from tests.browser.conftest import ARGUMENTS, LAPTOP, serve
from tests.conftest import ROOT, find_chromium

APP = ROOT / "explorer" / "app.py"
VISITS, RUNS, SERVERS = 7, 5, 3
HEADING = ".ig-head h1 >> visible=true"
PICTURE = "[data-ready='1']"


@dataclass(frozen=True)
class Visit:
    """Seconds from asking for the page to its first heading, and to four drawn panels."""

    painted: float
    explained: float


def visit(chromium: Browser, url: str) -> Visit:
    """One visit in a fresh profile."""
    context = chromium.new_context(viewport=LAPTOP)
    page = context.new_page()
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(HEADING, timeout=120_000)
    painted = time.perf_counter() - started
    page.wait_for_selector(PICTURE, timeout=120_000)
    explained = time.perf_counter() - started
    context.close()
    return Visit(painted, explained)


def cold(chromium: Browser) -> tuple[Visit, float]:
    """The first visit to a new server, made once it answers; and seconds from starting it."""
    started = time.perf_counter()
    with serve(APP) as url:
        first = visit(chromium, url)
        return first, time.perf_counter() - started


def explaining() -> list[float]:
    """Seconds for a scene at 50 steps, the model loaded before."""
    explain(asked(rule="midpoint", steps=1))
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        explain(asked(rule="midpoint", steps=50))
        seconds.append(time.perf_counter() - started)
    return seconds


def measure() -> dict[str, list[float]]:
    """Every row of the table, in seconds."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        chromium.new_page().goto("about:blank")  # the browser's own start is not ours
        firsts = [cold(chromium) for _ in range(SERVERS)]
        with serve(APP) as url:
            visit(chromium, url)
            warm = [visit(chromium, url) for _ in range(VISITS)]
        chromium.close()
    return {
        "cold server: request to the first paint": [first.painted for first, _ in firsts],
        "cold server: request to the explained example": [first.explained for first, _ in firsts],
        "cold server: process start to the explained example": [whole for _, whole in firsts],
        "warm server: request to the first paint": [each.painted for each in warm],
        "warm server: request to the explained example": [each.explained for each in warm],
        "a scene at 50 steps, computed": explaining(),
    }


def main() -> None:
    """Print the table."""
    print(f"{'what':<56}{'median s':>10}{'worst s':>10}")
    for what, seconds in measure().items():
        print(f"{what:<56}{statistics.median(seconds):>10.2f}{max(seconds):>10.2f}")


if __name__ == "__main__":
    main()
