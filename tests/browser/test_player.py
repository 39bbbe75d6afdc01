"""The player in a real Chromium, on explanations that are known exactly."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from explorer.pictures.heatmap import overlay
from explorer.pictures.look import CHOICES, RANGES, Look
from explorer.pictures.view import View
from tests.browser.conftest import LAPTOP, PHONE, serve
from tests.fakes import make_adaptive, make_explanation, make_letter

pytestmark = pytest.mark.browser

SCRIPT = """
import json
import streamlit as st
from explorer.pictures.look import Look
from explorer.pictures.view import View
from explorer.ui.player import player
from tests.fakes import make_adaptive, make_explanation, make_letter

st.set_page_config(layout="wide")
hostile = "<img src=x onerror=document.title='broken'>"
worlds = {
    "picture": make_explanation,
    "letter": make_letter,
    "adaptive": make_adaptive,
    "hostile": lambda: make_explanation(32, 24, target=hostile, rivals=(hostile, "pier")),
    "ten": lambda: make_explanation(24, 24, steps=10),
    "single": lambda: make_explanation(48, 64, steps=1, rivals=()),
}
make = st.cache_resource(lambda name: worlds[name]())
explanation = make(st.radio("which", list(worlds), key="which", bind="query-params"))
view = st.session_state.get("view", View())
if st.button("preset"):
    view = View(Look(opacity=0.4), 0.25)
st.session_state.view = player(explanation, view, "player")
st.code(json.dumps(st.session_state.view.look.to_dict()))
st.text(f"alpha {st.session_state.view.alpha}")
"""
PANELS = ("image", "gradient", "attribution")


@pytest.fixture(scope="module")
def player_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = Path(tmp_path_factory.mktemp("player")) / "page.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with serve(script) as url:
        yield url


@pytest.fixture
def visit(browser: Browser, player_url: str):
    contexts = []

    def open_player(which: str = "picture", size: dict = LAPTOP, **options) -> Page:
        contexts.append(browser.new_context(viewport=size, **options))
        page = contexts[-1].new_page()
        page.sent, page.received = [], []
        page.on("websocket", lambda socket: listen(page, socket))
        page.goto(f"{player_url}/?which={which}")
        page.wait_for_selector(".player[data-ready='1']", timeout=60_000)
        settle(page)
        return page

    yield open_player
    for context in contexts:
        context.close()


def listen(page: Page, socket: WebSocket) -> None:
    socket.on("framesent", lambda frame: page.sent.append(frame))
    socket.on("framereceived", lambda frame: page.received.append(frame))


def settle(page: Page) -> None:
    """The server has answered and the picture asked for is on the screen."""
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
    )
    page.evaluate("() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")


def player(page: Page):
    return page.locator(".player")


def alpha(page: Page) -> float:
    settle(page)
    return float(player(page).get_attribute("data-alpha"))


def pixels(page: Page, panel: str) -> np.ndarray:
    """(H, W, 3) uint8 of a panel's canvas."""
    canvas = page.locator(f"[data-panel={panel}] .stage canvas")
    data, width, height = canvas.evaluate(
        """c => [btoa(Array.from(c.getContext("2d").getImageData(0, 0, c.width, c.height).data,
            v => String.fromCharCode(v)).join("")), c.width, c.height]"""
    )
    flat = np.frombuffer(base64.b64decode(data), np.uint8)
    return flat.reshape(height, width, 4)[..., :3]


def everything(page: Page) -> list[bytes]:
    """What the four panels show, one after the other."""
    settle(page)
    cursor = page.locator(".cursor circle").get_attribute("cx")
    return [pixels(page, panel).tobytes() for panel in PANELS] + [cursor.encode()]


def set_control(page: Page, name: str, value) -> None:
    control = page.locator(f"[data-look={name}]")
    if isinstance(value, bool):
        control.set_checked(value)
    elif control.evaluate("c => c.tagName") == "SELECT":
        control.select_option(value)
    else:
        control.fill(str(value))
    settle(page)


