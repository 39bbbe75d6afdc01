"""An explanation in words: the verdict on its numbers, and one line on where it looked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.explain import Explanation

GOOD, FAIR = 0.01, 0.05  # completeness gap, as a fraction of the score's change
SPREAD = 2 / 9  # of the attribution in a ninth of the area: twice what chance would give
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")


@dataclass(frozen=True)
class Verdict:
    """A plain judgement of the completeness gap. level: good, fair or poor."""

    level: str
    text: str


def verdict(explanation: Explanation) -> Verdict:
    """Below 1 % good, below 5 % fair, else more steps are advised."""
    gap = explanation.completeness.relative_gap
    if gap < GOOD:
        return Verdict("good", "good: it adds up")
    if gap < FAIR:
        return Verdict("fair", "fair: it nearly adds up")
    if explanation.completeness.change == 0.0:
        return Verdict("poor", "the score ends where it began, yet the attribution does not cancel")
    return Verdict("poor", "add steps: it does not add up yet")


def error_in_words(explanation: Explanation) -> str:
    """How far off the map is, as estimated, after how many gradients, and why it stopped there."""
    count = explanation.alphas.size
    gradients = "1 gradient" if count == 1 else f"{count} gradients"
    if explanation.error is None:
        return f"error unknown after {gradients}"
    about = f"error about {percent(min(explanation.error, 9.99))} after {gradients}"
    return about + _stopped(explanation)


def _stopped(explanation: Explanation) -> str:
    tolerance = explanation.path.tolerance
    if tolerance is None:
        return ""
    if explanation.path.within_tolerance:
        return f" (stopped at the tolerance, {percent(tolerance)})"
    return f" (stopped at its limit, above the tolerance of {percent(tolerance)})"


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


def percent(share: float) -> str:
    """A share of 1 as a percentage; what is not nothing or all is never rounded to it."""
    if 0 < share < 0.0005:
        return "<0.1\u00a0%"
    if 0.9995 <= share < 1:
        return ">99.9\u00a0%"
    digits = 1 if 0 < share < 0.0995 or 0.995 <= share < 1 else 0
    return f"{100 * share:.{digits}f}\u00a0%"


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
