"""Methods of attribution: each one entry, with what holds for it.

    integrated gradients   (x_i - b_i) * integral of dF(b + alpha (x - b)) / dx_i over alpha
    gradient x image        x_i * dF(x) / dx_i

Screens, verdicts and files ask an entry whether it has a path, whether its map adds up to the
score's change, and whether its error can be estimated; none of them asks for its name.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from .adaptive import Preview, adaptive_gradients
from .attribution import AttributionMap, Progress, Scores, integrated_gradients, to_array
from .choice import Branch, Choice, Kind, Registry, Settings
from .closer import PLACES, places_of
from .gradients import Sampler, Score, Turn
from .quadrature import ADAPTIVE, EVERY_RULE, FEWEST_ADAPTIVE, AdaptiveRule, find_rule


@dataclass(frozen=True, eq=False)
class Task:
    """What a method is given.

    score: (n, C, H, W) -> (n, 1 + rivals). image, baseline: (C, H, W) in pixel space, on the device
    where the score works. batch_size: pictures a call. most: gradients that there is memory for.
    progress, preview, cancelled, turn: as `adaptive_gradients` takes them.
    """

    score: Score
    image: Tensor
    baseline: Tensor
    batch_size: int = 16
    most: int | None = None
    progress: Progress | None = None
    preview: Preview | None = None
    cancelled: Callable[[], bool] | None = None
    turn: Turn = nullcontext


@dataclass(frozen=True)
class MethodKind(Kind):
    """A way to attribute a score to pixels.

    formulas: what it computes, in LaTeX. paper: where it comes from. attribute(task, settings): the
    map, an `Attribution` where has_path. gradients(settings): the fewest gradients that it must
    keep. has_path: whether it walks a path, step by step, that can be shown. adds_up: whether its
    map sums to F(x) - F(b) but for errors of computing (completeness). estimates_error: whether its
    numerical error is estimated. uses_baseline: whether the map depends on the baseline.
    """

    formulas: tuple[str, ...]
    paper: str
    attribute: Callable[[Task, Settings], AttributionMap]
    gradients: Callable[[Settings], int]
    has_path: bool
    adds_up: bool
    estimates_error: bool
    uses_baseline: bool


def _integrated(task: Task, settings: Settings) -> AttributionMap:
    rule, steps = find_rule(str(settings["rule"])), int(settings["steps"])
    if isinstance(rule, AdaptiveRule):
        return adaptive_gradients(
            task.score, task.image, task.baseline,
            tolerance=float(settings["tolerance"]), most=min(steps, task.most or steps),
            known=_looked_closer(task, int(settings["closer"])),
            batch_size=task.batch_size, progress=task.progress, preview=task.preview,
            cancelled=task.cancelled, turn=task.turn,
        )  # fmt: skip
    return integrated_gradients(
        task.score, task.image, task.baseline, rule.nodes(steps),
        batch_size=task.batch_size, progress=task.progress, cancelled=task.cancelled,
        turn=task.turn,
    )  # fmt: skip


def _looked_closer(task: Task, seed: int) -> Scores | None:
    """Scores at places that a seed draws, for the adaptive rule to know of; None for the seed 0."""
    if seed == 0:
        return None
    alphas = places_of(PLACES, seed)
    sampler = Sampler(
        task.score, task.image, task.baseline, task.batch_size, task.cancelled, task.turn
    )
    return Scores(alphas, sampler.scores(alphas))


def _kept_by_rule(settings: Settings) -> int:
    rule = find_rule(str(settings["rule"]))
    if isinstance(rule, AdaptiveRule):  # it stops at the limit of memory, and says so
        return FEWEST_ADAPTIVE
    return rule.nodes(int(settings["steps"])).alphas.size


def _gradient_times_image(task: Task, settings: Settings) -> AttributionMap:
    sampler = Sampler(
        task.score, task.image, task.baseline, task.batch_size, task.cancelled, task.turn
    )
    start = sampler.scores(np.array([0.0]))[0]
    _, values, slopes = next(sampler.gradients(np.array([1.0])))
    if task.progress is not None:
        task.progress(1, 1)
    image = to_array(task.image)
    return AttributionMap(
        image=image,
        baseline=to_array(task.baseline),
        attribution=image * slopes[0],
        score_baseline=start,
        score_image=values[0],
        error=None,
    )


METHODS: Registry[MethodKind] = Registry(
    "method",
    (
        MethodKind(
            "ig",
            "Integrated Gradients",
            "Gradients at many points between baseline and image, summed: every pixel's share of "
            "the score's change.",
            parameters=(
                Branch(
                    "rule",
                    "Rule",
                    ADAPTIVE.name,
                    "Where on the path the gradients are taken, and how much each counts.",
                    kinds=EVERY_RULE,
                ),
            ),
            formulas=(
                r"A_i(x) = (x_i - b_i) \int_0^1 \frac{\partial F(b + \alpha\,(x - b))}"
                r"{\partial x_i}\,d\alpha",
                r"\sum_i A_i = F(x) - F(b)",
            ),
            paper='Sundararajan, Taly, Yan, "Axiomatic Attribution for Deep Networks" (2017)',
            attribute=_integrated,
            gradients=_kept_by_rule,
            has_path=True,
            adds_up=True,
            estimates_error=True,
            uses_baseline=True,
        ),
        MethodKind(
            "gradient-x-image",
            "Gradient × image",
            "One gradient at the image, times the pixels: fast, blind to saturation, and its "
            "values add up to nothing in particular.",
            formulas=(r"A_i(x) = x_i \, \frac{\partial F(x)}{\partial x_i}",),
            paper='Shrikumar, Greenside, Shcherbina, Kundaje, "Not Just a Black Box" (2016)',
            attribute=_gradient_times_image,
            gradients=lambda settings: 1,
            has_path=False,
            adds_up=False,
            estimates_error=False,
            uses_baseline=False,
        ),
    ),
)


@dataclass(frozen=True)
class Method(Choice):
    """A method and its settings; written `ig:rule=adaptive,tolerance=0.05,steps=100`."""

    name: str = "ig"

    registry: ClassVar[Registry[MethodKind]] = METHODS
