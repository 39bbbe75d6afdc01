"""The tab that measures how far off every rule is: offered, done once, kept, and forgiving."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from explorer.core.convergence import COUNTS, MOST
from explorer.core.quadrature import RULES
from explorer.sharing.runner import Runner
from explorer.ui.explorer import how_far_off
from tests.conftest import ROOT

LETTER = {"model": "letters", "image": "letter-t"}


@pytest.fixture
def run(monkeypatch):
    """run(**query) -> the page with the tab open, as a new session sees it."""
    monkeypatch.setattr(how_far_off._job, "runner", Runner(1 << 20))

    def opener(**query):
        page = AppTest.from_file(str(ROOT / "explorer" / "app.py"), default_timeout=120)
        for name, value in (LETTER | query).items():
            page.query_params[name] = value
        page.session_state["details"] = "How far off"
        return page.run()

    return opener


def said(page):
    kinds = ("markdown", "caption", "error")
    return " ".join(block.value for kind in kinds for block in page.get(kind)).replace("\\", "")


def measure(page):
    return page.button(key="measure").click().run()


def test_it_is_explained_and_offered_with_its_price_before_it_is_done(run):
    page = run()
    assert "How far off is a map?" in said(page)
    assert page.button(key="measure").label == "Measure on this picture (about 1405 gradients)"
    assert re.search(r"Alone about \d+ (s|minutes); longer while others compute", said(page))
    assert not page.get("plotly_chart")


def test_it_is_measured_once_and_shown_with_charts_words_and_a_table(run):
    page = measure(run())
    assert not page.exception
    assert len(page.get("plotly_chart")) == 2
    assert "The map above, of 11 gradients" in said(page)
    assert "the adaptive rule took about" in said(page)
    table = page.table[0].value
    adaptive = table[table["rule"] == "adaptive"]
    assert len(table) - len(adaptive) == len(RULES) * len(COUNTS)
    assert len(adaptive) > 20
    assert adaptive["gradients"].astype(int).iloc[-1] == MOST
    assert "measuring-asked" not in page.session_state


def test_another_rule_on_the_same_picture_needs_no_second_measurement(run, monkeypatch):
    measure(run())
    monkeypatch.setattr(how_far_off, "_measure", lambda *_: pytest.fail("measured again"))
    page = run(rule="left", steps="8")
    assert "The map above, of 8 gradients, is 179" in said(page)
    assert page.get("plotly_chart")
    other = run(baseline="white")
    assert not other.get("plotly_chart"), "another path, another truth"


def test_what_goes_wrong_is_said_and_can_be_tried_again(run, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("no such kernel\nand a trace")

    monkeypatch.setattr(how_far_off, "measure", fails)
    page = measure(run())
    assert not page.exception
    assert "could not be measured here: no such kernel" in said(page)
    assert "and a trace" not in said(page)
    monkeypatch.undo()
    assert page.button(key="measure")


def test_a_picture_too_large_for_it_is_told_so(run, monkeypatch):
    monkeypatch.setattr(how_far_off, "MOST_BYTES", 100)
    page = run()
    assert "too large" in said(page)
    assert not [b for b in page.button if b.key == "measure"]
