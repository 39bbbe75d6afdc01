"""The whole page in a real Chromium: what a person sees, sets, shares and stops."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect
from torchvision.models import get_model

from tests.browser.conftest import LAPTOP, PHONE, serve
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

SHOTS = ROOT / "test-results"
SMALL = {"width": 1280, "height": 720}
PANELS = ("image", "score", "gradient", "attribution")
FIRST_RUN = 60_000  # ms: the server imports torch for its first visitor


def query(page: Page) -> dict[str, str]:
    """The address's parameters."""
    return {k: v[0] for k, v in parse_qs(urlparse(page.url).query).items()}


def wait_for_address(page: Page, name: str, value: str) -> None:
    page.wait_for_function(
        "([n, v]) => new URL(location.href).searchParams.get(n) === v", arg=[name, value]
    )


def setting(page: Page, name: str) -> str | None:
    """A setting of the method in the address: `method=ig:rule=left,steps=5`."""
    settings = query(page)["method"].partition(":")[2].split(",")
    return dict(item.split("=") for item in settings).get(name)


def wait_for_setting(page: Page, name: str, value: str) -> None:
    page.wait_for_function(
        "([n, v]) => (new URL(location.href).searchParams.get('method') || '')"
        ".split(/[:,]/).includes(`${n}=${v}`)",
        arg=[name, value],
    )


def overlay(page: Page) -> str:
    """The pixels of the attribution panel, as one string."""
    return page.locator("[data-panel=attribution] .stage canvas").evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.join()"
    )


def wait_for_another_overlay(page: Page, seen: str) -> None:
    """The player lives in a shadow root, which `wait_for_function` does not see into."""
    for _ in range(150):
        if overlay(page) != seen:
            return
        page.wait_for_timeout(200)
    raise AssertionError("the attribution panel still shows the old picture")


def come_to_rest(page: Page) -> None:
    """Wait until the server has answered: until then it may still set what a person is typing."""
    page.wait_for_selector("[data-test-script-state=notRunning]")
    page.wait_for_timeout(300)
    page.wait_for_selector("[data-test-script-state=notRunning]")


def choose(page: Page, label: str, option: str) -> None:
    """Pick an option of a select box in the sidebar; a list closes where its page scrolls."""
    come_to_rest(page)
    box = page.get_by_role("combobox", name=re.compile(f"{re.escape(label)}$")).first
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    box.click()
    page.get_by_role("option", name=option, exact=True).click()


def open_computation(page: Page) -> None:
    come_to_rest(page)
    page.get_by_text("How it is computed").click()
    expect(page.get_by_role("combobox", name="Rule")).to_be_visible()


def set_steps(page: Page, steps: int) -> None:
    box = page.get_by_role("spinbutton", name="Steps")
    box.scroll_into_view_if_needed()
    box.fill(str(steps))
    box.press("Enter")


def test_the_four_stages_and_the_verdict_stand_on_a_laptop_without_scrolling(open_page):
    page = open_page()
    for panel in ("image", "score", "gradient", "attribution"):
        box = page.locator(f"[data-panel={panel}]").bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= LAPTOP["height"]
    tops = {round(page.locator(f"[data-panel={p}]").bounding_box()["y"])
            for p in ("image", "score", "gradient", "attribution")}  # fmt: skip
    assert len(tops) == 1, "the panels stand side by side"
    reading = page.get_by_test_id("reading").bounding_box()
    assert reading["y"] + reading["height"] <= LAPTOP["height"]
    expect(page.get_by_test_id("verdict")).to_contain_text(
        re.compile(r"✓ error about \d\s% after \d\d gradients")
    )


def test_a_coarse_map_and_its_button_stand_on_a_laptop_without_scrolling_too(open_page):
    page = open_page("tolerance=0.3&steps=8")
    for part in (
        page.get_by_test_id("reading"),
        page.get_by_role("button", name="Halve the error"),
    ):
        box = part.bounding_box()
        assert box["y"] + box["height"] <= LAPTOP["height"]
    page.get_by_role("button", name="Halve the error").click()
    wait_for_setting(page, "tolerance", "0.15")


