"""Take README's screenshot again: `python -m tests.screenshots`."""

from __future__ import annotations

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, LAPTOP, serve
from tests.conftest import ROOT, find_chromium

TARGET = ROOT / "assets" / "screenshots" / "explorer.png"


def main() -> None:
    """Open the page as a newcomer sees it, at twice the density, and save it."""
    TARGET.parent.mkdir(exist_ok=True)
    with serve(ROOT / "explorer" / "app.py") as url, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        page = chromium.new_page(viewport=LAPTOP, device_scale_factor=1.5, color_scheme="dark")
        page.goto(url)
        page.wait_for_selector("[data-ready='1']", timeout=120_000)
        page.wait_for_timeout(1500)
        page.screenshot(path=TARGET)
        chromium.close()
    with Image.open(TARGET) as picture:  # a palette is a third of the size
        small = picture.convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
    small.save(TARGET, optimize=True)
    print(TARGET)


if __name__ == "__main__":
    main()
