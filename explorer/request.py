"""A request names an explanation completely: cache key, address to share, JSON in exports.

As text it is a flat mapping of strings, the same in a URL's query and in JSON:
model, image, fit, baseline (`blur:sigma=8`), target, against, score, rule, steps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from explorer.core.baselines import Baseline
from explorer.core.quadrature import check_steps, get_rule
from explorer.core.targets import LOGIT_DIFFERENCE, SCORE_KINDS
from explorer.errors import ExplorerError
from explorer.images.preprocess import DEFAULT_FIT, FITS

MAX_STEPS = 1000


@dataclass(frozen=True)
class Request:
    """Everything an explanation depends on, checked where that needs no model.

    model, image: ids. fit: how a photograph becomes the model's input. target: a class name; None
    is the prediction. against: with it, the score is the difference of the two classes' logits
    whatever `score` was, and `score` says so.
    Raises ExplorerError on values that no model could answer.
    """

    model: str = "scenes-shortcut"
    image: str = "fireboat-spray"
    fit: str = DEFAULT_FIT
    baseline: Baseline = field(default_factory=Baseline)
    target: str | None = None
    against: str | None = None
    score: str = "probability"
    rule: str = "midpoint"
    steps: int = 50

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
            get_rule(self.rule)
            check_steps(self.steps)  # before anything of that size is made
        except ValueError as error:
            raise ExplorerError(str(error)) from error
        if self.steps > MAX_STEPS:
            raise ExplorerError(f"expected 1 to {MAX_STEPS} steps; got {self.steps}")

    def to_params(self) -> dict[str, str]:
        """The request as strings, without what is left at None."""
        values = ((f.name, getattr(self, f.name)) for f in fields(self))
        return {name: str(value) for name, value in values if value is not None}

    def to_json(self) -> dict[str, str | int]:
        """The same, with numbers as numbers; `from_params` reads this too."""
        return {**self.to_params(), "steps": self.steps}

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
    special: dict[str, Callable[[str], Any]] = {"baseline": Baseline.parse, "steps": _whole_number}
    return {f.name: special.get(f.name, str) for f in fields(Request)}


def _read(name: str, text: str) -> dict[str, Any]:
    if name == "score" and text == LOGIT_DIFFERENCE:
        return {}  # said by `against` already
    return {name: _readers()[name](text)}


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"steps must be a whole number from 1; got {text!r:.80}") from None