def test_the_adaptive_rule_takes_a_tolerance_and_gets_it_back_after_another_rule(open_page):
    page = open_page("model=letters&image=letter-t")
    open_computation(page)
    box = page.get_by_role("spinbutton", name="Tolerance (%)")
    box.scroll_into_view_if_needed()
    box.fill("12.5")
    box.press("Enter")
    wait_for_setting(page, "tolerance", "0.125")
    choose(page, "Rule", "midpoint")
    wait_for_setting(page, "steps", "50")
    assert setting(page, "tolerance") is None
    choose(page, "Rule", "adaptive")
    wait_for_setting(page, "tolerance", "0.125")
    wait_for_setting(page, "steps", "100")


SLOW = """
import time
import torch


class Slow(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.seen, self.named = torch.nn.Conv2d(3, 8, 5, stride=3), torch.nn.Linear(8, 2)

    def forward(self, batch):
        time.sleep(1.0)
        return 30 * self.named(torch.relu(self.seen(batch)).mean((2, 3)))


def net():
    facts = {"size": 64, "mean": [0.5] * 3, "std": [0.25] * 3}
    return {"module": Slow(), "classes": ["cat", "dog"], **facts}
"""


def test_a_slow_model_shows_a_first_picture_before_the_end_and_nothing_moves(browser, tmp_path):
    (tmp_path / "slow.py").write_text(SLOW, encoding="utf-8")
    name = f"{tmp_path / 'slow.py'}:net"
    with serve(ROOT / "explorer" / "app.py", "--", "--model", name) as url:
        page = browser.new_context(viewport=LAPTOP).new_page()
        page.goto(f"{url}/?tolerance=0.01&steps=40&baseline=uniform")
        page.wait_for_selector("[data-testid=stProgress]", timeout=FIRST_RUN)
        page.wait_for_function("document.querySelector('[data-testid=stProgress]').innerText"
                               ".includes('gradients')", timeout=FIRST_RUN)  # fmt: skip
        before = page.locator(".ig-wait .stage").first.bounding_box()
        draft = page.locator(".ig-draft")
        expect(draft).to_contain_text(re.compile(r"A first picture\s*error about \d+\s% after 7"))
        assert page.locator("[data-ready='1']").count() == 0
        assert page.locator(".ig-wait .stage").first.bounding_box() == before
        assert draft.locator("img").evaluate("i => i.complete && i.naturalWidth") == 64
        expect(draft).not_to_contain_text("after 7 gradients")  # the next round
        page.wait_for_selector("[data-ready='1']", timeout=120_000)
        expect(draft).to_have_count(0)
        page.context.close()


def test_nothing_is_fetched_from_anywhere_else(browser, app_url):
    context = browser.new_context(viewport=LAPTOP)
    page = context.new_page()
    hosts = set()
    page.on("request", lambda request: hosts.add(urlparse(request.url).hostname))
    page.goto(app_url)
    page.wait_for_selector("[data-ready='1']", timeout=FIRST_RUN)
    expect(page.locator(".katex").first).to_be_visible()
    page.get_by_role("tab", name="Along the path").click()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    context.close()
    assert hosts - {None} == {"127.0.0.1"}  # None: data: and blob: addresses


def test_each_control_changes_the_request_the_headline_and_the_picture(open_page):
    page = open_page("steps=4")
    seen = overlay(page)
    for label, option, name, value in (
        ("Baseline", "Mid-grey", "baseline", "grey"),
        ("Why", "ferry", "target", "ferry"),
        ("rather than", "tugboat", "against", "tugboat"),
        ("Model", "Scenes: taught fairly", "model", "scenes-fair"),
    ):
        choose(page, label, option)
        wait_for_address(page, name, value)
        wait_for_another_overlay(page, seen)
        seen = overlay(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Why “ferry” rather than tugboat?")
    assert setting(page, "steps") == "4"


def test_rule_score_and_steps_can_be_set(open_page):
    page = open_page("model=letters&image=letter-t&steps=4")
    open_computation(page)
    choose(page, "Score", "logit")
    wait_for_address(page, "score", "logit")
    choose(page, "Rule", "gauss-legendre")
    wait_for_setting(page, "rule", "gauss-legendre")
    set_steps(page, 7)
    wait_for_setting(page, "steps", "7")
    expect(page.locator("[data-panel=score]")).to_contain_text("logit of T")


def test_the_gallery_works_with_the_mouse_and_the_keyboard(open_page):
    page = open_page("steps=3")
    page.get_by_role("radio", name="The same fireboat, spray off").click(force=True)
    wait_for_address(page, "image", "fireboat-no-spray")
    expect(page.get_by_role("radio", name="The same fireboat, spray off")).to_be_checked()
    page.get_by_role("radio", name="The same fireboat, spray off").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "!['fireboat-spray', 'fireboat-no-spray'].includes("
        "new URL(location.href).searchParams.get('image'))"
    )


