"""An explanation in words: the verdict on its numbers, and one line on where it looked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.explanation import Explanation
from explorer.pictures.words import about_error, counted, percent, roughly

GOOD, FAIR = 0.05, 0.15  # estimated relative error of the map
AGREES, DOUBTFUL = 0.10, 0.25  # completeness gap, as a fraction of the score's swing
ADDS_UP = 0.02  # completeness gap that everybody would call none
SPREAD = 2 / 9  # of the attribution in a ninth of the area: twice what chance would give
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")
LEVELS = ("good", "fair", "poor")


@dataclass(frozen=True)
class Verdict:
    """A plain judgement of a map. level: good, fair, poor or plain. error, gap: in words."""

    level: str
    error: str
    gap: str


def verdict(explanation: Explanation) -> Verdict:
    """The map's estimated error decides; a gap that the estimate cannot explain overrules it.

    Of a map with 5 % error the shares usually miss the change of the score by 1 to 6 %, so a gap
    up to 10 % agrees with a good one. The gap is compared with the swing of the score along the
    path: beside a change that is nearly nothing, every gap is large. A method that promises neither
    gets a plain verdict: there is nothing to judge.
    """
    if not explanation.method.adds_up:
        return Verdict("plain", error_in_words(explanation), "this method's values need not add up")
    by_error = _grade(explanation.error, GOOD, FAIR)
    by_gap = _grade(_gap_of_swing(explanation), AGREES, DOUBTFUL)
    return Verdict(
        max(by_error, by_gap, key=LEVELS.index),
        error_in_words(explanation),
        _gap_in_words(explanation, by_error, by_gap),
    )


def _grade(value: float | None, good: float, fair: float) -> str:
    if value is None or not value <= fair:
        return "poor"
    return "good" if value <= good else "fair"


def _gap_of_swing(explanation: Explanation) -> float:
    """The completeness gap as a fraction of how far the score moves along the path."""
    gap, swing = explanation.completeness.gap, _swing(explanation)
    if gap == 0.0:
        return 0.0
    return gap / swing if swing else float("inf")


def _swing(explanation: Explanation) -> float:
    if explanation.path is None:
        return abs(explanation.score_image - explanation.score_baseline)
    _, scores = explanation.path.curve
    return float(np.ptp(scores[:, 0]))


def _gap_in_words(explanation: Explanation, by_error: str, by_gap: str) -> str:
    if by_gap == "good":
        if explanation.completeness.relative_gap <= ADDS_UP:
            return "it adds up"
        if explanation.completeness.relative_gap <= AGREES:
            return "it nearly adds up"
        return f"little beside the score's swing of {_swing(explanation):.2g}"
    if LEVELS.index(by_gap) > LEVELS.index(by_error):
        return "more than this error explains"
    return "it adds up poorly" if by_gap == "fair" else "it does not add up"


def error_in_words(explanation: Explanation) -> str:
    """How far off the map is, as estimated, after how many gradients, and why it stopped there."""
    if not explanation.method.estimates_error:
        return "no numerical error to estimate"
    if explanation.path is None:
        return _error_of_average(explanation)
    count = explanation.gradient_count
    if explanation.error is None:
        return f"error unknown after {counted(count)}"
    return about_error(explanation.error, count) + _stopped(explanation)


def _error_of_average(explanation: Explanation) -> str:
    over = f"the average over {len(explanation.request.baselines)} baselines"
    if explanation.error is None:
        return f"error unknown of {over}"
    return f"error at most {roughly(explanation.error)} of {over}"


def _stopped(explanation: Explanation) -> str:
    tolerance = explanation.path.tolerance
    if tolerance is None:
        return ""
    wanted = f"the tolerance of {100 * tolerance:.3g}\u00a0%"
    if explanation.path.within_tolerance:
        return f" (stopped within {wanted})"
    return f" (stopped at its limit, before {wanted})"


def reading(explanation: Explanation) -> str:
    """In words: which parts, or which region, carry the positive attribution.

    Where the attribution is negative on the whole, that is said first.
    """
    against = ""
    if explanation.completeness.attribution_sum < 0:
        against = f"On the whole the image speaks against {explanation.target}. "
    return against + _where(explanation)


def _where(explanation: Explanation) -> str:
    if explanation.part_shares is not None:
        return _by_parts(explanation)
    positive = np.clip(explanation.attribution.sum(axis=0, dtype=np.float64), 0.0, None)
    if not positive.any():
        return f"No pixel speaks for {explanation.target} here: nothing is positive."
    if min(positive.shape) <= len(ROWS):
        return _by_pixel(positive, explanation.target)
    return _by_region(positive)


def _by_parts(explanation: Explanation) -> str:
    ranked = sorted(explanation.part_shares.items(), key=lambda item: -item[1])
    (first, share), rest = ranked[0], ranked[1:3]
    area = explanation.part_areas[first]
    others = " and ".join(f"{percent(s)} on the {name}" for name, s in rest if s >= 0.01)
    return (
        f"{percent(share)} of the positive attribution lies on the {first}, "
        f"which covers {percent(area)} of the picture" + (f"; {others}." if others else ".")
    )


def _by_pixel(positive: np.ndarray, target: str) -> str:
    row, column = np.unravel_index(int(positive.argmax()), positive.shape)
    share = positive[row, column] / positive.sum()
    return (
        f"The pixel in row {row + 1}, column {column + 1} speaks loudest for {target}: "
        f"{percent(share)} of the positive attribution."
    )


def _by_region(positive: np.ndarray) -> str:
    thirds = [np.array_split(band, 3, axis=1) for band in np.array_split(positive, 3, axis=0)]
    mass = np.array([[cell.sum() for cell in band] for band in thirds]) / positive.sum()
    row, column = np.unravel_index(int(mass.argmax()), mass.shape)
    name = "centre" if (row, column) == (1, 1) else f"{ROWS[row]} {COLUMNS[column]}"
    if mass[row, column] < SPREAD:
        return (
            "The positive attribution is spread over the picture: its densest ninth, the "
            f"{name}, holds {percent(mass[row, column])}."
        )
    return (
        f"{percent(mass[row, column])} of the positive attribution lies in the {name} "
        "of the picture, a ninth of its area."
    )
