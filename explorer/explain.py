"""explain(request) -> Explanation: the one way to compute, for page and terminal alike."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import version

import numpy as np
import torch

from explorer.core.attribution import AttributionMap, Score, Turn, average
from explorer.core.methods import Task
from explorer.core.targets import Target, strongest
from explorer.errors import ExplorerError, reason
from explorer.explanation import Explanation
from explorer.images.library import image_for
from explorer.images.samples import Sample
from explorer.models.device import AUTO
from explorer.models.loaded import PreparedModel
from explorer.models.registry import choose_device, get_spec, load_model
from explorer.models.spec import ModelSpec
from explorer.request import Request, check_class
from explorer.sharing.job import ALONE, Job
from explorer.sharing.progress import Stopwatch

MOST_GRADIENT_BYTES = 1 << 30  # that one explanation may keep


@dataclass(frozen=True, eq=False)
class Problem:
    """All that an attribution is computed from, before it is.

    request: as asked, with the target named. model: in the form that is fastest here. score:
    (n, C, H, W) -> (n, 1 + rivals), of pixels on the model's device, as are image and baselines,
    (C, H, W). probabilities, baseline_probabilities: (classes,), the latter of several averaged.
    """

    request: Request
    model: PreparedModel
    sample: Sample
    target: Target
    image: torch.Tensor
    baselines: tuple[torch.Tensor, ...]
    probabilities: np.ndarray
    baseline_probabilities: np.ndarray

    @property
    def score(self) -> Score:
        """The target's score, and its rivals', of pictures."""
        return self.model.score(self.target)

    @property
    def baseline(self) -> torch.Tensor:
        """The baseline, or the first of several, (C, H, W)."""
        return self.baselines[0]

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
    request: Request,
    job: Job = ALONE,
    *,
    device: str = AUTO,
    batch_size: int | None = None,
    film: bool = True,
) -> Explanation:
    """Compute the explanation that a request names.

    job: what watches, shares the machine and stops. device: a name that torch knows, or "auto".
    film: whether the gradient at every step is kept, where there is a path. Raises ExplorerError on
    an unknown model, image or class and on whatever goes wrong inside the network, Cancelled when
    the job is. An exception raised by the job ends the work.
    """
    explanation = attribute(pose(request, job, device=device), job, batch_size=batch_size)
    return explanation if film else explanation.without_film()


def pose(request: Request, job: Job = ALONE, *, device: str = AUTO) -> Problem:
    """Load what a request names, and name its target; raises as `explain` does."""
    with _in_words(request):
        spec = get_spec(request.model)
        sample = image_for(request.image, spec, request.fit)
        _check_memory(request, sample.pixels.nbytes)
        loaded = load_model(spec.id, choose_device(device).name, job)
        with job.turn():
            model = loaded.prepared(sample.pixels.shape)
        image = torch.from_numpy(sample.pixels.copy()).to(model.device)
        baselines = tuple(baseline.make(image) for baseline in request.used_baselines)
        at_image, *at_baselines = _probabilities(model, (image, *baselines), job)
        request = resolve(request, spec, at_image)
        target = _target(request, spec, at_image)
    at_baseline = np.mean(at_baselines, axis=0)
    return Problem(request, model, sample, target, image, baselines, at_image, at_baseline)


def _probabilities(
    model: PreparedModel, pictures: tuple[torch.Tensor, ...], job: Job
) -> list[np.ndarray]:
    """Of each picture (C, H, W), (classes,); two at a time, baseline and image as one batch."""
    found: list[np.ndarray] = []
    for start in range(0, len(pictures), 2):
        with job.turn():
            found += [*model.probabilities(torch.stack(pictures[start : start + 2]))]
    return found


def attribute(problem: Problem, job: Job = ALONE, *, batch_size: int | None = None) -> Explanation:
    """Compute the explanation of what was posed; raises as `explain` does."""
    with _in_words(problem.request):
        clock = Stopwatch()  # loading, tuning and waiting in line tell nothing of a step
        method = problem.request.method
        maps = (
            method.kind.attribute(task, method.values)
            for task in _tasks(problem, job, clock, batch_size or problem.batch_size)
        )
        one = len(problem.baselines) == 1
        result = next(maps) if one else average([m.without_film() for m in maps])
    return _explanation(problem, result, clock.seconds)


def _tasks(problem: Problem, job: Job, clock: Stopwatch, batch_size: int) -> Iterator[Task]:
    """What the method has to do: one map a baseline, with progress over all of them."""
    count = len(problem.baselines)

    def tell(before: int, done: int, total: int) -> None:
        job.tell(before * total + done, count * total, "gradients")

    for number, baseline in enumerate(problem.baselines):
        yield Task(
            problem.score,
            problem.image,
            baseline,
            batch_size=batch_size,
            most=most_steps(problem.sample.pixels.nbytes),
            progress=partial(tell, number),
            preview=job.preview if count == 1 else None,
            cancelled=job.cancelled,
            turn=clock.timed(partial(problem.turn, job.turn)),
        )


@contextmanager
def _in_words(request: Request) -> Iterator[None]:
    """Whatever goes wrong inside, in one sentence: it is anybody's network."""
    try:
        yield
    except ExplorerError:
        raise
    except (ValueError, RuntimeError, MemoryError) as error:
        raise ExplorerError(f"{request.model} cannot be explained here: {reason(error)}") from error


def _explanation(problem: Problem, result: AttributionMap, seconds: float) -> Explanation:
    spec = problem.model.spec
    return Explanation(
        request=problem.request,
        target=spec.classes[problem.target.index],
        model=spec.facts,
        sample=problem.sample.facts,
        result=result,
        probabilities=problem.probabilities,
        baseline_probabilities=problem.baseline_probabilities,
        rivals=tuple(spec.classes[i] for i in problem.target.rivals),
        plan=problem.model.plan,
        seconds=seconds,
        versions=_versions(),
    )


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    return (
        ("python", platform.python_version()),
        *((name, version(name)) for name in ("torch", "torchvision", "numpy")),
    )


def most_steps(nbytes: int) -> int:
    """How many gradients of a picture of so many bytes (float32) one explanation may take."""
    return MOST_GRADIENT_BYTES // nbytes


def _check_memory(request: Request, nbytes: int) -> None:
    """Refuse what would keep more gradients than fit, before anything of that size is made."""
    wanted = request.method.kind.gradients(request.method.values)
    if wanted > most_steps(nbytes):
        raise ExplorerError(
            f"expected at most {most_steps(nbytes)} gradients of pictures of this size; got "
            f"{wanted}: take fewer steps or a smaller picture"
        )


def resolve(request: Request, spec: ModelSpec, probabilities: np.ndarray) -> Request:
    """The request with its target named; ExplorerError where a class is unknown or used twice."""
    for name in (request.target, request.against):
        if name is not None:
            check_class(name, spec)
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