def test_the_address_gives_the_same_picture_to_somebody_else(open_page):
    page = open_page("steps=6")
    choose(page, "Baseline", "Uniform noise")
    wait_for_address(page, "baseline", "uniform:seed=0")
    page.locator("[data-look=show]").select_option("absolute")
    wait_for_address(page, "show", "absolute")
    page.locator("[data-look=opacity]").fill("0.5")
    wait_for_address(page, "opacity", "0.5")
    page.wait_for_timeout(500)
    other = open_page(urlparse(page.url).query)
    assert overlay(other) == overlay(page)
    assert query(other) == query(page)


def test_a_reload_keeps_everything(open_page):
    page = open_page("image=child-railing&baseline=grey&steps=5&target=child&show=positive")
    before = overlay(page)
    page.reload()
    page.wait_for_selector("[data-ready='1']")
    page.wait_for_timeout(500)
    assert overlay(page) == before


def test_a_bad_address_says_what_was_refused_and_still_shows_a_picture(open_page):
    page = open_page("model=scenes-fair&image=nothing&steps=zillions")
    expect(page.get_by_text("There is no image 'nothing'")).to_be_visible()
    expect(page.get_by_text("whole number from 2")).to_be_visible()
    assert query(page)["model"] == "scenes-fair"


def test_moving_along_the_path_sends_nothing_to_the_server_until_it_has_settled(browser, app_url):
    context = browser.new_context(viewport=LAPTOP)
    page, sent = context.new_page(), []
    page.on("websocket", lambda s: s.on("framesent", lambda frame: sent.append(frame)))
    page.goto(f"{app_url}/?rule=midpoint&steps=50")
    page.wait_for_selector("[data-ready='1']", timeout=FIRST_RUN)
    page.wait_for_timeout(1500)
    sent.clear()
    before = overlay(page)
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.wait_for_selector(".player[data-alpha='0.9500']")
    page.wait_for_timeout(100)  # the picture follows within a frame or two
    assert overlay(page) != before
    page.locator(".cursor-slider").press("Home")
    page.get_by_role("button", name="Play").click()
    sent.clear()  # a slow machine may have settled between the keys
    page.wait_for_timeout(1500)
    assert 0 < float(page.locator(".player").get_attribute("data-alpha")) < 1
    assert sent == []
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(1500)
    assert len(sent) == 1
    context.close()


