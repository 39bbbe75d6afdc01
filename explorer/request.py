"""A request names an explanation completely: cache key, address to share, JSON in exports.

As text it is a flat mapping of strings, the same in a URL's query and in JSON: model, image
(`child-railing|mirror`), fit, baseline (`blur:sigma=8`, or several, `black;grey`), target, against,
score, method (`ig:rule=adaptive,tolerance=0.05,steps=100`). `Request.complete` makes one of
whatever was given, and is the only place where anything is decided that was not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

from explorer.core.baselines import Baseline
from explorer.core.methods import Method
from explorer.core.quadrature import EVERY_RULE
from explorer.core.targets import LOGIT_DIFFERENCE, SCORE_KINDS
from explorer.errors import ExplorerError
from explorer.images import uploads
from explorer.images.library import image_for, image_ids
from explorer.images.preprocess import DEFAULT_FIT, find_fit, fits_for
from explorer.images.recipes import base
from explorer.models.registry import MODELS, get_spec
from explorer.models.spec import OWN_PREFIX, ModelFacts, ModelSpec

MOST_BASELINES = 16
BETWEEN = ";"  # several baselines
OLD_METHOD = ("rule", "steps", "tolerance")  # names that addresses had before methods were choices


@dataclass(frozen=True)
class Request:
    """Everything an explanation depends on, checked where that needs no model.

    model: an id. image: an id, or a recipe. fit: how a photograph becomes the model's input.
    baselines: one, or several whose maps are averaged. target: a class name; None is the
    prediction. against: with it, the score is the difference of the two classes' logits whatever
    `score` was, and `score` says so. method: with its settings. Raises ExplorerError on values that
    no model could answer.
    """

    model: str = "scenes-shortcut"
    image: str = "fireboat-spray"
    fit: str = DEFAULT_FIT
    baselines: tuple[Baseline, ...] = (Baseline(),)
    target: str | None = None
    against: str | None = None
    score: str = "probability"
    method: Method = Method()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        if self.against is not None:
            object.__setattr__(self, "score", LOGIT_DIFFERENCE)
        elif self.score not in SCORE_KINDS:
            raise ExplorerError(
                f"expected a score out of {', '.join(SCORE_KINDS)}; got {self.score!r:.80}"
            )
        find_fit(self.fit)
        chosen = tuple(dict.fromkeys(self.baselines))
        if not 1 <= len(chosen) <= MOST_BASELINES:
            raise ExplorerError(f"expected 1 to {MOST_BASELINES} baselines; got {len(chosen)}")
        object.__setattr__(self, "baselines", chosen)

    @property
    def used_baselines(self) -> tuple[Baseline, ...]:
        """Those that the map depends on: the usual one where the method asks for none."""
        return self.baselines if self.method.kind.uses_baseline else (Baseline(),)

    @property
    def baseline(self) -> Baseline:
        """The baseline, or the first of several."""
        return self.baselines[0]

    def to_params(self) -> dict[str, str]:
        """The request as strings, without what is left at None; `complete` reads this."""
        texts = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "baselines"}
        texts["baseline"] = BETWEEN.join(map(str, self.used_baselines))
        return {name: str(value) for name, value in texts.items() if value is not None}

    def changed(self, **changes: Any) -> Request:
        """The request with other values; ExplorerError on what no model could answer."""
        target = changes.get("target", self.target)
        if target is not None and "against" not in changes and target == self.against:
            changes = {
                **changes,
                "against": None,
            }  # asking for a class ends its being the other one
        if "against" in changes and changes["against"] is None and self.against is not None:
            changes = {"score": Request.score, **changes}
        return replace(self, **changes)

    def whatever_the_method(self) -> Request:
        """The same for all requests that differ in their method alone."""
        return replace(self, method=Method())

    @property
    def key(self) -> str:
        """A short hash that tells explanations apart; equal questions share theirs."""
        text = json.dumps(sorted(self.to_params().items()))
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    @classmethod
    def complete(
        cls, given: Mapping[str, Any], spec: ModelSpec | None = None, *, strict: bool = False
    ) -> tuple[Request, list[str]]:
        """The request that was meant, and a sentence for every value that was refused.

        given: any of the names of `to_params`, and those that older addresses and files have;
        unknown names are left alone, since an address may carry more than a request. spec: the
        model, where it is known already. What is not given is decided here: the model's first
        image, the method's usual settings, the prediction as target. A refused value falls back to
        what it would be without, and leaves the others alone; strict: it raises ExplorerError.
        """
        return _Completing({k: str(v) for k, v in given.items() if v is not None}, strict).all(spec)


class _Completing:
    """A request in the making: each value read, checked against the model, or decided."""

    def __init__(self, given: Mapping[str, str], strict: bool) -> None:
        self.given, self.strict = given, strict
        self.refused: list[str] = []

    def all(self, spec: ModelSpec | None) -> tuple[Request, list[str]]:
        spec = spec or self.model()
        fit = self.fit(spec)
        target, against = self.classes(spec)
        request = Request(
            model=spec.id,
            image=self.image(spec, fit),
            fit=fit,
            baselines=self.baselines(),
            target=target,
            against=against,
            score=self.score(against),
            method=self.method(),
        )
        self.misplaced()
        if self.strict and "baseline" in self.given and not request.method.kind.uses_baseline:
            self.refuse(f"the method {request.method.name} has no baseline: leave it out", "")
        return request, self.refused

    def model(self) -> ModelSpec:
        wanted, usual = self.given.get("model", Request.model), MODELS[Request.model]
        if wanted in MODELS:
            return MODELS[wanted]
        if self.strict:
            return get_spec(wanted)  # which raises, naming some that are known
        what = (
            "That address names somebody's own model, which is not kept here: load it again"
            if wanted.startswith(OWN_PREFIX)
            else f"There is no model {wanted!r:.80}"
        )
        self.refuse(what, usual.id)
        return usual

    def fit(self, spec: ModelSpec) -> str:
        wanted = self.given.get("fit", DEFAULT_FIT)
        try:
            known = find_fit(wanted) in fits_for(spec)
        except ExplorerError as error:
            self.refuse(str(error), DEFAULT_FIT)
            return DEFAULT_FIT
        if not known:
            self.refuse(f"{spec.title} takes pictures of its own size only", DEFAULT_FIT)
        return wanted if known else DEFAULT_FIT

    def image(self, spec: ModelSpec, fit: str) -> str:
        first = next(iter(image_ids(spec)), None)
        wanted = self.given.get("image", first)
        if wanted is None:
            raise ExplorerError(f"the model {spec.id} has no bundled images: add an image file")
        try:
            return image_for(wanted, spec, fit).id
        except ExplorerError as error:
            if first is None:
                raise
            self.refuse(self._no_image(wanted, spec, error), first)
            return first

    def _no_image(self, wanted: str, spec: ModelSpec, error: ExplorerError) -> str:
        known = uploads.is_kept(base(wanted)) or base(wanted) in image_ids(spec)
        if self.strict or known:
            return str(error)
        if uploads.is_upload(wanted):
            return (
                "That address names somebody's own image, which is not kept here: upload it again"
            )
        return f"There is no image {wanted!r:.80} for {spec.title}"

    def baselines(self) -> tuple[Baseline, ...]:
        texts = self.given.get("baseline", str(Baseline())).split(BETWEEN)
        found = [self.choice(Baseline, text) for text in texts]
        return tuple(b for b in found if b is not None)[:MOST_BASELINES] or Request.baselines

    def method(self) -> Method:
        text = self.given.get("method")
        if text is not None:
            return self.choice(Method, text) or Request.method
        old = {name: self.given[name] for name in OLD_METHOD if name in self.given}
        rule = EVERY_RULE.get(old.get("rule", ""))
        if rule is not None and not self.strict:  # what belongs to another rule was never minded
            own = {"rule", *(p.name for p in rule.parameters)}
            old = {name: value for name, value in old.items() if name in own}
        return self.choice(Method, _written("ig", old)) or Request.method

    def choice(self, kind: type[Any], text: str) -> Any:
        """The choice that a text writes; None where its kind is unknown, which is refused."""
        with self.doubt(kind):
            if self.strict:
                return kind.parse(text)
            choice, refused = kind.read(text)
            self.refused += refused
            return choice
        return None

    @contextmanager
    def doubt(self, kind: type[Any]) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            self.refuse(str(error), str(kind()))

    def classes(self, spec: ModelSpec) -> tuple[str | None, str | None]:
        target, against = (self._class(spec, name) for name in ("target", "against"))
        if against is not None and against == target:
            self.refuse(f"{target!r} cannot be compared with itself", "it alone")
            against = None
        return target, against

    def _class(self, spec: ModelSpec, name: str) -> str | None:
        wanted = self.given.get(name)
        if wanted is None or wanted in spec.classes:
            return wanted
        if self.strict:
            check_class(wanted, spec)
        self.refuse(f"{spec.title} has no class {wanted!r:.80}", "the default")
        return None

    def score(self, against: str | None) -> str:
        wanted = self.given.get("score", Request.score)
        if wanted == LOGIT_DIFFERENCE:
            if against is None:
                self.refuse(f"The score {LOGIT_DIFFERENCE} needs a class to compare with", "")
            return Request.score
        if wanted not in SCORE_KINDS:
            self.refuse(
                f"expected a score out of {', '.join(SCORE_KINDS)}; got {wanted!r:.80}",
                Request.score,
            )
            return Request.score
        if self.strict and against is not None and "score" in self.given and wanted != "logit":
            raise ExplorerError(f"a contrast compares logits; got the score {wanted}: leave it out")
        return wanted

    def misplaced(self) -> None:
        """Settings that stand beside their baseline instead of in it, and what is no more."""
        settings = {p.name for kind in Baseline.registry.values() for p in kind.parameters}
        for name in sorted(settings & set(self.given)):
            self.refuse(
                f"{name} belongs inside its baseline, as in baseline=gaussian:strength=0.2", ""
            )
        if self.given.get("precision", "float32") != "float32":
            self.refuse("Gradients are computed in float32 only", "")

    def refuse(self, what: str, instead: str) -> None:
        if self.strict:
            raise ExplorerError(what)
        self.refused.append(f"{what}. Using {instead}." if instead else f"{what}.")


def check_class(name: str, model: ModelFacts) -> None:
    """ExplorerError unless the model has a class of that name."""
    if name not in model.classes:
        known = _some(model.classes)
        raise ExplorerError(f"expected a class out of {known}; got {name!r} for {model.id}")


def _written(name: str, settings: Mapping[str, str]) -> str:
    return f"{name}:" + ",".join(f"{k}={v}" for k, v in settings.items())


def _some(names: tuple[str, ...], most: int = 12) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