def test_all_four_panels_show_something_at_once_with_the_finished_overlay(visit):
    page = visit()
    assert alpha(page) == 1
    assert player(page).get_attribute("data-rest") == "true"
    for panel in PANELS:
        assert len(np.unique(pixels(page, panel).reshape(-1, 3), axis=0)) > 50
    assert page.locator("[data-panel=score] polyline").count() == 4
    expect(page.locator("[data-panel=attribution] .live")).to_contain_text("all steps: sum")


MOVES = {
    "arrow keys": lambda page: [page.keyboard.press("ArrowLeft") for _ in range(2)],
    "Home": lambda page: (page.locator(".cursor-slider").focus(), page.keyboard.press("Home")),
    "page keys": lambda page: [page.keyboard.press("PageUp") for _ in range(8)],
    "a drag of the slider": lambda page: drag(page, ".cursor-slider", 0.95, 0.2),
    "a click on the curve": lambda page: page.locator("[data-panel=score] .stage").click(
        position={"x": 80, "y": 90}
    ),
    "a drag on the curve": lambda page: drag(page, "[data-panel=score] .stage", 0.9, 0.3),
    "a thumbnail": lambda page: page.locator(".thumb").nth(3).click(),
}


def drag(page: Page, selector: str, start: float, end: float) -> None:
    box = page.locator(selector).bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=8)
    page.mouse.up()


def test_moving_the_cursor_changes_all_four_panels_and_the_server_hears_of_the_end_alone(visit):
    page = visit()
    for name, move in MOVES.items():
        page.locator(".thumb").nth(4 if name == "arrow keys" else 10).click()
        page.wait_for_timeout(1500)
        before = everything(page)
        page.sent.clear()
        page.received.clear()
        move(page)
        after = everything(page)
        same = [old == new for old, new in zip(before, after, strict=True)]
        assert same == [False] * 4, name
        expect(page.get_by_text(f"alpha {alpha(page)}", exact=True)).to_be_visible()
        page.wait_for_timeout(300)
        assert len(page.sent) == 1, name
        assert sum(len(frame) for frame in page.received) < 50_000, "the pictures came again"


def test_while_it_moves_the_server_hears_nothing(visit):
    page = visit()
    page.locator(".speed select").select_option("fast")
    page.locator(".play").click()
    page.sent.clear()
    page.wait_for_timeout(2000)
    assert 0.3 < alpha(page) < 1
    assert page.sent == []
    page.locator(".play").click()
    expect(page.get_by_text(f"alpha {alpha(page)}", exact=True)).to_be_visible()


def test_at_rest_the_gradient_is_the_one_that_gave_most_and_curve_and_strip_say_so(visit):
    page = visit("letter")
    assert player(page).get_attribute("data-rest") == "true"
    expect(page.locator("[data-panel=gradient] .live")).to_have_text(
        "liveliest step 2 of 4, α 0.38"
    )
    expect(page.locator(".rest text")).to_have_text("liveliest step")
    shown = page.locator(".thumb canvas.shown")
    assert shown.count() == 1
    assert shown.locator("..").inner_text() == "0.4"
    page.keyboard.press("ArrowLeft")
    settle(page)
    expect(page.locator("[data-panel=gradient] .live")).to_have_text("step 4 of 4, at α 0.88")
    expect(page.locator(".rest text")).to_be_hidden()
    page.keyboard.press("Escape")
    settle(page)
    assert player(page).get_attribute("data-rest") == "true"
    expect(page.locator("[data-panel=gradient] .live")).to_contain_text("liveliest step 2 of 4")


def test_forward_from_rest_begins_at_the_baseline(visit):
    page = visit()
    page.keyboard.press("PageDown")
    assert alpha(page) == 0
    page.keyboard.press("PageDown")
    assert alpha(page) == 0.01


