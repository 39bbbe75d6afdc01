"""The player's modules without any host: in a bare page from a disk, and imported as they are."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from explorer.player.bundle import as_script
from explorer.player.pack import pack
from tests.conftest import ROOT
from tests.fakes import make_adaptive, make_explanation, make_letter

pytestmark = pytest.mark.browser

WEB = ROOT / "explorer" / "player" / "web"
PAGE = """<!doctype html>
<meta charset="utf-8"><title>bare</title>
<style>div {{ margin: 8px }} .player {{ display: none }}</style>
<p id="field" contenteditable>words</p>
<div id="first"></div><div id="second"></div>
<script>{script}</script>
<script>
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const packs = {packs};
const seen = {{ first: [], second: [] }};
const players = {{}};
for (const [name, text] of Object.entries(packs)) players[name] = ig.mount(
  document.getElementById(name),
  {{ data: bytes(text), view: {view}, onView: (view) => seen[name].push(view) }});
</script>
"""


@pytest.fixture
def bare(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """bare(first=explanation, second=...) -> a page opened from the disk with these mounted."""
    context = browser.new_context(viewport={"width": 1100, "height": 1250})

    def opener(view: str = "{}", **explanations) -> Page:
        packs = {n: base64.b64encode(pack(e)).decode() for n, e in explanations.items()}
        text = PAGE.format(script=as_script(WEB / "player.js", "ig"), packs=packs, view=view)
        (tmp_path / "bare.html").write_text(text, encoding="utf-8")
        page = context.new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda m: m.type == "error" and page.errors.append(m.text))
        page.goto((tmp_path / "bare.html").as_uri())
        for name in explanations:
            page.wait_for_selector(f"#{name} .player[data-ready='1']")
        settle(page)
        return page

    yield opener
    context.close()


def settle(page: Page) -> None:
    page.evaluate("() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")


def alphas(page: Page) -> list[float]:
    settle(page)
    return page.locator(".player").evaluate_all("all => all.map(p => Number(p.dataset.alpha))")


def link(page: Page) -> None:
    page.evaluate("() => { players.part = ig.link([players.first, players.second]); }")
    settle(page)


def texts(page: Page, selector: str) -> list[str]:
    settle(page)
    return page.locator(selector).all_inner_texts()


def pixels(page: Page, selector: str) -> np.ndarray:
    found = page.locator(selector).evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )
    return np.array(found, np.uint8)


def test_two_players_in_a_page_from_the_disk_share_alpha_and_scale_until_one_is_destroyed(bare):
    strong, weak = make_explanation(24, 24, steps=8), make_explanation(24, 24, steps=8, seed=1)
    weak.attribution = weak.attribution / 10
    page = bare(first=strong, second=weak)
    high = "[data-panel=attribution] .high"
    assert len(set(texts(page, high))) == 2
    link(page)
    assert len(set(texts(page, high))) == 1, "one scale"
    for key in ("PageDown", "PageDown", "ArrowRight", "End", "ArrowLeft"):
        page.keyboard.press(key)
        one, other = alphas(page)
        assert one == other
        assert len(set(texts(page, "[data-panel=gradient] .high"))) == 1
    assert alphas(page)[0] == pytest.approx(1 - 1 / 16, abs=1e-4)
    page.locator("#second [data-look=show]").select_option("absolute")
    settle(page)
    assert page.locator("#first [data-look=show]").input_value() == "absolute"
    page.keyboard.press("Home")
    page.locator("#second .play").click()
    page.wait_for_timeout(500)
    one, other = alphas(page)
    assert 0 < one == other
    shared = texts(page, high)[0]
    page.evaluate("players.first.destroy()")
    settle(page)
    assert page.locator(".player").count() == 1
    assert texts(page, high)[0] != shared, "a scale of its own again"
    page.keyboard.press("Home")
    assert alphas(page) == [0]
    page.keyboard.press("ArrowRight")
    assert alphas(page) == [pytest.approx(1 / 16, abs=1e-4)]
    assert page.errors == []


def test_players_that_are_not_linked_go_their_own_ways_and_the_last_used_has_the_keys(bare):
    page = bare(first=make_letter(), second=make_letter(8))
    page.keyboard.press("Home")
    assert alphas(page) == [0, 1], "the first in view"
    page.locator("#second [data-panel=image] canvas").click()
    page.keyboard.press("ArrowLeft")
    assert alphas(page) == [0, pytest.approx(1 - 1 / 16, abs=1e-4)]
    page.locator("#field").click()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    assert alphas(page)[1] > 0.9, "a field keeps its keys"
    assert page.locator(".player[data-playing]").count() == 0


def test_players_that_part_have_their_own_scale_again(bare):
    weak = make_explanation(24, 24, steps=8)
    weak.attribution = weak.attribution / 10
    page = bare(first=make_explanation(24, 24, steps=8), second=weak)
    high = "[data-panel=attribution] .high"
    before = texts(page, high)
    link(page)
    assert texts(page, high)[0] == texts(page, high)[1] == before[0]
    page.evaluate("players.part()")
    assert texts(page, high) == before
    page.locator("#first .cursor-slider").fill("0.3")
    assert alphas(page) == [0.3, 1]


@pytest.mark.parametrize("show", ["signed", "positive", "absolute", "normalised"])
def test_on_a_shared_scale_equal_values_have_equal_colours(bare, show):
    view = f"{{ look: {{ show: '{show}', opacity: 1, clip: 100 }} }}"
    same, third = make_explanation(40, 40, steps=4), make_explanation(40, 40, steps=4)
    third.attribution = third.attribution * np.float32(0.5)
    page = bare(view, first=same, second=third)
    link(page)
    settle(page)
    canvas = "[data-panel=attribution] .stage canvas"
    one, other = (pixels(page, f"#{n} {canvas}").reshape(-1, 4)[:, :3].astype(int) for n in
                  ("first", "second"))  # fmt: skip
    sums = [e.attribution.sum(0).ravel() for e in (same, third)]
    np.testing.assert_array_equal(sums[0], 2 * sums[1])  # so no scale of its own could do
    close = np.abs(sums[0][:, None] - sums[1][None]) < 1e-3 * np.abs(sums[0]).max()
    pairs = np.argwhere(close & (np.abs(sums[0]) > 0.05 * np.abs(sums[0]).max())[:, None])
    assert len(pairs) >= 5
    assert max(np.abs(one[i] - other[j]).max() for i, j in pairs) <= 6
    assert texts(page, "#first .high") == texts(page, "#second .high")


def test_on_view_hears_of_the_end_of_a_movement_and_of_a_changed_look_and_not_before(bare):
    page = bare(first=make_letter())
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert page.evaluate("seen.first") == []
    page.wait_for_function("seen.first.length === 1")
    view = page.evaluate("seen.first[0]")
    assert view["alpha"] == alphas(page)[0] == 0.375
    page.locator("[data-look=sigma]").fill("2")
    page.wait_for_function("seen.first.length === 2")
    assert page.evaluate("seen.first[1].look.sigma") == 2
    page.wait_for_timeout(1000)
    assert page.evaluate("seen.first.length") == 2


def test_the_host_can_show_another_view_and_is_not_told_of_it(bare):
    page = bare("{ alpha: 0.5, tab: 'Files', look: { show: 'positive' } }", first=make_letter())
    assert alphas(page) == [0.5]
    assert page.locator("[data-look=show]").input_value() == "positive"
    page.evaluate("players.first.show({ alpha: null, look: { clip: 70 } })")
    settle(page)
    assert page.locator(".player").get_attribute("data-rest") == "true"
    assert page.locator("[data-look=clip]").input_value() == "70"
    page.wait_for_timeout(1000)
    assert page.evaluate("seen.first") == []
    told = page.evaluate("players.first.view()")
    assert (told["alpha"], told["tab"], told["look"]["show"]) == (None, "Files", "positive")


def without_film():
    explanation = make_explanation(32, 32)
    explanation.film = None
    return explanation


def test_a_method_without_a_path_shows_image_baseline_and_the_finished_attribution(bare):
    page = bare(first=without_film())
    visible = [f.get_attribute("data-panel") for f in page.locator("figure").all()
               if f.is_visible()]  # fmt: skip
    assert visible == ["image", "baseline", "attribution"]
    for part in (".transport", ".strip", "[data-look=gradient_scale]", "[data-look=gradient_view]"):
        assert not page.locator(part).is_visible()
    assert texts(page, ".title")[0].strip() == "Image"
    assert page.locator("[data-panel=attribution] .title").inner_text() == "Attribution"
    assert page.locator("[data-panel=attribution] .live").inner_text().startswith("sum ")
    before = pixels(page, "[data-panel=attribution] .stage canvas")
    assert len(np.unique(before)) > 50
    for key in ("Home", "Space", "PageDown"):
        page.keyboard.press(key)
    settle(page)
    np.testing.assert_array_equal(pixels(page, "[data-panel=attribution] .stage canvas"), before)
    page.locator("[data-look=show]").select_option("absolute")
    settle(page)
    assert (pixels(page, "[data-panel=attribution] .stage canvas") != before).any()
    assert "strongest in" in page.locator("[data-panel=attribution] canvas").first.get_attribute(
        "aria-label"
    )
    assert page.errors == []


def test_with_and_without_a_path_can_share_one_scale(bare):
    page = bare(first=without_film(), second=make_adaptive())
    link(page)
    page.keyboard.press("Home")
    settle(page)
    assert page.locator("#second .player").get_attribute("data-alpha") == "0.0000"
    assert len(set(texts(page, "[data-panel=attribution] .high"))) == 1
    assert page.errors == []


def test_a_player_leaves_nothing_behind(bare):
    page = bare(first=make_letter())
    page.evaluate("players.first.destroy()")
    assert page.locator("#first .player").count() == 0
    page.keyboard.press("PageDown")
    page.evaluate("players.first = ig.mount(document.getElementById('first'), "
                  "{ data: bytes(packs.first) })")  # fmt: skip
    page.wait_for_selector("#first .player[data-ready='1']")
    page.keyboard.press("PageDown")
    assert alphas(page) == [0]
    assert page.errors == []


def test_bytes_that_are_no_pack_are_said_to_be_none(bare):
    page = bare(first=make_letter())
    page.evaluate("players.first.load(new Uint8Array([1, 0, 0, 0, 65]))")
    page.wait_for_selector(".failure:not([hidden])")
    assert "could not be read" in page.locator(".failure").inner_text()


def test_the_pages_own_style_does_not_reach_into_the_player(bare):
    page = bare(first=make_letter())  # the page hides everything of the class `player`
    assert page.locator(".player").is_visible()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The modules as they lie in the folder, and one pack, on loopback."""
    for module in WEB.glob("*.js"):
        (tmp_path / module.name).symlink_to(module)
    (tmp_path / "letter.pack").write_bytes(pack(make_letter()))
    (tmp_path / "page.html").write_text(
        "<!doctype html><meta charset=utf-8><div id=root></div><script type=module>"
        'import { mount } from "./player.js";'
        'const data = await (await fetch("letter.pack")).arrayBuffer();'
        "mount(root, { data, view: { alpha: 0.5 } });</script>",
        encoding="utf-8",
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/page.html"
    server.shutdown()
    server.server_close()


def test_the_modules_run_in_a_browser_as_they_are(browser, served):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(served)
    page.wait_for_selector(".player[data-ready='1']")
    assert alphas(page) == [0.5]
    page.keyboard.press("ArrowRight")
    assert alphas(page) == [0.625]
    assert errors == []
    page.close()
