"""The words and the figures that go with an explanation."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.core.evidence import Completeness
from explorer.explain import explain
from explorer.pictures import figures
from explorer.pictures.reading import percent, reading, verdict
from explorer.request import Request


def with_gap(gap):
    return SimpleNamespace(completeness=Completeness(1.0 + gap, 0.0, 1.0))


@pytest.mark.parametrize(
    ("gap", "level"), [(0.0, "good"), (0.0099, "good"), (0.011, "fair"), (0.049, "fair"),
                       (0.051, "poor"), (3.0, "poor")],
)  # fmt: skip
def test_the_gap_is_judged_at_one_and_five_per_cent(gap, level):
    assert verdict(with_gap(gap)).level == level


def test_a_score_that_does_not_change_but_an_attribution_that_does_is_poor():
    assert verdict(SimpleNamespace(completeness=Completeness(0.2, 0.5, 0.5))).level == "poor"


def picture(attribution, part_shares=None, part_areas=None, target="ferry", total=1.0):
    return SimpleNamespace(
        attribution=attribution,
        part_shares=part_shares,
        part_areas=part_areas,
        target=target,
        completeness=Completeness(total, 0.0, total),
    )


def test_the_reading_names_the_largest_parts_beside_the_area_of_the_first():
    shares = {"hull": 0.31, "water spray": 0.61, "sky": 0.08}
    areas = {"hull": 0.1, "water spray": 0.04, "sky": 0.86}
    text = reading(picture(None, shares, areas)).replace("\u00a0", " ")
    assert text == (
        "61 % of the positive attribution lies on the water spray, which covers 4.0 % of the "
        "picture; 31 % on the hull and 8.0 % on the sky."
    )


def test_an_image_that_speaks_against_the_target_is_said_to_do_so_first():
    shares, areas = {"hull": 1.0}, {"hull": 0.1}
    text = reading(picture(None, shares, areas, total=-1.7))
    assert text.startswith("On the whole the image speaks against ferry. 100")


def test_an_attribution_that_is_everywhere_is_called_spread():
    assert "is spread over the picture" in reading(picture(np.ones((3, 90, 90))))


@pytest.mark.parametrize(
    ("row", "column", "name"), [(5, 5, "top left"), (50, 50, "centre"), (50, 95, "middle right")]
)
def test_without_parts_the_reading_names_the_region(row, column, name):
    attribution = np.zeros((3, 99, 99))
    attribution[:, row, column] = 1.0
    text = reading(picture(attribution))
    assert "100\u00a0% of the positive attribution lies in the" in text
    assert name in text


def test_a_letters_reading_names_the_pixel_and_nothing_positive_is_said():
    attribution = np.zeros((1, 3, 3))
    attribution[0, 0, 2] = 2.0
    assert "row 1, column 3" in reading(picture(attribution, target="T"))
    assert "No pixel speaks for T" in reading(picture(-attribution, target="T"))


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (0.0001, "<0.1 %"),
        (0.004, "0.4 %"),
        (0.0999, "10 %"),
        (0.61, "61 %"),
        (0.996, "99.6 %"),
        (0.9999, ">99.9 %"),
        (1, "100 %"),
    ],
)
def test_percentages_have_the_digits_they_deserve(share, text):
    assert percent(share).replace("\u00a0", " ") == text


@pytest.fixture(scope="module")
def explanation():
    return explain(Request(steps=8))


def test_the_bars_over_the_path_add_up_to_the_whole_attribution(explanation):
    (bars,) = figures.step_bars(explanation).data
    assert len(bars.x) == 8
    assert sum(bars.y) == pytest.approx(1.0, abs=1e-4)


def test_the_part_bars_show_attribution_and_area_of_the_same_parts(explanation):
    area, attribution = figures.part_bars(explanation).data
    assert tuple(area.y) == tuple(attribution.y)
    assert attribution.x[-1] == pytest.approx(max(explanation.part_shares.values()))


def test_an_attribution_of_zeros_draws_an_empty_figure():
    request = Request(model="letters", image="letter-t", steps=2)
    nothing = explain(replace(request, baseline=type(request.baseline).parse("blur:sigma=0.1")))
    assert figures.step_bars(nothing) is not None