def test_arrow_keys_visit_every_evaluated_step_and_both_ends(visit):
    page = visit()
    page.locator(".cursor-slider").focus()
    page.keyboard.press("Home")
    assert alpha(page) == 0
    seen = []
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        seen.append(alpha(page))
    assert seen == [0.01, 0.03, 0.05]
    page.keyboard.press("ArrowLeft")
    assert alpha(page) == 0.03
    page.keyboard.press("End")
    assert alpha(page) == 1
    page.keyboard.press("ArrowLeft")
    assert alpha(page) == 0.99
    page.keyboard.press("PageUp")
    assert alpha(page) == 0.97
    page.keyboard.press("PageDown")
    assert alpha(page) == 0.99


SCROLLED = """() => [document.scrollingElement, ...document.querySelectorAll("*")]
    .map(e => e.scrollTop).filter(Boolean).join()"""


def press_all(page: Page, where: str) -> None:
    """Every key does its work, and the page stays where it is."""
    before = page.evaluate(SCROLLED)
    page.keyboard.press("Home")
    assert alpha(page) == 0, where
    moves = {"ArrowRight": 0.01, "PageDown": 0.03, "PageUp": 0.01, "ArrowLeft": 0, "End": 1}
    for key, expected in moves.items():
        page.keyboard.press(key)
        assert alpha(page) == expected, (where, key)
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    assert player(page).get_attribute("data-playing") == "1", where
    page.keyboard.press("Space")
    assert player(page).get_attribute("data-playing") is None, where
    assert page.evaluate(SCROLLED) == before, where


ELSEWHERE = {
    "right after load": lambda page: None,
    "after a click on a picture": lambda page: page.locator("[data-panel=image] canvas").click(),
    "after a click on a map": lambda page: page.locator(
        "[data-panel=gradient] canvas"
    ).first.click(),
    "after a click on the curve": lambda page: page.locator("[data-panel=score] .stage").click(),
    "after a click beside the player": lambda page: page.mouse.click(5, 300),
    "after a click on a thumbnail": lambda page: page.locator(".thumb").nth(3).click(),
    "from the slider": lambda page: page.locator(".cursor-slider").focus(),
}


@pytest.mark.parametrize("where", ELSEWHERE)
def test_the_keys_work_from_anywhere_outside_a_form_field(visit, where):
    page = visit(size={"width": 1366, "height": 400})  # so short that it would scroll
    ELSEWHERE[where](page)
    press_all(page, where)


def test_form_fields_and_buttons_keep_their_keys(visit):
    page = visit()
    page.get_by_role("button", name="preset").focus()
    page.keyboard.press("Space")  # presses the button
    expect(page.locator("[data-testid=stCode]")).to_contain_text('"opacity": 0.4')
    expect(page.get_by_text("alpha 0.25", exact=True)).to_be_visible()
    settle(page)
    assert player(page).get_attribute("data-playing") is None
    page.keyboard.press("PageDown")  # which does nothing to a button
    assert alpha(page) == 0.27
    page.locator("input[type=radio]").first.focus()
    page.keyboard.press("ArrowDown")
    expect(player(page)).to_have_class(re.compile("tiny"))
    settle(page)
    assert alpha(page) == 0.27


def test_what_has_no_path_in_view_leaves_the_keys_to_the_page(visit):
    page = visit(size={"width": 1366, "height": 400})
    page.evaluate("document.querySelector('.ig-player').style.marginTop = '900px'")
    settle(page)
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    page.wait_for_timeout(200)
    assert player(page).get_attribute("data-rest") == "true"
    assert player(page).get_attribute("data-playing") is None


def test_a_focused_control_keeps_its_own_arrow_keys(visit):
    page = visit()
    page.locator("[data-look=clip]").focus()
    page.keyboard.press("ArrowLeft")
    assert alpha(page) == 1
    assert page.locator("[data-look=clip]").input_value() == "98.5"


