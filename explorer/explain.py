"""explain(request) -> Explanation: the one way to compute, for page and terminal alike."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from explorer.core.adaptive import Preview, adaptive_gradients
from explorer.core.attribution import Attribution, Score, Turn, integrated_gradients
from explorer.core.quadrature import AdaptiveRule, find_rule
from explorer.core.targets import Target, strongest
from explorer.errors import ExplorerError, reason
from explorer.explanation import Explanation
from explorer.images.library import image_for
from explorer.images.samples import Sample
from explorer.models.device import AUTO
from explorer.models.loaded import PreparedModel
from explorer.models.registry import choose_device, get_spec, load_model
from explorer.models.sources.download import DownloadProgress
from explorer.models.spec import ModelSpec
from explorer.request import DEFAULT_TOLERANCE, FEWEST_ADAPTIVE, Request
from explorer.sharing.job import ALONE, Job

MOST_GRADIENT_BYTES = 1 << 30  # that one explanation may keep


@dataclass(frozen=True, eq=False)
class Problem:
    """All that an attribution is computed from, before it is.

    request: as asked, with the target named. model: in the form that is fastest here. score:
    (n, C, H, W) -> (n, 1 + rivals), of pixels on the model's device, as are image and baseline,
    (C, H, W). probabilities, baseline_probabilities: (classes,).
    """

    request: Request
    model: PreparedModel
    sample: Sample
    target: Target
    image: torch.Tensor
    baseline: torch.Tensor
    probabilities: np.ndarray
    baseline_probabilities: np.ndarray

    @property
    def score(self) -> Score:
        """The target's score, and its rivals', of pictures."""
        return self.model.score(self.target)

    @property
    def batch_size(self) -> int:
        """Pictures to a batch, as was found best."""
        return self.model.plan.batch_size

    @contextmanager
    def turn(self, wait: Turn) -> Iterator[None]:
        """A turn, and in it as many threads as were found best."""
        with wait(), self.model.plan.running():
            yield


def explain(
    request: Request, job: Job = ALONE, *, device: str = AUTO, batch_size: int | None = None
) -> Explanation:
    """Compute the explanation that a request names.

    job: what watches, shares the machine and stops. device: a name that torch knows, or "auto".
    Raises ExplorerError on an unknown model, image or class and on whatever goes wrong inside the
    network, Cancelled when the job is. An exception raised by the job ends the work.
    """
    return attribute(pose(request, job, device=device), job, batch_size=batch_size)


def pose(request: Request, job: Job = ALONE, *, device: str = AUTO) -> Problem:
    """Load what a request names, and name its target; raises as `explain` does."""
    with _in_words(request):
        spec = get_spec(request.model)
        sample = image_for(request.image, spec, request.fit)
        _check_memory(request, sample.pixels.nbytes)
        loaded = load_model(
            spec.id, choose_device(device).name, partial(_downloading, job), job.cancelled
        )
        with job.turn():
            model = loaded.prepared(sample.pixels.shape, request.precision)
        image = torch.from_numpy(sample.pixels.copy()).to(model.device)
        baseline = request.baseline.make(image)
        with job.turn():
            at_baseline, at_image = model.probabilities(torch.stack([baseline, image]))
        request = resolve(request, spec, at_image)
        target = _target(request, spec, at_image)
    return Problem(request, model, sample, target, image, baseline, at_image, at_baseline)


def attribute(problem: Problem, job: Job = ALONE, *, batch_size: int | None = None) -> Explanation:
    """Compute the explanation of what was posed; raises as `explain` does."""
    with _in_words(problem.request):
        started = time.perf_counter()  # loading and tuning happen once and tell nothing of a step
        watch = {
            "progress": partial(job.tell, unit="gradients"),
            "cancelled": job.cancelled,
            "turn": partial(problem.turn, job.turn),
        }
        path = _attribute(problem, batch_size or problem.batch_size, job.preview, watch)
    return _explanation(problem, path, time.perf_counter() - started)


def _downloading(job: Job, far: DownloadProgress) -> None:
    job.tell(far.done_bytes / 1e6, max(far.total_bytes, far.done_bytes, 1) / 1e6, "MB")


@contextmanager
def _in_words(request: Request) -> Iterator[None]:
    """Whatever goes wrong inside, in one sentence: it is anybody's network."""
    try:
        yield
    except ExplorerError:
        raise
    except (ValueError, RuntimeError, MemoryError) as error:
        raise ExplorerError(f"{request.model} cannot be explained here: {reason(error)}") from error


def _attribute(
    problem: Problem, batch_size: int, preview: Preview, watch: Mapping[str, Any]
) -> Attribution:
    request, rule = problem.request, find_rule(problem.request.rule)
    path = (problem.score, problem.image, problem.baseline)
    if isinstance(rule, AdaptiveRule):
        return adaptive_gradients(
            *path,
            tolerance=request.tolerance or DEFAULT_TOLERANCE,
            most=min(request.steps, most_steps(problem.sample.pixels.nbytes)),
            batch_size=batch_size,
            preview=preview,
            **watch,
        )
    return integrated_gradients(*path, rule.nodes(request.steps), batch_size=batch_size, **watch)


def _explanation(problem: Problem, path: Attribution, seconds: float) -> Explanation:
    spec = problem.model.spec
    return Explanation(
        request=problem.request,
        target=spec.classes[problem.target.index],
        model=spec,
        sample=problem.sample,
        path=path,
        probabilities=problem.probabilities,
        baseline_probabilities=problem.baseline_probabilities,
        rivals=tuple(spec.classes[i] for i in problem.target.rivals),
        plan=problem.model.plan,
        seconds=seconds,
    )


def most_steps(nbytes: int) -> int:
    """How many gradients of a picture of so many bytes (float32) one explanation may take."""
    return MOST_GRADIENT_BYTES // nbytes


def _check_memory(request: Request, nbytes: int) -> None:
    """Refuse what would keep more gradients than fit, before anything of that size is made."""
    rule, most = find_rule(request.rule), most_steps(nbytes)
    if isinstance(rule, AdaptiveRule):  # it stops at its limit, and says so
        wanted = FEWEST_ADAPTIVE
    else:
        wanted = rule.nodes(request.steps).alphas.size
    if wanted > most:
        raise ExplorerError(
            f"expected at most {most} gradients of pictures of this size; got {wanted}: "
            "take fewer steps or a smaller picture"
        )


def resolve(request: Request, spec: ModelSpec, probabilities: np.ndarray) -> Request:
    """The request with its target named; ExplorerError where a class is unknown or used twice."""
    for name in (request.target, request.against):
        if name is not None and name not in spec.classes:
            raise ExplorerError(
                f"expected a class out of {_some(spec.classes)}; got {name!r} for {spec.id}"
            )
    target = request.target or spec.classes[int(np.argmax(probabilities))]
    if target == request.against:
        raise ExplorerError(
            f"expected two different classes to compare; got {target!r} for both: choose another"
        )
    return replace(request, target=target)


def _target(request: Request, spec: ModelSpec, probabilities: np.ndarray) -> Target:
    index = {name: i for i, name in enumerate(spec.classes)}
    chosen = index[request.target or ""]
    against = None if request.against is None else index[request.against]
    rivals = strongest(probabilities.tolist(), leave_out=[chosen, against])
    return Target(chosen, request.score, against, tuple(rivals))


def _some(names: tuple[str, ...], most: int = 12) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
