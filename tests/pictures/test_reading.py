"""The words and the figures that go with an explanation."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.core.attribution import Attribution, Scores
from explorer.core.methods import METHODS
from explorer.core.quadrature import get_rule
from explorer.explain import explain
from explorer.pictures import figures
from explorer.pictures.reading import reading
from explorer.pictures.verdict import error_in_words, verdict
from explorer.pictures.words import percent
from tests.asking import asked


def judged(
    gap=0.0,
    error=0.02,
    change=1.0,
    low=0.0,
    tolerance=None,
    count=21,
    contradicted=False,
    start=0.0,
):
    """An explanation whose score starts at `start`, falls by `low` and ends `change` higher."""
    nodes = get_rule("midpoint").nodes(count)
    curve = start + np.interp(nodes.alphas, [0.0, 0.5, 1.0], [0.0, low, change])
    path = Attribution(
        image=np.ones((1, 1, 1), np.float32),
        baseline=np.zeros((1, 1, 1), np.float32),
        attribution=np.full((1, 1, 1), change + gap, np.float32),
        nodes=nodes,
        gradients=None,
        step_shares=None,
        scores=curve[:, None],
        score_baseline=np.array([start]),
        score_image=np.array([start + change]),
        error=error,
        scouted=Scores(np.array([0.5]), np.array([[start + low]])),
        tolerance=tolerance,
        contradicted=contradicted,
    )
    return SimpleNamespace(
        completeness=path.completeness,
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


def test_a_gap_that_contradicts_the_claim_takes_the_tolerance_away_and_says_why():
    found = verdict(judged(gap=32.7, error=0.03, tolerance=0.05))
    assert not found.within
    assert found.level == "poor"
    assert found.gap == "more than this error explains"
    assert "not called within the tolerance" in found.error.replace("\u00a0", " ")
    assert found.why.startswith("The shares miss the score's change by 3270")
    assert found.sentence == f"{found.error}; {found.gap}. {found.why}"


@pytest.mark.parametrize("gap", [0.0, 0.05, 0.11, 0.3, 2.0])
@pytest.mark.parametrize("error", [0.0, 0.03, 0.049, 0.2])
def test_no_verdict_calls_a_map_within_tolerance_whose_gap_it_calls_too_large(gap, error):
    found = verdict(judged(gap=gap, error=error, tolerance=0.05))
    assert not (found.within and "explains" in found.gap)
    assert not (found.within and found.why)
    assert found.within == ("stopped within" in found.error)


def test_scores_that_contradict_the_gradients_are_told_where_the_tolerance_was_not_reached():
    found = verdict(judged(error=0.4, tolerance=0.05, contradicted=True))
    assert found.why.startswith("The score changes where no gradient saw it")
    assert verdict(judged(error=0.04, tolerance=0.05, contradicted=True)).why == ""


def test_a_gap_below_the_rounding_of_the_scores_is_not_held_against_the_map():
    found = verdict(judged(start=1e8, change=0.0, gap=1.0, error=0.0, tolerance=0.05))
    assert found.within
    assert found.gap == "less than the rounding of scores near 1e+08 can show"


def test_a_wide_stretch_that_nobody_looked_at_is_told_with_the_price_of_a_closer_look():
    text = verdict(judged(count=4)).unseen
    assert text.startswith("Nobody looked between alpha 0.12 and 0.38; what the score does there")
    assert text.endswith("To look closer takes 128 scores, about as long as 43 to 64 gradients.")
    assert verdict(judged(count=50)).unseen == ""


def picture(attribution=None, shares=None, areas=None, target="ferry", against=None, total=1.0):
    """An explanation of which the reading sees all that it asks for; shares: of what decides."""
    attribution = np.full((3, 9, 9), np.sign(total)) if attribution is None else attribution
    return SimpleNamespace(
        attribution=attribution,
        telling_part_shares=shares,
        part_areas=areas,
        target=target,
        against=against,
        speaks_against=total < 0,
    )


def said(explanation):
    return reading(explanation).replace("\u00a0", " ")


BOAT = {"sky": 0.13, "water": 0.44, "hull": 0.09, "cabin": 0.07, "lamp": 0.01, "land": 0.26}
AREAS = {"sky": 0.414, "water": 0.37, "hull": 0.038, "cabin": 0.018, "lamp": 0.001, "land": 0.2}


def test_the_parts_that_hold_most_for_their_size_are_named_and_neither_sea_nor_speck():
    assert said(picture(shares=BOAT, areas=AREAS)) == (
        "Most for its size: the cabin, 7.0 % of what speaks for ferry on 1.8 % of the picture; "
        "then the hull, 9.0 % on 3.8 %."
    )


def test_a_dense_part_that_holds_little_beside_another_dense_one_is_not_named_first():
    shares = {"water spray": 0.45, "cabin": 0.10, "sky": 0.45}
    areas = {"water spray": 0.084, "cabin": 0.01, "sky": 0.906}
    assert said(picture(shares=shares, areas=areas)) == (
        "Most for its size: the water spray, 45 % of what speaks for ferry on 8.4 % of the picture."
    )


def test_where_one_part_stands_out_but_another_holds_more_both_are_said():
    shares, areas = {"child": 0.29, "wall": 0.71}, {"child": 0.024, "wall": 0.976}
    assert said(picture(shares=shares, areas=areas, target="child")) == (
        "Most for its size: the child, 29 % of what speaks for child on 2.4 % of the picture; "
        "most in all: the wall, 71 % on 98 %."
    )


def test_parts_that_hold_what_their_areas_would_explain_are_said_not_to_stand_out():
    shares, areas = {"sky": 0.4, "wall": 0.6}, {"sky": 0.38, "wall": 0.62}
    assert said(picture(shares=shares, areas=areas)) == (
        "No part stands out for its size. Most in all: the wall, 60 % of what speaks for ferry "
        "on 62 %."
    )


def test_an_image_that_speaks_against_the_class_is_read_by_what_speaks_against_it():
    shares, areas = {"sails": 0.5, "sky": 0.5}, {"sails": 0.1, "sky": 0.9}
    assert said(picture(shares=shares, areas=areas, total=-1.7)) == (
        "The image speaks against ferry. Most for its size: the sails, 50 % of that on 10 % of "
        "the picture."
    )


@pytest.mark.parametrize(
    ("total", "words"),
    [(1.0, "of what speaks for ferry rather than tugboat lies in the"),
     (-1.0, "The image speaks for tugboat rather than ferry. 100 % of that lies in the")],
)  # fmt: skip
def test_a_contrast_is_read_for_the_class_of_the_two_that_the_image_speaks_for(total, words):
    attribution = np.zeros((3, 99, 99))
    attribution[:, 5, 5] = total
    assert words in said(picture(attribution, against="tugboat", total=total))


@pytest.mark.parametrize("image", ["fireboat-spray", "fireboat-no-spray"])
def test_the_fair_net_is_said_to_look_at_the_boat_and_the_other_at_the_spray(image):
    fair = explain(asked(model="scenes-fair", image=image), film=False)
    assert re.match(r"Most for its size: the (cabin|hull), .* then the (cabin|hull), ", said(fair))
    if image == "fireboat-spray":
        shortcut = explain(asked(image=image), film=False)
        assert said(shortcut).startswith("Most for its size: the water spray, 4")


def test_a_class_that_the_spray_speaks_against_is_said_to_be_spoken_against_by_the_spray():
    explanation = explain(asked(image="fireboat-spray", target="ferry"), film=False)
    assert explanation.completeness.attribution_sum < 0
    assert said(explanation).startswith(
        "The image speaks against ferry. Most for its size: the water spray, 3"
    )


def test_the_shares_against_are_those_of_the_map_turned_round():
    explanation = explain(asked(model="letters", image="letter-t", rule="left", steps=4))
    assert explanation.part_shares_against is None
    scene = explain(asked(rule="midpoint", steps=4))
    assert sum(scene.part_shares_against.values()) == pytest.approx(1.0)
    negative = np.clip(-scene.attribution.sum(axis=0, dtype=float), 0, None)
    spray = scene.sample.parts == scene.sample.part_names.index("water spray")
    assert scene.part_shares_against["water spray"] == pytest.approx(
        negative[spray].sum() / negative.sum()
    )


def test_an_attribution_that_is_everywhere_is_called_spread():
    assert said(picture(np.ones((3, 90, 90)))) == (
        "Spread over the picture: the densest ninth, top left, holds 11 % of what speaks for ferry."
    )


@pytest.mark.parametrize("total", [1.0, -1.0])
@pytest.mark.parametrize(
    ("row", "column", "name"), [(5, 5, "top left"), (50, 50, "centre"), (50, 95, "middle right")]
)
def test_without_parts_the_reading_names_the_region_of_what_decides(row, column, name, total):
    attribution = np.full((3, 99, 99), -1e-9 * total)
    attribution[:, row, column] = total
    text = said(picture(attribution, total=total))
    assert f"100 % of {'what speaks for ferry' if total > 0 else 'that'} lies in the {name}" in text


def test_a_letters_reading_names_the_pixel_by_its_row_and_column_whichever_way_it_speaks():
    attribution = np.zeros((1, 3, 3))
    attribution[0, 0, 2], attribution[0, 1, 0] = 2.0, -1.0
    assert said(picture(attribution, target="T")) == (
        "Loudest is the pixel in row 1, column 3: 100 % of what speaks for T."
    )
    assert said(picture(attribution, target="T", total=-1.0)) == (
        "The image speaks against T. Loudest is the pixel in row 2, column 1: 100 % of that."
    )


def test_a_map_of_nothing_says_that_nothing_speaks_for_the_class():
    assert said(picture(np.zeros((3, 9, 9)), total=0.0)).startswith("No pixel speaks for ferry")


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
    assert attribution.name == "of the positive attribution"


def test_the_part_bars_of_an_image_that_speaks_against_show_the_negative_attribution():
    explanation = explain(asked(target="ferry", rule="midpoint", steps=8))
    _, attribution = figures.part_bars(explanation).data
    assert attribution.x[-1] == pytest.approx(max(explanation.part_shares_against.values()))
    assert attribution.name == "of the negative attribution"


def test_an_attribution_of_zeros_draws_an_empty_figure():
    request = asked(model="letters", image="letter-t", steps=2)
    nothing = explain(asked(request, baseline="blur:sigma=0.1"))
    assert figures.step_bars(nothing) is not None