def test_long_work_shows_its_progress_and_can_be_cancelled_and_begun_again(open_page):
    page = open_page("rule=midpoint&steps=5")
    open_computation(page)
    set_steps(page, 1000)
    expect(page.get_by_text(re.compile(r"\d+ of 1000 gradients"))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Stopped.")).to_be_visible()
    expect(page.locator("[data-panel=attribution]")).to_be_visible()
    assert setting(page, "steps") == "5"
    come_to_rest(page)
    page.get_by_role("button", name="Explain again").click()
    expect(page.get_by_text(re.compile(r"\d+ of 1000 gradients"))).to_be_visible()


def test_changing_a_control_while_it_works_starts_anew(open_page):
    page = open_page("rule=midpoint&steps=5")
    open_computation(page)
    set_steps(page, 1000)
    expect(page.get_by_text(re.compile(r"\d+ of 1000 gradients"))).to_be_visible()
    set_steps(page, 6)
    wait_for_setting(page, "steps", "6")
    expect(page.get_by_text(re.compile("of 1000 gradients"))).to_have_count(0)
    expect(page.locator("[data-panel=score]")).to_contain_text("fireboat")


def test_the_button_adds_steps_until_the_attribution_adds_up(open_page):
    page = open_page("rule=midpoint&steps=2")
    expect(page.get_by_test_id("verdict")).to_contain_text("! error about")
    page.get_by_role("button", name="Use 4 steps").click()
    wait_for_setting(page, "steps", "4")


def test_a_picture_of_ones_own_is_explained_and_can_be_left_again(open_page, tmp_path):
    picture = tmp_path / "holiday.png"
    Image.effect_noise((300, 200), 80).convert("RGB").save(picture)
    page = open_page("steps=3")
    page.get_by_role("button", name="Own image").click()
    page.locator("input[type=file]").set_input_files(picture)
    page.wait_for_function("location.search.includes('image=own-')")
    expect(page.get_by_text("This address only names your own image")).to_be_visible()
    page.get_by_role("radio", name="Ferry", exact=True).click(force=True)
    wait_for_address(page, "image", "ferry")


def test_the_files_can_be_downloaded(open_page):
    page = open_page("steps=3")
    page.get_by_role("tab", name="Files").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Attribution (NumPy)").click()
    assert np.load(download.value.path()).shape[0] == 3


def test_the_overlay_is_saved_as_it_looks_now(open_page):
    page = open_page("rule=midpoint&steps=20")
    page.get_by_role("tab", name="Files").click()
    saved = {}
    for alpha in (1, 0.6):
        page.locator(".cursor-slider").fill(str(alpha))
        expect(page.get_by_text(f"as it looks now, at alpha {alpha:.2f}")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="Overlay (PNG)").click()
        saved[download.value.suggested_filename] = np.asarray(Image.open(download.value.path()))
    assert len(saved) == 2, "two looks have two names"
    assert (next(iter(saved.values())) != saved[max(saved, key=lambda n: "0.6" in n)]).any()
    shown = np.fromstring(overlay(page), np.uint8, sep=",").reshape(128, 128, 4)[..., :3]
    off = np.abs(shown.astype(int) - saved[max(saved, key=lambda n: "0.6" in n)])
    assert off.mean() < 1, "what was saved is what is seen"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "size"), [("laptop", LAPTOP), ("phone", PHONE)])
def test_the_page_draws_in_light_and_dark_on_laptop_and_phone(open_page, scheme, name, size):
    page = open_page("steps=10", size=size, scheme=scheme)
    SHOTS.mkdir(exist_ok=True)
    shot = SHOTS / f"page-{name}-{scheme}.png"
    page.screenshot(path=shot)
    with Image.open(shot) as picture:
        edge = np.asarray(picture.convert("L"))[:, -4:].mean()
    assert edge > 200 if scheme == "light" else edge < 60
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"], "no sideways scrolling"


def test_on_a_phone_the_controls_are_reachable_and_the_panels_stand_two_by_two(open_page):
    page = open_page("steps=5", size=PHONE)
    boxes = [page.locator(f"[data-panel={p}]").bounding_box()
             for p in ("image", "score", "gradient", "attribution")]  # fmt: skip
    assert len({round(b["x"]) for b in boxes}) == 2
    assert all(b["x"] + b["width"] <= PHONE["width"] for b in boxes)
    page.get_by_test_id("stExpandSidebarButton").click()
    choose(page, "Baseline", "White")
    wait_for_address(page, "baseline", "white")


def squeezenet(folder):
    """A file of weights of a network of two classes."""
    path = folder / "mine.pth"
    torch.save(get_model("squeezenet1_1", weights=None, num_classes=2).state_dict(), path)
    return path


WATCH = """() => { window.faded = []; new MutationObserver((changes) => {
  for (const { target } of changes)
    if (target.dataset.stale === "true" && target.getBoundingClientRect().height
        && target.closest("[data-testid=stMain]") && !target.closest("[role=dialog]"))
      window.faded.push(target.innerText);
}).observe(document.body, { subtree: true, attributeFilter: ["data-stale"] }); }"""


