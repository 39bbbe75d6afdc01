"""An explanation in words: one line that answers the question. How far to trust it: `verdict`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from explorer.explanation import Explanation
from explorer.pictures.verdict import Verdict, error_in_words, verdict
from explorer.pictures.words import percent

__all__ = ["Verdict", "error_in_words", "reading", "verdict"]

SPREAD = 2 / 9  # of the attribution in a ninth of the area: twice what chance would give
STANDS_OUT = 1.5  # times its share of the area
NO_SPECK = 0.05, 1 / 3  # share that a part must hold to be named, and of what the largest such has
ALONE = 2.0  # times as much for its size as the next: then that one goes without saying
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")


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
