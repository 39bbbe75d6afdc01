"""A mistake beside the right way, on a picture and a network of one's own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np
import torch

from explorer.core.attribution import to_array
from explorer.core.gradients import Sampler, Turn
from explorer.core.targets import LOGIT_DIFFERENCE
from explorer.explain import Problem

from .checks import Finding, Trial, findings
from .classic_mistakes import BLACK, IMAGE, ClassicMistake
from .method import RIGHT, Method, Slopes

FEW_CLASSES = 20  # are tried by the check of the class: a thousand would tell no more


@dataclass(frozen=True, eq=False)
class Panel:
    """What one method makes of the picture.

    places: (H, W) on a signed colour scale, 0 to 1, 0.5 for zero, NaN where nothing can be drawn.
    start: (C, H, W) the baseline's pixels. explained: the class. total, change: the sum of the map
    and what it should be, in the score's unit. findings: of every check.
    """

    places: np.ndarray
    start: np.ndarray
    explained: str
    total: float
    change: float
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class Exhibit:
    """The right panel and the wrong one. same: whether the two maps cannot be told apart."""

    mistake: ClassicMistake
    right: Panel
    wrong: Panel

    @property
    def same(self) -> bool:
        """Whether neither the pictures nor the sums differ."""
        drawn = np.allclose(self.right.places, self.wrong.places, atol=1 / 512, equal_nan=True)
        return bool(drawn) and abs(self.right.total - self.wrong.total) <= 1e-3 * abs(
            self.right.total
        )

    @property
    def nbytes(self) -> int:
        """The memory it takes, in bytes: what a bounded cache counts."""
        panels = (self.right, self.wrong)
        return sum(panel.places.nbytes + panel.start.nbytes for panel in panels)


def gradients_at_most(mistake: ClassicMistake) -> int:
    """How many gradients `show` takes."""
    return 2 * (mistake.steps + 2)


def show(
    mistake: ClassicMistake,
    problem: Problem,
    *,
    turn: Turn = nullcontext,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Exhibit:
    """Make the mistake on the problem's picture, and do it right beside it.

    Both take their gradients from one store, so none is taken twice. Raises what `explain` does.
    """
    watch = _Watch(turn, cancelled, progress or (lambda done, total: None))
    store = _Store(problem, watch, gradients_at_most(mistake))
    right, wrong = (_panel(method, mistake, store) for method in (RIGHT, mistake.wrong))
    return Exhibit(mistake, right, wrong)


def _panel(method: Method, mistake: ClassicMistake, store: _Store) -> Panel:
    spec, image = store.problem.model.spec, to_array(store.problem.image)
    asked = store.problem.target.index if mistake.asked is None else mistake.asked
    predicted = int(np.argmax(store.problem.probabilities))
    explained = method.target(asked, predicted)
    start = _start(method, mistake, store.problem)
    slopes = store.slopes(explained, start)
    trial = Trial(
        method, slopes, image - start, mistake.steps, mistake.batch, tuple(spec.mean),
        predicted, min(len(spec.classes), FEW_CLASSES),
    )  # fmt: skip
    attribution = method.attribute(slopes, trial.difference, mistake.steps, mistake.batch)
    return Panel(
        places=method.place(attribution).astype(np.float32),
        start=start,
        explained=spec.classes[explained],
        total=float(attribution.sum()),
        change=store.change(explained, start),
        findings=findings(trial),
    )


def _start(method: Method, mistake: ClassicMistake, problem: Problem) -> np.ndarray:
    image = to_array(problem.image)
    if mistake.start == IMAGE:
        return image
    if mistake.start == BLACK:
        colour = np.asarray(method.black(problem.model.spec.mean), np.float32)
        return np.broadcast_to(colour[:, None, None], image.shape).copy()
    return to_array(problem.baseline)


@dataclass(frozen=True)
class _Watch:
    """What every batch of gradients takes, asks and tells."""

    turn: Turn
    cancelled: Callable[[], bool] | None
    progress: Callable[[int, int], None]


class _Store:
    """Gradients of the problem's picture, each taken once however often it is asked for."""

    def __init__(self, problem: Problem, watch: _Watch, most: int) -> None:
        self.problem, self._watch, self._most = problem, watch, most
        self._known: dict[tuple[int, bytes, float], np.ndarray] = {}

    def slopes(self, explained: int, start: np.ndarray) -> Slopes:
        """Gradients along the path from `start` (C, H, W)."""
        sampler, path = self._sampler(explained, start), (explained, start.tobytes())

        def at(alphas: np.ndarray) -> np.ndarray:
            new = np.array([a for a in alphas if (*path, float(a)) not in self._known])
            for first, _, gradients in sampler.gradients(new):
                for alpha, gradient in zip(new[first:], gradients, strict=False):
                    self._known[(*path, float(alpha))] = gradient
                self._watch.progress(len(self._known), max(len(self._known), self._most))
            return np.stack([self._known[(*path, float(a))] for a in alphas])

        return at

    def change(self, explained: int, start: np.ndarray) -> float:
        """F(image) - F(start)."""
        low, high = self._sampler(explained, start).scores(np.array([0.0, 1.0]))[:, 0]
        return float(high - low)

    def _sampler(self, explained: int, start: np.ndarray) -> Sampler:
        problem, target = self.problem, self.problem.target
        if explained != target.index:  # of another class there is no contrast that was asked for
            kind = "logit" if target.kind == LOGIT_DIFFERENCE else target.kind
            target = replace(target, index=explained, kind=kind, against=None, rivals=())
        baseline = torch.from_numpy(start).to(problem.image)
        score = problem.model.score(target)
        return Sampler(
            score, problem.image, baseline, problem.batch_size, self._watch.cancelled,
            self._watch.turn,
        )  # fmt: skip
