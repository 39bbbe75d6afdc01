"""What the bar charts say in words is what their bars show, and all of it is large enough."""

import numpy as np
import pytest

from explorer.explain import explain
from explorer.pictures.figures import (
    part_bars,
    part_bars_in_words,
    step_bars,
    step_bars_in_words,
)
from explorer.pictures.lettering import TICKS
from explorer.pictures.words import percent
from explorer.request import Request


@pytest.fixture(scope="module")
def explanation():
    return explain(Request())


def test_the_parts_are_told_in_the_order_of_their_bars_with_both_shares(explanation):
    told = part_bars_in_words(explanation).rsplit("covers. ", 1)[1].rstrip(".").split("; ")
    area, share = part_bars(explanation).data
    bars = [
        f"{name} {percent(s)} of {percent(a)}"
        for name, s, a in zip(share.y, share.x, area.x, strict=True)
    ]
    assert told == bars[::-1]


def test_the_tallest_bar_and_the_number_of_bars_are_told(explanation):
    bars, told = step_bars(explanation).data[0], step_bars_in_words(explanation)
    top = int(np.argmax(bars.y))
    assert f"a bar for each of {len(bars.y)} gradients" in told
    assert f"The tallest, {bars.y[top]:.3g}, stands at alpha {bars.customdata[top][0]:.2f}." in told


def test_every_text_of_a_chart_has_a_size_of_its_own_and_none_is_small(explanation):
    for figure in (part_bars(explanation), step_bars(explanation)):
        layout = figure.layout
        sizes = [axis.tickfont.size for axis in (layout.xaxis, layout.yaxis)]
        sizes += [axis.title.font.size for axis in (layout.xaxis, layout.yaxis)]
        sizes += [layout.font.size, layout.legend.font.size, layout.hoverlabel.font.size]
        assert min(sizes) >= TICKS >= 13
