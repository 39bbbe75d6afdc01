"""How long a visitor waits: `python -m tests.bench.page`.

A table, not a test: from asking for the page to the explained example on screen (server warm), the
first visit to a cold server, and computing a scene at 50 steps.
"""

from __future__ import annotations

import statistics
import time

from playwright.sync_api import Browser, sync_playwright

from explorer.explain import explain
from explorer.request import Request
from tests.browser.conftest import ARGUMENTS, LAPTOP, serve
from tests.conftest import ROOT, find_chromium

VISITS, RUNS = 7, 5


def visit(chromium: Browser, url: str) -> float:
    """Seconds from asking for the page to four drawn panels, in a fresh profile."""
    context = chromium.new_context(viewport=LAPTOP)
    page = context.new_page()
    started = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("[data-ready='1']", timeout=120_000)
    seconds = time.perf_counter() - started
    context.close()
    return seconds


def explaining() -> list[float]:
    """Seconds for a scene at 50 steps, the model loaded before."""
    explain(Request(steps=1))
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        explain(Request(steps=50))
        seconds.append(time.perf_counter() - started)
    return seconds


def main() -> None:
    """Print the table."""
    computed = explaining()
    with serve(ROOT / "explorer" / "app.py") as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        cold = visit(chromium, url)
        warm = [visit(chromium, url) for _ in range(VISITS)]
        chromium.close()
    print(f"{'what':<48}{'median s':>10}{'worst s':>10}")
    for what, seconds in (
        ("a scene at 50 steps, computed", computed),
        ("first visit to a cold server, to the picture", [cold]),
        ("later visits, to the picture", warm),
    ):
        print(f"{what:<48}{statistics.median(seconds):>10.2f}{max(seconds):>10.2f}")


if __name__ == "__main__":
    main()
