"""The first visit to a fresh server, in a real browser: painted at once, and then nothing jumps."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LAPTOP, PHONE, serve
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

HEADING = ".ig-wait h1"
STAGES = ".ig-wait .stage"
PLAYER = "[data-ready='1']"
JUMP = {"laptop": 4, "phone": 16}  # pixels; on a telephone the chips may take a row more or less


@pytest.fixture
def fresh_page(browser):
    """fresh_page(path="", **context) -> a page on a server that nobody has visited."""
    with ExitStack() as stack:

        def opener(path="", **context):
            url = stack.enter_context(serve(ROOT / "explorer" / "app.py"))
            page = stack.enter_context(browser.new_context(**context)).new_page()
            page.goto(url + path, wait_until="commit")
            return page

        yield opener


@pytest.mark.parametrize(("device", "size"), [("laptop", LAPTOP), ("phone", PHONE)])
def test_the_shape_of_the_page_is_seen_first_and_the_player_takes_its_very_place(
    fresh_page, device, size
):
    page = fresh_page(viewport=size)
    page.wait_for_selector(HEADING)
    assert page.locator(PLAYER).count() == 0
    expect(page.locator(STAGES)).to_have_count(4)
    before = [stage.bounding_box() for stage in page.locator(STAGES).all()]
    page.wait_for_selector(PLAYER, timeout=120_000)
    expect(page.locator(".ig-wait")).to_have_count(0)
    after = [stage.bounding_box() for stage in page.locator(f"{PLAYER} .stage:visible").all()]
    for old, new in zip(before, after, strict=True):
        assert old["x"] == pytest.approx(new["x"], abs=2)
        assert old["width"] == pytest.approx(new["width"], abs=2)
        assert old["y"] == pytest.approx(new["y"], abs=JUMP[device])
    expect(page.locator(".ig-wait-side")).to_have_count(0)


def test_going_to_another_page_and_back_paints_no_placeholder_again(fresh_page):
    page = fresh_page(viewport=LAPTOP)
    page.wait_for_selector(PLAYER, timeout=120_000)
    expect(page.locator(".ig-wait")).to_have_count(0)
    page.evaluate(
        """() => { window.seen = 0; new MutationObserver(() => {
          window.seen += document.querySelectorAll(".ig-wait").length;
        }).observe(document.body, { childList: true, subtree: true }); }"""
    )
    page.get_by_role("link", name="Survey").click()
    expect(page.get_by_role("heading", name="Where is it wrong?")).to_be_visible()
    page.get_by_role("link", name="Explorer").click()
    page.wait_for_selector(PLAYER, timeout=60_000)
    assert page.evaluate("window.seen") == 0


def test_whoever_wants_no_motion_sees_the_placeholders_rest(fresh_page):
    page = fresh_page(viewport=LAPTOP, reduced_motion="reduce")
    page.wait_for_selector(HEADING)
    name = page.locator(STAGES).first.evaluate("stage => getComputedStyle(stage).animationName")
    assert name == "none"


def test_the_survey_page_shows_its_placeholder_without_the_pictures(fresh_page):
    page = fresh_page("/survey", viewport=LAPTOP)
    page.wait_for_selector(HEADING)
    assert page.locator(STAGES).count() == 0
    expect(page.get_by_role("heading", name="Where is it wrong?")).to_be_visible(timeout=60_000)
    expect(page.locator(".ig-wait")).to_have_count(0)
