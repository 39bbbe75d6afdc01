"""A request names an explanation completely: cache key, address to share, JSON in exports.

As text it is a flat mapping of strings, the same in a URL's query and in JSON:
model, image, fit, baseline (`blur:sigma=8`), target, against, score, rule, steps, tolerance,
precision.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from explorer.core.baselines import Baseline
from explorer.core.precision import FLOAT32, check_precision
from explorer.core.quadrature import ADAPTIVE, AdaptiveRule, check_steps, check_tolerance, find_rule
from explorer.core.targets import LOGIT_DIFFERENCE, SCORE_KINDS
from explorer.errors import ExplorerError
from explorer.images.preprocess import DEFAULT_FIT, FITS

MAX_STEPS = 1000
FIXED_STEPS = 50  # cells that a rule with fixed nodes takes unless told otherwise
FEWEST_ADAPTIVE = 2  # gradients: the two ends
DEFAULT_TOLERANCE = 0.05


@dataclass(frozen=True)
class Request:
    """Everything an explanation depends on, checked where that needs no model.

    model, image: ids. fit: how a photograph becomes the model's input. target: a class name; None
    is the prediction. against: with it, the score is the difference of the two classes' logits
    whatever `score` was, and `score` says so. steps: cells of a rule with fixed nodes; of the
    adaptive rule the most gradients. tolerance: the map's relative error at which the adaptive rule
    stops; None with every other rule. precision: in which the gradients may be computed.
    Raises ExplorerError on values that no model could answer.
    """

    model: str = "scenes-shortcut"
    image: str = "fireboat-spray"
    fit: str = DEFAULT_FIT
    baseline: Baseline = field(default_factory=Baseline)
    target: str | None = None
    against: str | None = None
    score: str = "probability"
    rule: str = ADAPTIVE.name
    steps: int = 100
    tolerance: float | None = None
    precision: str = FLOAT32

    def __post_init__(self) -> None:
        if self.against is not None:
            object.__setattr__(self, "score", LOGIT_DIFFERENCE)
        elif self.score not in SCORE_KINDS:
            raise ExplorerError(
                f"expected a score out of {', '.join(SCORE_KINDS)}; got {self.score!r:.80}"
            )
        if self.fit not in FITS:
            raise ExplorerError(f"expected a fit out of {', '.join(FITS)}; got {self.fit!r:.80}")
        try:
            check_precision(self.precision)
            rule = find_rule(self.rule)
            check_steps(self.steps)  # before anything of that size is made
            self._settle_tolerance(isinstance(rule, AdaptiveRule))
        except ExplorerError:
            raise
        except ValueError as error:
            raise ExplorerError(str(error)) from error
        if self.steps > MAX_STEPS:
            raise ExplorerError(f"expected 1 to {MAX_STEPS} steps; got {self.steps}")

    def _settle_tolerance(self, adaptive: bool) -> None:
        if not adaptive:
            object.__setattr__(self, "tolerance", None)  # one key for one result
            return
        if self.tolerance is None:
            object.__setattr__(self, "tolerance", DEFAULT_TOLERANCE)
        check_tolerance(self.tolerance)
        if self.steps < FEWEST_ADAPTIVE:
            raise ExplorerError(
                f"the adaptive rule takes {FEWEST_ADAPTIVE} gradients or more; got {self.steps}: "
                "allow more steps or choose another rule"
            )

    def to_params(self) -> dict[str, str]:
        """The request as strings, without what is left at None."""
        values = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: str(value) for name, value in values if value is not None}

    def to_json(self) -> dict[str, str | int | float]:
        """The same, with numbers as numbers; `from_params` reads this too."""
        numbers = {"steps": self.steps, "tolerance": self.tolerance}
        return self.to_params() | {k: v for k, v in numbers.items() if v is not None}

    def whatever_the_rule(self) -> Request:
        """The same for all requests that differ in their rule and its settings alone."""
        return replace(self, rule="midpoint", steps=1, tolerance=None)

    @property
    def key(self) -> str:
        """A short hash that tells explanations apart."""
        return hashlib.sha256(json.dumps(self.to_params()).encode()).hexdigest()[:20]

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> tuple[Request, list[str]]:
        """The request that the strings name, and one sentence for every value that was refused.

        A refused value falls back to its default and leaves the others alone; unknown names are
        ignored, since an address may carry more than a request.
        """
        request, refused = cls(), []
        for name in _readers():
            if name not in params:
                continue
            try:
                request = replace(request, **_read(name, str(params[name])))
            except ValueError as error:
                kept = getattr(cls(), name)
                refused.append(f"{error}. Using {kept if kept is not None else 'the default'}.")
        if params.get("score") == LOGIT_DIFFERENCE and request.against is None:
            refused.append(f"The score {LOGIT_DIFFERENCE} needs a class to compare with.")
        return request, refused


def _readers() -> dict[str, Callable[[str], Any]]:
    special: dict[str, Callable[[str], Any]] = {
        "baseline": Baseline.parse,
        "steps": _whole_number,
        "tolerance": _number,
    }
    return {f.name: special.get(f.name, str) for f in fields(Request)}


def _read(name: str, text: str) -> dict[str, Any]:
    if name == "score" and text == LOGIT_DIFFERENCE:
        return {}  # said by `against` already
    return {name: _readers()[name](text)}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"the tolerance must be a number such as 0.05; got {text!r:.80}") from None


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"steps must be a whole number from 1; got {text!r:.80}") from None