def test_more_models_come_in_one_dialog_and_the_page_behind_stays_as_it_is(open_page, tmp_path):
    page = open_page("rule=left&steps=2", size=SMALL)
    come_to_rest(page)
    page.locator("[data-testid=stMain]").evaluate("main => main.scrollTo(0, 60)")
    page.evaluate(WATCH)
    before, scrolled = page.url, page.locator("[data-panel=image]").bounding_box()
    page.get_by_role("button", name="More models").click()
    dialog = page.get_by_role("dialog")
    use = dialog.get_by_role("button", name="Use googlenet: download 52 MB")
    expect(use).to_be_in_viewport()
    dialog.get_by_role("textbox", name="Search").fill("resnet 18")
    dialog.get_by_role("textbox", name="Search").press("Enter")
    expect(dialog.get_by_role("radio")).to_have_count(1)
    expect(dialog).to_contain_text("11.7 million parameters")
    dialog.get_by_role("tab", name="Your own weights").click()
    load = dialog.get_by_role("button", name="Load this model")
    expect(load).to_be_in_viewport()
    broken = tmp_path / "broken.pth"
    broken.write_bytes(b"nothing")
    dialog.locator("input[type=file]").first.set_input_files(broken)
    dialog.get_by_role("textbox", name="Mean").fill("0.4, 0.4, 0.4")
    load.click()
    expect(dialog.get_by_role("alert")).to_contain_text("expected weights as .pth")
    expect(load).to_be_in_viewport()
    expect(dialog.get_by_role("textbox", name="Mean")).to_have_value("0.4, 0.4, 0.4")
    assert page.evaluate("window.faded") == []
    assert page.locator("[data-panel=image]").bounding_box() == scrolled
    assert page.url == before
    dialog.locator("input[type=file]").first.set_input_files(squeezenet(tmp_path))
    load.click()
    expect(dialog).to_have_count(0, timeout=60_000)
    page.wait_for_function("location.search.includes('model=own-')", timeout=60_000)
    expect(page.get_by_role("combobox", name=re.compile("Model$"))).to_have_value(
        re.compile(r"mine\.pth")
    )
    expect(page.get_by_role("heading", level=1)).to_contain_text("Why “class ")


def test_classes_are_asked_about_with_the_mouse_and_the_keyboard(open_page):
    page = open_page("image=child-railing&rule=left&steps=2")
    child = page.get_by_role("button", name=re.compile("^Why child "))
    child.click()
    wait_for_address(page, "target", "child")
    expect(page.get_by_role("heading", level=1)).to_have_text("Why “child”?")
    come_to_rest(page)
    best = page.locator(".st-key-chip-0 button")
    assert "linear-gradient" in best.evaluate("b => getComputedStyle(b).backgroundImage")
    share = best.evaluate("b => parseFloat(getComputedStyle(b).getPropertyValue('--p'))")
    assert f"{share:.0f}" in best.inner_text()
    best.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Why “vacuum cleaner”?")
    come_to_rest(page)
    page.keyboard.press("Tab")  # the focus stayed where it was
    expect(page.locator(".st-key-chip-1 button")).to_be_focused()
    page.get_by_role("button", name="rather than child?").click()
    wait_for_address(page, "against", "child")
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Why “vacuum cleaner” rather than child?"
    )


@pytest.mark.parametrize("size", [LAPTOP, SMALL], ids=["1366x768", "1280x720"])
def test_with_the_truth_among_the_classes_stages_and_reading_still_need_no_scrolling(
    open_page, size
):
    page = open_page("image=child-railing", size=size)
    reading = page.get_by_test_id("reading")
    for part in (*(page.locator(f"[data-panel={p}]") for p in PANELS), reading):
        box = part.bounding_box()
        assert box["y"] + box["height"] <= size["height"]
    assert reading.bounding_box()["height"] < 32, "it is one line"


def test_the_fit_is_changed_beside_the_result(open_page, tmp_path):
    picture = tmp_path / "wide.png"
    Image.effect_noise((300, 200), 80).convert("RGB").save(picture)
    page = open_page("rule=left&steps=2")
    page.get_by_role("button", name="Own image").click()
    page.locator("input[type=file]").set_input_files(picture)
    page.wait_for_function("location.search.includes('image=own-')")
    expect(page.get_by_text("The model knows only 8 classes: fireboat")).to_be_visible()
    page.keyboard.press("Escape")
    come_to_rest(page)
    page.get_by_role("button", name="sees the middle 200 × 200 of 300 × 200").click()
    page.get_by_role("combobox", name="Fit").click()
    page.get_by_role("option", name="Fit it whole").click()
    wait_for_address(page, "fit", "whole")
    expect(page.get_by_role("button", name="sees all of 300 × 200")).to_be_visible()
