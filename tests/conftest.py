"""What some tests need from the machine: a Chromium, and real weights and photographs."""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "real"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# what was found out about this machine's speed is remembered for its user, not for tests
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="explorer-cache-")


@cache
def find_chromium() -> str | None:
    """The path of an installed Chromium, else of Playwright's own, else None."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return str(own) if own.exists() else None


def _missing(needs: str) -> str | None:
    if needs == "browser" and find_chromium() is None:
        return f"no Chromium: none of {', '.join(CHROMIUM_NAMES)} is installed, nor Playwright's"
    if needs == "real" and not REAL.is_dir():
        return f"no real weights and photographs: {REAL} is absent"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what cannot run here, saying why, and note the need in the report for CI to see."""
    for item in items:
        for needs in ("browser", "real"):
            if item.get_closest_marker(needs) is None:
                continue
            item.user_properties.append(("needs", needs))
            if reason := _missing(needs):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def picture():
    """An explanation to draw: 128 x 128 in colour, 50 steps."""
    from tests.fakes import make_explanation

    return make_explanation()


@pytest.fixture
def letter():
    """An explanation to draw: 3 x 3 in the units 0 to 16, 4 steps."""
    from tests.fakes import make_letter

    return make_letter()
