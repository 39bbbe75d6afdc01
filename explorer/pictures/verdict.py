"""The verdict on a map, made in one place from its claim, its gap and the scores' own witness.

Page, terminal and files all say what stands here, so that a gap and a claim never contradict each
other: where the gap is more than the claimed error explains, the claim is not believed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.core.attribution import Attribution
from explorer.core.closer import PLACES, cost
from explorer.explanation import Explanation
from explorer.pictures.words import about_error, counted, percent, roughly

GOOD, FAIR = 0.05, 0.15  # estimated relative error of the map
AGREES, DOUBTFUL = 0.10, 0.25  # completeness gap, as a fraction of the score's swing
ADDS_UP = 0.02  # completeness gap that everybody would call none
LEVELS = ("good", "fair", "poor")
WIDE = 0.1  # of the path: a stretch that nobody looked at and that is worth a word


@dataclass(frozen=True)
class Verdict:
    """A plain judgement of a map.

    level: good, fair, poor or plain. within: whether it may be called within its tolerance.
    error, gap: in words. why: one sentence where the claim, the gap and the scores do not agree;
    empty where they do. unseen: one sentence on the widest stretch that nobody looked at.
    """

    level: str
    within: bool
    error: str
    gap: str
    why: str
    unseen: str

    @property
    def sentence(self) -> str:
        """All of it in one line, for the terminal and for files."""
        return f"{self.error}; {self.gap}." + (f" {self.why}" if self.why else "")


def verdict(explanation: Explanation) -> Verdict:
    """The map's estimated error decides; a gap that the estimate cannot explain overrules it.

    Of a map with 5 % error the shares usually miss the change of the score by 1 to 6 %, so a gap
    up to 10 % agrees with a good one. The gap is compared with the swing of the score along the
    path: beside a change that is nearly nothing, every gap is large. A method that promises neither
    gets a plain verdict: there is nothing to judge.
    """
    error, path = error_in_words(explanation), explanation.path
    if not explanation.method.adds_up:
        return Verdict("plain", False, error, "this method's values need not add up", "", "")
    by_error = _grade(explanation.error, GOOD, FAIR)
    by_gap = _grade(_gap_of_swing(explanation), AGREES, DOUBTFUL)
    return Verdict(
        level=max(by_error, by_gap, key=LEVELS.index),
        within=path is not None and path.within_tolerance,
        error=error,
        gap=_gap_in_words(explanation, by_error, by_gap),
        why="" if path is None else _why(path),
        unseen="" if path is None else _unseen(path),
    )


def _grade(value: float | None, good: float, fair: float) -> str:
    if value is None or not value <= fair:
        return "poor"
    return "good" if value <= good else "fair"


def _gap_of_swing(explanation: Explanation) -> float:
    """The completeness gap as a fraction of how far the score moves along the path."""
    if explanation.path is not None:
        return explanation.path.gap_of_swing
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
    evidence = explanation.completeness
    if by_gap == "good":
        if evidence.relative_gap <= ADDS_UP:
            return "it adds up"
        if evidence.relative_gap <= AGREES:
            return "it nearly adds up"
        if _gap_of_swing(explanation) == 0.0:
            return f"less than the rounding of scores near {evidence.score_image:.2g} can show"
        return f"little beside the score's swing of {_swing(explanation):.2g}"
    disputed = explanation.path is not None and explanation.path.disputed
    if disputed or LEVELS.index(by_gap) > LEVELS.index(by_error):
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
    return about_error(explanation.error, count) + _stopped(explanation.path)


def _error_of_average(explanation: Explanation) -> str:
    over = f"the average over {len(explanation.request.baselines)} baselines"
    if explanation.error is None:
        return f"error unknown of {over}"
    return f"error at most {roughly(explanation.error)} of {over}"


def _stopped(path: Attribution) -> str:
    if path.tolerance is None or path.error is None:
        return ""
    wanted = f"the tolerance of {100 * path.tolerance:.3g}\u00a0%"
    if path.within_tolerance:
        return f" (stopped within {wanted})"
    if path.error <= path.tolerance:
        return f" (not called within {wanted}: its gap speaks against it)"
    return f" (stopped at its limit, before {wanted})"


def _why(path: Attribution) -> str:
    if path.disputed:
        return (
            f"The shares miss the score's change by {percent(path.gap_of_swing)} of its swing, "
            "more than an error of this size explains: something on the path was not seen."
        )
    if path.contradicted and not path.within_tolerance and path.tolerance is not None:
        return (
            "The score changes where no gradient saw it change, so the estimate was raised: it may "
            "step there, or rise within a very narrow stretch."
        )
    return ""


def _unseen(path: Attribution) -> str:
    low, high = path.unseen
    if high - low < WIDE:
        return ""
    return (
        f"Nobody looked between alpha {low:.2f} and {high:.2f}; what the score does there and "
        f"takes back, no rule can know. To look closer takes {cost(PLACES)}."
    )
