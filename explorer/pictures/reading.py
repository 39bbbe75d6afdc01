"""An explanation in words: the verdict on its numbers, and one line that answers the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from explorer.explanation import Explanation
from explorer.pictures.words import about_error, counted, percent, roughly

GOOD, FAIR = 0.05, 0.15  # estimated relative error of the map
AGREES, DOUBTFUL = 0.10, 0.25  # completeness gap, as a fraction of the score's swing
ADDS_UP = 0.02  # completeness gap that everybody would call none
SPREAD = 2 / 9  # of the attribution in a ninth of the area: twice what chance would give
STANDS_OUT = 1.5  # times its share of the area
NO_SPECK = 0.05, 1 / 3  # share that a part must hold to be named, and of what the largest such has
ALONE = 2.0  # times as much for its size as the next: then that one goes without saying
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
    """One line: what in the picture speaks for the class, or against it where the sum is negative.

    Parts are ranked by how much they hold for their size: a large sky collects much of any map.
    """
    if explanation.speaks_against:
        return f"The image speaks {_for(explanation)}. {_where(explanation)}"
    if not (explanation.attribution > 0).any():
        return f"No pixel speaks {_for(explanation)} here: nothing is positive."
    return _where(explanation)


def _for(explanation: Explanation) -> str:
    """Which way the image speaks: "for ferry", "against ferry", "for tugboat rather than ferry"."""
    target, other = explanation.target, explanation.against
    if other is not None:
        first, second = (other, target) if explanation.speaks_against else (target, other)
        return f"for {first} rather than {second}"
    return f"against {target}" if explanation.speaks_against else f"for {target}"


def _of_all(explanation: Explanation) -> str:
    """What shares are of; after a sentence that says it, shorter."""
    return "of that" if explanation.speaks_against else f"of what speaks {_for(explanation)}"


def _where(explanation: Explanation) -> str:
    shares = explanation.telling_part_shares
    if shares is not None:
        return _by_parts(explanation, shares, explanation.part_areas)
    sign = -1.0 if explanation.speaks_against else 1.0
    telling = np.clip(sign * explanation.attribution.sum(axis=0, dtype=np.float64), 0.0, None)
    if not telling.any():  # channels that cancel
        return f"No pixel as a whole speaks {_for(explanation)}."
    if min(telling.shape) <= len(ROWS):
        return _by_pixel(telling, explanation)
    return _by_region(telling, explanation)


def _by_parts(
    explanation: Explanation, shares: Mapping[str, float], areas: Mapping[str, float]
) -> str:
    most = max(shares, key=lambda name: shares[name])
    named = _standing_out(shares, areas)
    holds = {name: f"the {name}, {percent(shares[name])}" for name in shares}
    on = {name: f"on {percent(areas[name])}" for name in shares}
    of_all = _of_all(explanation)
    if not named:
        return f"No part stands out for its size. Most in all: {holds[most]} {of_all} {on[most]}."
    first = named[0]
    line = f"Most for its size: {holds[first]} {of_all} {on[first]} of the picture"
    if len(named) > 1:
        line += f"; then {holds[named[1]]} {on[named[1]]}"
    elif most != first:
        line += f"; most in all: {holds[most]} {on[most]}"
    return line + "."


def _standing_out(shares: Mapping[str, float], areas: Mapping[str, float]) -> list[str]:
    """The one or two parts that hold the most for their size, without specks."""
    for_its_size = {name: share / areas[name] for name, share in shares.items()}
    dense = [name for name in shares if for_its_size[name] >= STANDS_OUT]
    least, of_largest = NO_SPECK
    enough = max(least, of_largest * max((shares[name] for name in dense), default=0.0))
    ranked = sorted(
        (name for name in dense if shares[name] >= enough), key=lambda name: -for_its_size[name]
    )
    return [name for name in ranked[:2] if for_its_size[name] * ALONE >= for_its_size[ranked[0]]]


def _by_pixel(telling: np.ndarray, explanation: Explanation) -> str:
    row, column = np.unravel_index(int(telling.argmax()), telling.shape)
    share = percent(telling[row, column] / telling.sum())
    where = f"the pixel in row {row + 1}, column {column + 1}"
    return f"Loudest is {where}: {share} {_of_all(explanation)}."


def _by_region(telling: np.ndarray, explanation: Explanation) -> str:
    thirds = [np.array_split(band, 3, axis=1) for band in np.array_split(telling, 3, axis=0)]
    mass = np.array([[cell.sum() for cell in band] for band in thirds]) / telling.sum()
    row, column = np.unravel_index(int(mass.argmax()), mass.shape)
    name = "centre" if (row, column) == (1, 1) else f"{ROWS[row]} {COLUMNS[column]}"
    share, of_all = percent(mass[row, column]), _of_all(explanation)
    if mass[row, column] < SPREAD:
        return f"Spread over the picture: the densest ninth, {name}, holds {share} {of_all}."
    return f"{share} {of_all} lies in the {name} of the picture, a ninth of its area."
