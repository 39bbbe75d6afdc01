"""The words and the figures that go with an explanation."""

from types import SimpleNamespace

import numpy as np
import pytest

from explorer.core.evidence import Completeness
from explorer.core.methods import METHODS
from explorer.explain import explain
from explorer.pictures import figures
from explorer.pictures.reading import error_in_words, reading, verdict
from explorer.pictures.words import percent
from tests.asking import asked


def judged(gap=0.0, error=0.02, change=1.0, low=0.0, tolerance=None, count=21):
    """An explanation whose score starts at 0, falls to `low` and ends at `change`."""
    within = tolerance is not None and error is not None and error <= tolerance
    path = SimpleNamespace(
        curve=(np.array([0.0, 0.5, 1.0]), np.array([[0.0], [low], [change]])),
        tolerance=tolerance,
        within_tolerance=within,
    )
    return SimpleNamespace(
        completeness=Completeness(change + gap, 0.0, change),
        error=error,
        path=path,
        method=METHODS["ig"],
        gradient_count=count,
    )


@pytest.mark.parametrize(
    ("error", "level"), [(0.0, "good"), (0.049, "good"), (0.051, "fair"), (0.149, "fair"),
                         (0.151, "poor"), (3.0, "poor"), (float("inf"), "poor"),
                         (float("nan"), "poor"), (None, "poor")],
)  # fmt: skip
def test_the_estimated_error_is_judged_at_five_and_fifteen_per_cent(error, level):
    assert verdict(judged(error=error)).level == level


def test_an_honest_map_of_five_per_cent_is_good_though_its_gap_is_six():
    assert verdict(judged(gap=0.06, error=0.05)).level == "good"


@pytest.mark.parametrize(("gap", "level"), [(0.099, "good"), (0.101, "fair"), (0.251, "poor")])
def test_a_gap_that_the_estimate_cannot_explain_overrules_it(gap, level):
    found = verdict(judged(gap=gap, error=0.01))
    assert found.level == level
    assert (found.gap == "more than this error explains") == (level != "good")


def test_a_gap_that_is_small_by_luck_does_not_save_a_map_with_a_large_error():
    found = verdict(judged(gap=0.0, error=0.4))
    assert (found.level, found.gap) == ("poor", "it adds up")


@pytest.mark.parametrize(
    ("gap", "words"),
    [(0.019, "it adds up"), (0.057, "it nearly adds up"), (0.2, "it adds up poorly"),
     (0.3, "it does not add up")],
)  # fmt: skip
def test_a_gap_is_told_in_plain_words(gap, words):
    assert verdict(judged(gap=gap, error=0.2)).gap == words


def test_a_gap_is_judged_beside_the_swing_of_a_score_that_comes_back():
    found = verdict(judged(gap=0.02, change=0.01, low=-0.8))
    assert found.level == "good"
    assert found.gap == "little beside the score's swing of 0.81"


def test_a_score_that_does_not_change_but_an_attribution_that_does_is_poor():
    assert verdict(judged(gap=0.2, change=0.0)).level == "poor"


@pytest.mark.parametrize(
    ("explanation", "text"),
    [
        (judged(error=0.041), "error about 4 % after 21 gradients"),
        (judged(error=0.0083), "error about 0.8 % after 21 gradients"),
        (judged(error=0.0), "error below 0.1 % after 21 gradients"),
        (judged(error=7.0), "error above 100 % after 21 gradients"),
        (judged(error=None, count=1), "error unknown after 1 gradient"),
        (judged(error=0.041, tolerance=0.05),
         "error about 4 % after 21 gradients (stopped within the tolerance of 5 %)"),
        (judged(error=0.3, tolerance=0.025),
         "error about 30 % after 21 gradients (stopped at its limit, before the tolerance of "
         "2.5 %)"),
    ],
)  # fmt: skip
def test_the_error_is_told_with_its_gradients_and_why_they_ended(explanation, text):
    assert error_in_words(explanation).replace("\u00a0", " ") == text


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
    return explain(asked(rule="midpoint", steps=8))


@pytest.mark.parametrize(
    ("rule", "count"),
    [("midpoint", 8), ("left", 8), ("trapezoid", 9), ("gauss-legendre", 8), ("adaptive", 8)],
)
def test_the_bars_over_the_path_add_up_to_the_whole_attribution(rule, count):
    explanation = explain(asked(rule=rule, steps=8))
    (bars,) = figures.step_bars(explanation).data
    assert len(bars.x) == count
    assert sum(bars.y * bars.width) == pytest.approx(1.0, abs=1e-4)
    starts, ends = bars.x - bars.width / 2, bars.x + bars.width / 2
    np.testing.assert_allclose(starts, [0, *ends[:-1]], atol=1e-12)  # neither gap nor overlap
    assert (starts <= explanation.alphas + 1e-12).all()
    assert (explanation.alphas <= ends + 1e-12).all()


def test_the_part_bars_show_attribution_and_area_of_the_same_parts(explanation):
    area, attribution = figures.part_bars(explanation).data
    assert tuple(area.y) == tuple(attribution.y)
    assert attribution.x[-1] == pytest.approx(max(explanation.part_shares.values()))


def test_an_attribution_of_zeros_draws_an_empty_figure():
    request = asked(model="letters", image="letter-t", steps=2)
    nothing = explain(asked(request, baseline="blur:sigma=0.1"))
    assert figures.step_bars(nothing) is not None