def test_the_slider_tells_its_value_in_words(visit):
    page = visit()
    page.locator(".cursor-slider").fill("0.36")
    assert alpha(page) == 0.36
    words = page.locator(".cursor-slider").get_attribute("aria-valuetext")
    assert re.fullmatch(r"alpha 0\.36 · score 0\.\d\d · step \d+ of 50", words)
    assert page.locator(".readout").inner_text() == words.replace("alpha", "α")


def test_play_runs_and_pauses_and_starts_over_from_the_end(visit):
    page = visit()
    page.locator(".play").click()
    page.wait_for_timeout(700)
    early = alpha(page)
    assert 0 < early < 0.6
    page.keyboard.press("Space")  # the button has the focus
    stopped = alpha(page)
    assert stopped >= early
    page.wait_for_timeout(300)
    assert alpha(page) == stopped
    page.locator(".cursor-slider").focus()
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    assert alpha(page) > stopped


def test_play_ends_at_the_image(visit):
    page = visit()
    page.locator(".speed select").select_option("fast")
    page.locator(".cursor-slider").fill("0.8")
    page.locator(".play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=5000)
    assert alpha(page) == 1


def test_with_reduced_motion_play_steps_through_still_pictures(visit):
    page = visit(reduced_motion="reduce")
    page.locator(".play").click()
    page.wait_for_timeout(1500)
    assert (alpha(page) * 10) % 1 == 0


def test_every_gradient_is_marked_on_the_curve_at_its_alpha(visit):
    page = visit("adaptive")
    marks = page.locator(".stage circle.step")
    places = marks.evaluate_all(
        "all => all.map(c => [+c.getAttribute('cx'), +c.getAttribute('cy')])"
    )
    x, y = np.array(places).T
    alphas = make_adaptive().alphas
    np.testing.assert_allclose((x - x[0]) / (x[-1] - x[0]), alphas, atol=1e-3)
    points = page.locator("polyline.score").get_attribute("points").split()
    line = np.array([[float(v) for v in point.split(",")] for point in points])
    np.testing.assert_allclose(y, np.interp(x, line[:, 0], line[:, 1]), atol=0.1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_mark_of_the_gradient_that_is_shown_stands_out(visit, scheme):
    page = visit("adaptive", color_scheme=scheme)
    for alpha_, step in ((0.0, 1), (0.16, 4), (0.6, 11), (0.95, 12)):
        page.locator(".cursor-slider").fill(str(alpha_))
        settle(page)
        shown = [
            "shown" in (mark.get_attribute("class") or "")
            for mark in page.locator(".stage circle.step").all()
        ]
        assert shown.index(True) + 1 == step
        assert shown.count(True) == 1
        expect(page.locator("[data-panel=gradient] .live")).to_contain_text(f"step {step} of 12")
    size = "c => [getComputedStyle(c).r, getComputedStyle(c).fill]"
    shown, other = page.locator("circle.step.shown"), page.locator("circle.step").first
    assert all(a != b for a, b in zip(shown.evaluate(size), other.evaluate(size), strict=True))


def test_between_far_gradients_the_picture_goes_on_and_the_nearest_gradient_stays(visit):
    page = visit("adaptive")
    seen = []
    for alpha_ in (0.8, 0.82, 0.84):
        page.locator(".cursor-slider").fill(str(alpha_))
        settle(page)
        seen.append((pixels(page, "image").tobytes(), pixels(page, "gradient").tobytes()))
    pictures, gradients = zip(*seen, strict=True)
    assert len(set(pictures)) == 3
    assert len(set(gradients)) == 1


def test_where_no_gradient_was_taken_the_film_strip_stays_empty_and_says_so(visit):
    page = visit("adaptive")
    painted = page.locator(".thumb canvas:last-child").evaluate_all(
        "all => all.map(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data"
        ".some(v => v > 0))"
    )
    assert [i for i, full in enumerate(painted) if not full] == [6, 8, 9]
    expect(page.locator(".none-note")).to_be_visible()
    assert page.locator(".thumb").nth(8).get_attribute("title") == "No gradient was taken near here"
    told = page.locator(".thumb").nth(2).get_attribute("title")
    assert told == "3 gradients were taken here; this one at α 0.20"
    even = visit()
    expect(even.locator(".none-note")).to_be_hidden()
    assert even.locator(".thumb canvas.none").count() == 0


@pytest.mark.parametrize("steps", [4, 10])
def test_every_gradient_has_one_place_in_the_film_strip(visit, steps):
    """Four steps at 0.125, 0.375 ... and ten at 0.05, 0.15 ..., each between two thumbnails."""
    page = visit({4: "letter", 10: "ten"}[steps])
    titles = page.locator(".thumb").evaluate_all("all => all.map(t => t.title)")
    counted = [int(t.split()[0].replace("One", "1")) for t in titles if "taken here" in t]
    assert sum(counted) == steps
    shown = [t.rpartition("α ")[2] for t in titles if "taken here" in t]
    assert len(set(shown)) == len(shown), "a gradient stands in two places"
    assert page.locator(".thumb canvas:last-child:not(.none)").count() == len(shown) <= steps
    empty = sum("No gradient" in title for title in titles)
    assert empty == 11 - len(shown)
    assert page.locator(".none-note").is_visible() == (empty > 0)


def test_the_film_strip_is_one_stop_of_the_tab_key_and_the_arrows_move_within(visit):
    page = visit()
    stops = page.locator(".thumb").evaluate_all("all => all.map(t => t.tabIndex)")
    assert sorted(stops) == [-1] * 10 + [0]
    page.locator(".thumb").last.focus()
    page.keyboard.press("ArrowLeft")
    assert alpha(page) == 0.9
    focused = (
        "() => [...document.querySelectorAll('*')].find(e => e.shadowRoot)"
        ".shadowRoot.activeElement.innerText"
    )
    assert page.evaluate(focused) == "0.9"
    page.keyboard.press("Home")
    assert alpha(page) == 0
    page.keyboard.press("Tab")
    assert "normal" in page.evaluate(focused)  # the next stop is the speed


def test_play_runs_evenly_in_alpha_however_the_gradients_crowd(visit):
    page = visit("adaptive")
    page.locator(".speed select").select_option("fast")
    moves = page.evaluate(
        """() => new Promise(done => {
          const player = [...document.querySelectorAll("*")]
            .map(e => e.shadowRoot?.querySelector(".player")).find(Boolean);
          const seen = [];
          new MutationObserver(() => seen.push([performance.now() / 1000, +player.dataset.alpha]))
            .observe(player, { attributeFilter: ["data-alpha"] });
          player.querySelector(".play").click();
          setTimeout(() => done(seen), 3600);
        })"""
    )
    seconds, alphas = np.array(moves).T
    assert alphas[-1] == 1
    running = (alphas > 0.02) & (alphas < 0.98)
    slope, start = np.polyfit(seconds[running], alphas[running], 1)
    assert slope == pytest.approx(1 / 3, rel=0.05)
    off = np.abs(slope * seconds[running] + start - alphas[running])
    assert np.quantile(off, 0.9) < 0.03  # a busy machine may drop a few frames


CHANGES = {
    "show": "absolute",
    "channels": "0",
    "clip": 70,
    "top": 8,
    "sigma": 2,
    "opacity": 0.3,
    "backdrop": "colour",
    "neutral": "dark",
}


def test_each_look_control_changes_the_overlay_and_is_reported_once(visit):
    page = visit()
    changed: dict[str, str | float] = {}
    for name, value in CHANGES.items():
        before = pixels(page, "attribution")
        page.sent.clear()
        set_control(page, name, value)
        assert (pixels(page, "attribution") != before).any(), name
        changed[name] = value
        expected = json.dumps(Look.from_dict(changed).to_dict())
        expect(page.locator("[data-testid=stCode]")).to_contain_text(expected)
        assert len(page.sent) == 1, name


def test_each_gradient_control_changes_the_gradient(visit):
    page = visit()
    page.locator(".cursor-slider").fill("0.6")  # the liveliest has the whole path's scale
    settle(page)
    for name, value in [("gradient_view", True), ("show", "positive"), ("gradient_scale", "path")]:
        before = pixels(page, "gradient")
        set_control(page, name, value)
        assert (pixels(page, "gradient") != before).any(), name


def test_a_changed_look_does_not_send_the_pictures_again(visit):
    page = visit()
    page.received.clear()
    set_control(page, "clip", 80)
    expect(page.locator("[data-testid=stCode]")).to_contain_text('"clip": 80.0')
    page.wait_for_timeout(300)
    assert 0 < sum(len(frame) for frame in page.received) < 50_000


def test_the_look_stays_when_another_explanation_comes(visit):
    page = visit()
    set_control(page, "clip", 80)
    expect(page.locator("[data-testid=stCode]")).to_contain_text('"clip": 80.0')
    page.get_by_text("single", exact=True).click()
    expect(page.locator(".readout")).to_have_text(re.compile("· 1 step$"))
    assert page.locator("[data-look=clip]").input_value() == "80"
    expect(page.locator("[data-testid=stCode]")).to_contain_text('"clip": 80.0')


def test_one_change_after_another_stays_though_the_page_hands_the_look_back(visit):
    page = visit()
    for name, value in [("clip", 80), ("gradient_view", True), ("opacity", 0.5), ("clip", 99)]:
        set_control(page, name, value)
        page.wait_for_timeout(1000)
        assert json.loads(page.locator("[data-testid=stCode]").inner_text())[name] in (
            value,
            "times-difference",
        )
    assert page.locator("[data-look=gradient_view]").is_checked()
    assert page.locator("[data-look=opacity]").input_value() == "0.5"
    assert page.locator("[data-look=clip]").input_value() == "99"


def test_the_page_can_ask_for_another_look_later(visit):
    page = visit()
    set_control(page, "opacity", 0.9)
    expect(page.locator("[data-testid=stCode]")).to_contain_text('"opacity": 0.9')
    page.get_by_role("button", name="preset").click()
    expect(page.locator("[data-testid=stCode]")).to_contain_text('"opacity": 0.4')
    expect(page.locator("[data-look=opacity]")).to_have_value("0.4")
    assert alpha(page) == 0.25


LOOKS = {
    "signed": {},
    "positive": {"show": "positive"},
    "negative": {"show": "negative"},
    "absolute": {"show": "absolute"},
    "normalised": {"show": "normalised"},
    "top k": {"top": 12},
    "smoothed": {"sigma": 2.5},
    "smoothed absolute of the green channel": {"show": "absolute", "sigma": 1, "channels": "1"},
    "always dark": {"neutral": "dark"},
    "in colour, clipped hard": {"backdrop": "colour", "clip": 62.5, "opacity": 0.4},
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_browser_draws_the_overlay_that_python_draws(visit, scheme):
    page = visit(color_scheme=scheme)
    explanation = make_explanation()
    for name, settings in LOOKS.items():
        look = Look.from_dict(settings)
        for control, value in look.to_dict().items():
            if not control.startswith("gradient"):
                page.locator(f"[data-look={control}]").evaluate(
                    "(c, v) => { c.value = v; c.dispatchEvent(new Event('input')); }", value
                )
        settle(page)
        drawn = pixels(page, "attribution").astype(int)
        expected = overlay(explanation, View(look), dark=scheme == "dark").astype(int)
        assert np.abs(drawn - expected).max() <= 3, name


def test_hovering_shows_the_pixel_and_its_exact_value(visit):
    page = visit()
    canvas = page.locator("[data-panel=attribution] canvas").first
    box = canvas.bounding_box()
    x, y = 70, 39
    page.mouse.move(
        box["x"] + (x + 0.5) / 128 * box["width"], box["y"] + (y + 0.5) / 128 * box["height"]
    )
    value = float(make_explanation().attribution.sum(axis=0, dtype=np.float64)[y, x])
    tip = page.locator(".tip").inner_text()
    assert tip.startswith(f"row {y + 1}, column {x + 1}: ")
    assert read_number(tip.split(": ")[1]) == pytest.approx(value, rel=0.006)


def read_number(text: str) -> float:
    plain = text.strip().replace("−", "-").replace("×10", "e")
    return float(plain.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")))


def test_touching_a_map_shows_the_value_too(visit):
    page = visit(size=PHONE, has_touch=True)
    page.locator("[data-panel=gradient] .stage canvas").tap(position={"x": 60, "y": 60})
    expect(page.locator(".tip")).to_contain_text(re.compile(r"^row \d+, column \d+: "))


def test_a_cell_is_named_as_the_sentences_name_it(visit):
    page = visit("letter")
    box = page.locator("[data-panel=attribution] canvas").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    expect(page.locator(".tip")).to_contain_text("row 1, column 2: ")


def test_white_cells_end_on_a_white_page(visit):
    page = visit("letter")
    cell = page.locator("[data-panel=image] .cells span").first
    border = cell.evaluate("c => [getComputedStyle(c).borderTopWidth, "
                           "getComputedStyle(c).borderTopColor]")  # fmt: skip
    assert float(border[0].removesuffix("px")) > 0
    assert border[1] not in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")


def test_the_scales_show_their_limits_and_their_clip_percentile(visit):
    page = visit()
    for panel in ("gradient", "attribution"):
        part = page.locator(f"[data-panel={panel}]")
        low = read_number(part.locator(".low").inner_text())
        assert read_number(part.locator(".high").inner_text()) == -low > 0
        assert part.locator(".note").inner_text() == "clip 99 %"
    set_control(page, "sigma", 2)
    set_control(page, "top", 10)
    expect(page.locator("[data-panel=attribution] .note")).to_have_text(
        "clip 99 % · top 10 % · σ 2 px"
    )


def test_a_hostile_class_name_is_only_text(visit):
    page = visit("hostile")
    assert page.locator(".player img").count() == 0
    assert page.title() != "broken"
    assert page.locator(".legend em").first.inner_text().startswith("<img src=x")
    label = page.locator("[data-panel=attribution] canvas").first.get_attribute("aria-label")
    assert "<img src=x" in label


def test_tiny_images_have_their_numbers_in_the_cells_in_the_essays_units(visit):
    page = visit("letter")
    cells = page.locator("[data-panel=image] .cells span")
    assert cells.all_inner_texts() == ["14", "1", "0", "15", "2", "1", "16", "15", "13"]
    page.locator(".cursor-slider").fill("0.5")
    settle(page)
    assert cells.all_inner_texts() == ["7", "0.5", "0", "7.5", "1", "0.5", "8", "7.5", "6.5"]
    for panel in ("gradient", "attribution"):
        texts = page.locator(f"[data-panel={panel}] .cells span").all_inner_texts()
        assert len(texts) == 9
        assert all(texts)
    assert not page.locator(".channels").is_visible()


def test_one_step_without_rivals_draws(visit):
    page = visit("single")
    page.locator(".cursor-slider").fill("0.2")
    settle(page)
    expect(page.locator("[data-panel=attribution] .live")).to_have_text("no step yet")
    assert (
        page.locator("[data-panel=image] .stage canvas").bounding_box()["height"]
        < (page.locator("[data-panel=image] .stage").bounding_box()["height"])
    )


def test_a_phone_shows_two_by_two_panels_and_never_scrolls_sideways(visit):
    page = visit(size=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    boxes = [page.locator(f"[data-panel={p}]").bounding_box() for p in ("image", "score")]
    assert boxes[0]["y"] == boxes[1]["y"]
    box = page.locator("[data-panel=gradient]").bounding_box()
    assert box["y"] > boxes[0]["y"] + boxes[0]["height"]
    assert page.locator(".strip").evaluate("s => s.scrollWidth > s.clientWidth")
    for control in page.locator(".looks input, .looks select, .play, .switch").all():
        assert control.bounding_box()["height"] >= 40


def test_on_a_laptop_the_player_keeps_within_its_height(visit):
    page = visit()
    box = player(page).bounding_box()
    assert box["height"] <= 560 + max(0, box["width"] - 1010) / 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_pages_both_draw_and_the_neutral_follows(visit, scheme):
    page = visit(color_scheme=scheme)
    assert player(page).get_attribute("data-theme") == scheme
    page.locator(".thumb").first.click()
    settle(page)
    neutral = np.median(pixels(page, "gradient").reshape(-1, 3), axis=0).mean()
    assert (neutral > 128) == (scheme == "light")


def test_the_player_follows_when_the_theme_changes_under_it(visit):
    page = visit(color_scheme="light")
    light = pixels(page, "attribution")
    page.emulate_media(color_scheme="dark")
    expect(player(page)).to_have_attribute("data-theme", "dark")
    settle(page)
    assert (pixels(page, "attribution") != light).any()


def test_the_controls_reach_just_what_python_allows(visit):
    page = visit()
    for name, allowed in RANGES.items():
        control = page.locator(f"[data-look={name}]")
        for attribute, value in (("min", allowed.low), ("max", allowed.high)):
            assert float(control.get_attribute(attribute)) == value, name
    for name, choices in CHOICES.items():
        if name != "gradient_view":  # a checkbox
            options = page.locator(f"[data-look={name}] option")
            assert options.evaluate_all("all => all.map(o => o.value)") == list(choices)
            assert all(options.all_inner_texts())


@pytest.mark.parametrize("which", ["picture", "letter"])
def test_the_overlay_at_every_place_is_the_one_that_python_saves(visit, which):
    page = visit(which)
    explanation = {"picture": make_explanation, "letter": make_letter}[which]()
    for alpha_ in (0.0, 0.14, 0.3, 0.5, 1.0):
        page.locator(".cursor-slider").fill(str(alpha_))
        settle(page)
        expected = overlay(explanation, View(alpha=alpha_)).astype(int)
        off = np.abs(pixels(page, "attribution").astype(int) - expected)
        assert off.mean() < 1, alpha_  # the bytes that travel are rounded
        assert off.max() <= 12, alpha_


def test_text_alternatives_follow_when_the_view_has_settled(visit):
    page = visit("letter")
    gradient = page.locator("[data-panel=gradient] canvas").first
    assert "strongest in row" in gradient.get_attribute("aria-label")
    page.keyboard.press("Home")
    expect(gradient).to_have_attribute("aria-label", re.compile("step 1 of 4, at alpha 0.13"))
    curve = page.locator("[data-panel=score] svg").first
    expect(curve).to_have_attribute("aria-label", re.compile("0.03 at alpha 0.00"))
    expect(page.locator("[data-panel=attribution] canvas").first).to_have_attribute(
        "aria-label", re.compile("no step yet; zero everywhere")
    )


def test_every_canvas_has_a_role_and_words(visit):
    page = visit()
    for panel in PANELS:
        canvas = page.locator(f"[data-panel={panel}] .stage canvas")
        assert canvas.get_attribute("role") == "img"
        assert len(canvas.get_attribute("aria-label")) > 20
    curve = page.locator("[data-panel=score] svg").first
    assert "probability of fireboat" in curve.get_attribute("aria-label")
