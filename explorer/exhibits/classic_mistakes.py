"""The classic mistakes of well-known implementations: each really made, on a picture of one's own.

They were found by reading published code, some of it mended since, and are here because they are
easy to make and hard to see. Every entry replaces one part of the right method.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from explorer.core.vectors import combination

from .checks import CHECKS
from .method import RIGHT, Method, Slopes, trapezoid

CURRENT, BLACK, IMAGE = "current", "black", "image"


@dataclass(frozen=True)
class ClassicMistake:
    """One mistake. where: it was found. lesson: why it is wrong, for a class.

    wrong: the method with the mistake in it. caught_by: the check that finds it. steps, batch: with
    which it shows. asked: the class asked for; None is the one on the page. start: the baseline,
    the page's own, the method's black, or the image itself.
    """

    name: str
    title: str
    where: str
    lesson: str
    wrong: Method
    caught_by: str
    steps: int = 16
    batch: int = 5
    asked: int | None = None
    start: str = CURRENT

    def __post_init__(self) -> None:
        if self.caught_by not in CHECKS:
            raise ValueError(f"expected a check out of {', '.join(CHECKS)}; got {self.caught_by!r}")


def _ends_short(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """n nodes make n - 1 cells, but every weight was made for n."""
    weights = np.full(steps, 1 / steps)
    weights[[0, -1]] /= 2
    return np.linspace(0, 1, steps), weights


def _ends_doubled(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The plain average over a grid that holds both ends."""
    return np.linspace(0, 1, steps), np.full(steps, 1 / steps)


def _one_step_at_the_start(steps: int) -> tuple[np.ndarray, np.ndarray]:
    return (np.zeros(1), np.ones(1)) if steps == 1 else trapezoid(steps)


def _full_or_at_the_end(
    slopes: Slopes, alphas: np.ndarray, weights: np.ndarray, batch: int
) -> np.ndarray:
    """A batch is sent off when it is full or alpha has come to 1; with one step it never does."""
    total, waiting = 0.0 * slopes(alphas[:1])[0], []
    for step, alpha in enumerate(alphas):
        waiting.append(step)
        if len(waiting) == batch or alpha == 1:
            total = total + combination(weights[waiting], slopes(alphas[waiting]))
            waiting = []
    return total


def _last_batch(slopes: Slopes, alphas: np.ndarray, weights: np.ndarray, batch: int) -> np.ndarray:
    """The loop overwrites what it should collect; the last batch is averaged as if it were all."""
    kept = slice((len(alphas) - 1) // batch * batch, None)
    return combination(weights[kept] / weights[kept].sum(), slopes(alphas[kept]))


def _signed_percentile(attribution: np.ndarray) -> np.ndarray:
    """(v + s) / 2 s is 0.5 at zero, but is drawn on a scale from -1 to 1."""
    values = attribution.sum(axis=0)
    span = abs(np.percentile(values, 99)) or 1.0
    return (np.clip((values + span) / (2 * span), -1, 1) + 1) / 2


def _by_the_largest(attribution: np.ndarray) -> np.ndarray:
    """Divided by the largest value, which may be 0."""
    values = attribution.sum(axis=0)
    with np.errstate(all="ignore"):
        return np.clip((values / np.abs(values).max() + 1) / 2, 0, 1)


CLASSIC_MISTAKES: Mapping[str, ClassicMistake] = MappingProxyType(
    {
        mistake.name: mistake
        for mistake in (
            ClassicMistake(
                "short-weights",
                "Weights that do not add up to 1",
                "Captum, the method riemann_trapezoid",
                "Ten points are the ends of nine cells, but every weight was made for ten: the map "
                "is a tenth too faint everywhere. It looks the same; only its sum tells.",
                replace(RIGHT, rule=_ends_short),
                caught_by="weights",
                steps=10,
            ),
            ClassicMistake(
                "double-ends",
                "Both ends count double",
                "PAIR saliency, Integrated Gradients",
                "The plain average over a grid with both ends in it gives each of them a whole "
                "share, where it stands for half a cell. A linear function does not show it: one "
                "has to measure how the error falls with the number of steps.",
                replace(RIGHT, rule=_ends_doubled),
                caught_by="order",
                steps=10,
            ),
            ClassicMistake(
                "one-step",
                "One step in a batch: a map of zeros",
                "PAIR saliency, Integrated Gradients",
                "A batch is sent to the network when it is full or when alpha is 1. A single step "
                "stands at alpha 0 and the batch is never full: nothing is ever computed, and the "
                "answer is zero for every pixel of every picture.",
                replace(RIGHT, rule=_one_step_at_the_start, add_up=_full_or_at_the_end),
                caught_by="batches",
                steps=1,
            ),
            ClassicMistake(
                "last-batch",
                "Only the last batch was kept",
                "the well-known TensorFlow tutorial, for years",
                "The loop overwrote the gradients that it should have collected. What is left "
                "comes from the end of the path, where a sure network hardly changes: a plausible "
                "map of the wrong place. Nobody noticed while all steps fitted into one batch.",
                replace(RIGHT, add_up=_last_batch),
                caught_by="batches",
            ),
            ClassicMistake(
                "no-difference",
                "Not multiplied by (image - baseline)",
                "tf-explain",
                "The average gradient says what the network is sensitive to, not what this picture "
                "owes to each pixel: pixels that never leave the baseline get a share, and the "
                "shares add up to nothing in particular.",
                replace(RIGHT, finish=lambda integral, difference: integral),
                caught_by="completeness",
            ),
            ClassicMistake(
                "class-zero",
                "Class 0 cannot be asked for",
                "LIT, the Language Interpretability Tool",
                "“If a class was chosen” was written as “if class”, and 0 counts as no. Whoever "
                "asks for the first class is shown the predicted one, under the wrong name.",
                replace(RIGHT, target=lambda asked, predicted: asked or predicted),
                caught_by="class",
                asked=0,
            ),
            ClassicMistake(
                "normalised-black",
                "“Black” that is not black",
                "several libraries: they make the baseline after normalisation",
                "After normalisation 0 is not black: it is the mean colour that was subtracted. "
                "The path starts from a grey picture, and what is as grey as it gets no share.",
                replace(RIGHT, black=np.array),
                caught_by="black",
                start=BLACK,
            ),
            ClassicMistake(
                "displaced-zero",
                "Zero is not the neutral colour",
                "PAIR saliency, the diverging picture",
                "Zero is put at 0.5 of a scale that runs from -1 to 1, where neutral is 0: pixels "
                "without any share look as if they spoke for the class.",
                replace(RIGHT, place=_signed_percentile),
                caught_by="neutral",
            ),
            ClassicMistake(
                "divided-by-zero",
                "A map of zeros cannot be drawn",
                "several libraries: “cannot normalise by 0”",
                "Where the image is its own baseline nothing is to be attributed, and the right "
                "map is zero everywhere. Dividing by its largest value leaves no number to draw.",
                replace(RIGHT, place=_by_the_largest),
                caught_by="drawable",
                steps=1,
                start=IMAGE,
            ),
        )
    }
)
