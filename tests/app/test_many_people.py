"""Several people at one server, without a browser: nobody is lost, and work is shared."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.browser.conftest import serve
from tests.conftest import ROOT
from tests.visitor import Visitor

LONG = {"model": "scenes-fair", "image": "tugboat", "rule": "midpoint", "steps": "300"}


class Gone(BaseException):
    """The tab is closed, in the middle of anything."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve(ROOT / "explorer" / "app.py") as address:
        yield address


def test_three_people_at_once_each_get_what_they_asked_for(url):
    def person(number: int) -> list:
        with Visitor(url) as visitor:
            image = ("ferry", "child", "floor-lamp")[number]
            first = visitor.open(model="scenes-fair", image=image, steps="20")
            second = visitor.select("Baseline", "White")
            assert visitor.address["image"] == image
            return [first, second, visitor.select("Baseline", "Black")]

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(person, range(3)))
    assert not [problem for three in answers for a in three for problem in a.problems]
    assert len({a.key for three in answers for a in three}) == 6
    for first, second, again in answers:
        assert first.computed
        assert second.computed
        assert not again.computed
        assert first.key == again.key != second.key


def test_when_the_one_who_asked_first_leaves_the_work_goes_on_for_the_other(url):
    watches, answers = threading.Event(), []

    def twin() -> None:
        def hear(text: str) -> None:
            if "of 300 gradients" in text:
                watches.set()

        with Visitor(url) as visitor:
            answers.append(visitor.open(hear, **LONG))

    other, reached = threading.Thread(target=twin), []

    def leave_once_the_twin_watches(text: str) -> None:
        if "of 300 gradients" in text:
            if not reached:
                other.start()
            reached.append(done(text))
            if watches.is_set():
                raise Gone

    with pytest.raises(Gone), Visitor(url) as visitor:  # closes the tab in the middle of the work
        visitor.open(leave_once_the_twin_watches, **LONG)
    other.join(120)
    (answer,) = answers
    assert answer.explained is not None
    assert not answer.problems
    counted = [done(text) for text in answer.texts if "of 300 gradients" in text]
    assert counted == sorted(counted), "it was begun anew"
    assert counted[0] >= reached[0]
    assert counted[-1] > reached[-1]


def done(text: str) -> int:
    """The 12 of "12 of 300 gradients, ..."."""
    return int(text.split()[0])
