"""The tab of the classic mistakes, without a browser: none, each one, and what goes wrong."""

import pytest
from streamlit.testing.v1 import AppTest

from explorer.exhibits.checks import CHECKS
from explorer.exhibits.classic_mistakes import CLASSIC_MISTAKES
from explorer.sharing.runner import Runner
from explorer.ui.explorer import classic_mistakes
from explorer.ui.work.explanations import cached
from tests.asking import asked
from tests.conftest import ROOT


@pytest.fixture
def page(monkeypatch):
    """The page of a letter with the tab open."""
    monkeypatch.setattr(classic_mistakes._job, "runner", Runner(1 << 20))
    page = AppTest.from_file(str(ROOT / "explorer" / "app.py"), default_timeout=120)
    for name, value in {"model": "letters", "image": "letter-t"}.items():
        page.query_params[name] = value
    page.session_state["details"] = "Classic mistakes"
    return page.run()


def html(page):
    return " ".join(block.proto.body for block in page.get("html"))


def said(page):
    kinds = ("markdown", "caption", "error", "info")
    return " ".join(block.value for kind in kinds for block in page.get(kind)).replace("\\", "")


def pick(page, name):
    return page.selectbox(key="classic-mistake").select(name).run()


def test_nothing_is_computed_until_a_mistake_is_chosen(page):
    assert not page.exception
    assert page.selectbox(key="classic-mistake").value == classic_mistakes.NONE
    assert "Choose one" in said(page)
    assert not page.get("image")


@pytest.mark.parametrize("name", CLASSIC_MISTAKES)
def test_a_mistake_stands_beside_the_right_way_with_every_checks_verdict(page, name):
    page = pick(page, name)
    assert not page.exception
    assert CLASSIC_MISTAKES[name].lesson[:40] in said(page)
    assert len(page.get("image")) >= 2
    told = html(page)
    for check in CHECKS.values():
        assert told.count(check.title) == 2
    assert f"✗ fails: <b>{CHECKS[CLASSIC_MISTAKES[name].caught_by].title}</b>" in told


def test_an_exhibit_is_made_once_whatever_the_rule_on_the_page(page, monkeypatch):
    pick(page, "one-step")
    monkeypatch.setattr(classic_mistakes, "_make", lambda *_: pytest.fail("made again"))
    page.session_state["request"] = asked(model="letters", image="letter-t", rule="left", steps=6)
    page.run()
    assert not page.exception
    assert "nothing is ever computed" in said(page)


def test_what_goes_wrong_is_said(page, monkeypatch):
    def fails(*_):
        raise RuntimeError("no such kernel")

    with monkeypatch.context() as patch:
        patch.setattr(classic_mistakes, "_make", fails)
        page = pick(page, "one-step")
    assert not page.exception
    assert "It cannot be shown here: no such kernel" in said(page)
    page = page.button(key="make-mistake").click().run()
    assert "cannot be shown" not in said(page)
    assert len(page.get("image")) >= 2


def test_one_that_was_stopped_is_made_only_when_asked_again(page, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(
            classic_mistakes._job, "ask", lambda key: None
        )  # as if interrupted before it began
        page = pick(page, "one-step")
    shown = cached(page.session_state["shown"])
    key = classic_mistakes._key(shown.request, "one-step")
    page.session_state["mistake-ended"] = key, ""
    page = page.run()
    assert not page.get("image")
    page = page.button(key="make-mistake").click().run()
    assert len(page.get("image")) >= 2
