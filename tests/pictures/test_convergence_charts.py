"""The words and charts of how far off each rule is say what was measured, and nothing else."""

import math

import numpy as np
import pytest

from explorer.core.convergence import Convergence, Point
from explorer.core.quadrature import EVERY_RULE
from explorer.pictures.convergence_charts import (
    STROKES,
    Shown,
    error_chart,
    error_chart_in_words,
    gap_chart,
    gap_chart_in_words,
    gradients_to_reach,
    luck,
    on_screen,
    reach,
    rows,
)
from explorer.pictures.words import percent

SHOWN = Shown(gradients=14, error=0.036, estimate=0.04, gap=0.005)


def found(*points: Point) -> Convergence:
    return Convergence(tuple(points), np.ones((1, 2, 2), np.float32), 1025, 0.001)


def falling(rule: str, start: float, gap: float = 0.5) -> list[Point]:
    """A rule whose error halves with every doubling; its gap is this share of it."""
    return [Point(rule, n, start * 4 / n, start * 5 / n, gap * start * 4 / n) for n in (4, 8, 16)]


@pytest.fixture
def measured():
    points = [p for i, rule in enumerate(EVERY_RULE) for p in falling(rule, 0.1 * (i + 1))]
    return found(*points)


def test_a_tiny_gap_over_a_large_error_is_called_luck_with_its_numbers(measured):
    lucky = Point("left", 8, 0.31, 0.3, 0.004)
    said = luck(found(*measured.points, lucky))
    assert said.replace("\u00a0", " ") == (
        "With 8 gradients the gap of the left rule is 0.4 %, yet its map is 31 % off: luck."
    )


def test_nothing_is_called_luck_where_gap_and_error_agree():
    honest = found(Point("left", 8, 0.009, 0.009, 0.008), Point("right", 8, 0.2, 0.2, 0.15))
    assert "Nothing was luck" in luck(honest)
    assert "no more than 0.9\u00a0% off" in luck(honest)
    assert "No rule brought its gap below 1\u00a0% here" in luck(
        found(Point("left", 4, 0.2, 0.2, 0.1))
    )


def test_what_it_takes_is_read_off_the_line_between_two_points():
    points = falling("midpoint", 0.2)
    assert gradients_to_reach(points, 0.1) == pytest.approx(8)
    assert gradients_to_reach(points, 0.1 * math.sqrt(2)) == pytest.approx(8 / math.sqrt(2))
    assert gradients_to_reach(points, 0.01) is None
    assert gradients_to_reach(points, 0.5) == 4


def test_the_sentence_names_every_rule_whether_it_came_there_or_not(measured):
    said = reach(measured, 0.05)
    assert "within 5\u00a0% of the true map the adaptive rule took about 8 gradients" in said
    assert "trapezoid" in said
    assert "more than all measured: trapezoid, gauss-legendre, left, right" in said
    never = reach(found(*(p for p in measured.points if p.rule == "right")), 0.001)
    assert "the adaptive rule never did" in never


def test_the_map_on_the_screen_says_its_true_error_beside_its_own_estimate():
    assert on_screen(SHOWN) == (
        "The map above, of 14 gradients, is 3.6\u00a0% off (its own estimate: 4.0\u00a0%)."
    )
    assert "estimate" not in on_screen(Shown(1, 0.5, None, 0.1))
    assert "undefined" in on_screen(Shown(1, math.inf, None, 0.1))


def test_every_rule_has_a_stroke_of_its_own_without_its_colour():
    assert set(STROKES) == set(EVERY_RULE)
    assert len({stroke.symbol for stroke in STROKES.values()}) == len(STROKES)
    assert len({stroke.colour for stroke in STROKES.values()}) == len(STROKES)


def test_the_charts_show_error_estimate_gap_and_the_map_on_the_screen(measured):
    errors, gaps = error_chart(measured, SHOWN), gap_chart(measured, SHOWN)
    for chart, value in ((errors, SHOWN.error), (gaps, SHOWN.gap)):
        lines = [t for t in chart.data if t.mode == "lines+markers"]
        assert {t.name for t in lines} == set(EVERY_RULE)
        assert chart.layout.xaxis.type == chart.layout.yaxis.type == "log"
        (star,) = [t for t in chart.data if t.name == "the map above"]
        assert (star.x, star.y) == ((14,), (value,))
    hollow = [t for t in errors.data if (t.marker.symbol or "").endswith("-open")]
    assert len(hollow) == len(EVERY_RULE) + 1, "one estimate a rule, and the star"


def test_charts_and_words_stand_zeros_infinities_and_unknown_estimates():
    odd = [Point(rule, n, e, None, g) for rule in EVERY_RULE
           for n, e, g in ((4, math.inf, math.inf), (8, 0.0, 0.0))]  # fmt: skip
    shown = Shown(1, 0.0, None, math.inf)
    for chart in (error_chart(found(*odd), shown), gap_chart(found(*odd), shown)):
        heights = [y for trace in chart.data for y in trace.y if y is not None]
        assert all(math.isfinite(y) and y > 0 for y in heights)
    assert "undefined" in rows(found(*odd))[0]["true error"]
    assert reach(found(*odd), 0.05)
    assert luck(found(*odd))


def test_the_table_has_a_row_for_every_point(measured):
    table = rows(measured)
    assert len(table) == len(measured.points)
    assert table[0] == {
        "rule": "adaptive",
        "gradients": "4",
        "true error": "10\u00a0%",
        "estimated error": "12\u00a0%",
        "completeness gap": "5.0\u00a0%",
    }


def test_the_charts_are_told_in_words_with_the_numbers_that_they_show(measured):
    said = error_chart_in_words(measured, SHOWN).replace("\u00a0", " ")
    first, last = measured.of("midpoint")[0], measured.of("midpoint")[-1]
    assert f"midpoint from {percent(first.error)} at 4 gradients".replace("\u00a0", " ") in said
    assert f"to {percent(last.error)} at 16".replace("\u00a0", " ") in said
    assert all(rule in said for rule in EVERY_RULE)
    assert said.endswith("The map above: 3.6 % at 14 gradients.")
    said = gap_chart_in_words(measured, SHOWN).replace("\u00a0", " ")
    assert said.startswith("Line chart of the completeness gap")
    assert said.endswith("The map above: 0.5 % at 14 gradients.")
