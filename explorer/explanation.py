"""An explanation: what was asked, what the network says, the map, and the evidence for it.

Plain data: it pickles, and holds on to no model and no loader. The film, the gradient at every step
of the path, is there only where somebody asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from explorer.core.attribution import Attribution, AttributionMap
from explorer.core.evidence import ActiveInterval, Completeness, region_shares
from explorer.core.gradients import StepGradients
from explorer.core.methods import MethodKind
from explorer.images.samples import ImageFacts
from explorer.models.spec import ModelFacts
from explorer.models.speed.plan import Plan
from explorer.request import Request


@dataclass(frozen=True)
class Prediction:
    """A class and the probability that the model gives it, 0 to 1."""

    name: str
    probability: float


@dataclass(frozen=True, eq=False)
class Explanation:
    """A map with its model, its image and its evidence. All arrays are read-only.

    request: as asked, with the target named. target: the class explained. result: the map and what
    it was made from. probabilities, baseline_probabilities: (classes,) at the image and at the
    baseline. rivals: the classes watched beside the target, strongest first. plan: how the network
    was run. seconds: inside turns, no loading and no waiting. versions: of what computed it.
    """

    request: Request
    target: str
    model: ModelFacts
    sample: ImageFacts
    result: AttributionMap
    probabilities: np.ndarray
    baseline_probabilities: np.ndarray
    rivals: tuple[str, ...]
    plan: Plan
    seconds: float
    versions: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        self.probabilities.setflags(write=False)
        self.baseline_probabilities.setflags(write=False)

    def __getstate__(self) -> dict:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __setstate__(self, state: dict) -> None:
        self.__dict__.update(state)
        self.__post_init__()

    @property
    def method(self) -> MethodKind:
        """The method's entry, which says what holds for it."""
        return self.request.method.kind

    @property
    def path(self) -> Attribution | None:
        """The path and its evidence; None where the method walks none, or several."""
        return self.result if isinstance(self.result, Attribution) else None

    @property
    def film(self) -> StepGradients | None:
        """The gradient at every step, (n, C, H, W), score per pixel unit; None without a film."""
        return None if self.path is None else self.path.gradients

    def without_film(self) -> Explanation:
        """The same, without the gradient at every step: a twentieth of the room."""
        return replace(self, result=self.result.without_film())

    @property
    def image(self) -> np.ndarray:
        """(C, H, W) float32, pixels in [0, 1]."""
        return self.result.image

    @property
    def baseline(self) -> np.ndarray:
        """(C, H, W) float32, pixels in [0, 1]; the mean of several."""
        return self.result.baseline

    @property
    def attribution(self) -> np.ndarray:
        """(C, H, W) float32, in the score's unit."""
        return self.result.attribution

    @property
    def gradient_count(self) -> int:
        """How many gradients the map was made of, over all of its paths."""
        return self.result.gradient_count

    @property
    def score_baseline(self) -> float:
        """The target's score at the baseline."""
        return float(self.result.score_baseline[0])

    @property
    def score_image(self) -> float:
        """The target's score at the image."""
        return float(self.result.score_image[0])

    @property
    def completeness(self) -> Completeness:
        """Sum of the attribution beside the change of the score."""
        return self.result.completeness

    @property
    def error(self) -> float | None:
        """The map's relative error |A - A_true| / |A|, estimated; None where it is unknown."""
        return self.result.error

    @property
    def alphas(self) -> np.ndarray:
        """(n,) ascending, in [0, 1]: where gradients were taken on the path."""
        return self.path.nodes.alphas

    @property
    def weights(self) -> np.ndarray:
        """(n,) summing to 1."""
        return self.path.nodes.weights

    @property
    def scores(self) -> np.ndarray:
        """(n,) the target's score at the alphas."""
        return self.path.scores[:, 0]

    @property
    def gradients(self) -> StepGradients:
        """The film."""
        return self.film

    @property
    def active(self) -> ActiveInterval:
        """Where the score moves on the path, and how much of the map was made there."""
        return self.path.active_interval

    @property
    def active_interval(self) -> tuple[float, float]:
        """The alphas between which the score makes 90 % of its way."""
        return self.active.low, self.active.high

    @property
    def against(self) -> str | None:
        """The class it is contrasted with, if any."""
        return self.request.against

    @property
    def score_kind(self) -> str:
        """probability, log-probability, logit or logit-difference."""
        return self.request.score

    @property
    def score_label(self) -> str:
        """The score in words."""
        if self.against is not None:
            return f"logit of {self.target} minus {self.against}"
        return f"{self.score_kind} of {self.target}"

    @property
    def pixel_max(self) -> float:
        """The unit in which screens show pixels (16 for the letters)."""
        return self.model.pixel_max

    @property
    def image_title(self) -> str:
        """The image's short name, for headings and text alternatives."""
        return self.sample.title

    @property
    def label(self) -> str | None:
        """The true class, where it is known and one of the model's."""
        return self.sample.label if self.sample.label in self.model.classes else None

    @property
    def misclassified(self) -> bool:
        """Whether the truth is known and the strongest class is another."""
        return self.label is not None and self.contradicts(self.label)

    def contradicts(self, truth: str) -> bool:
        """Whether the strongest class is another than this one."""
        return self.predictions[0].name != truth

    @cached_property
    def predictions(self) -> tuple[Prediction, ...]:
        """All classes with their probabilities at the image, strongest first."""
        return _ranked(self.model.classes, self.probabilities)

    @cached_property
    def baseline_predictions(self) -> tuple[Prediction, ...]:
        """All classes with their probabilities at the baseline, strongest first."""
        return _ranked(self.model.classes, self.baseline_probabilities)

    @property
    def speaks_against(self) -> bool:
        """Whether the map's sum is negative: on the whole the image speaks against the target."""
        return self.completeness.attribution_sum < 0

    @cached_property
    def part_shares(self) -> Mapping[str, float] | None:
        """The share of the positive attribution on each part in the image; None without parts."""
        return self._shares(self.attribution)

    @cached_property
    def part_shares_against(self) -> Mapping[str, float] | None:
        """The share of the negative attribution on each part; None without parts."""
        return self._shares(-self.attribution)

    @property
    def telling_part_shares(self) -> Mapping[str, float] | None:
        """The shares of what decides: of the negative part where the sum is negative."""
        return self.part_shares_against if self.speaks_against else self.part_shares

    def _shares(self, attribution: np.ndarray) -> Mapping[str, float] | None:
        """Of what is positive; None where nothing is, or the parts are unknown."""
        if self.sample.parts is None:
            return None
        names = self.sample.part_names
        shares = region_shares(attribution, self.sample.parts, len(names))
        present = np.unique(self.sample.parts)
        return None if shares is None else {names[i]: float(shares[i]) for i in present}

    @cached_property
    def part_areas(self) -> Mapping[str, float] | None:
        """The share of the image's pixels that each part covers; None without parts."""
        if self.sample.parts is None:
            return None
        indices, counts = np.unique(self.sample.parts, return_counts=True)
        names, total = self.sample.part_names, self.sample.parts.size
        return {names[i]: float(n / total) for i, n in zip(indices, counts, strict=True)}

    @property
    def nbytes(self) -> int:
        """The memory that the arrays take, in bytes: what a bounded cache counts."""
        return self.result.nbytes


def _ranked(classes: tuple[str, ...], probabilities: np.ndarray) -> tuple[Prediction, ...]:
    order = np.argsort(-probabilities, kind="stable")
    return tuple(Prediction(classes[i], float(probabilities[i])) for i in order)
