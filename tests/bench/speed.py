"""How long a map of a given error takes, ours beside others': `python -m tests.bench.speed`.

Tables, not a test. In one process, with the same model, picture, target (the prediction's
probability), black baseline and threads:

    captum 50, 200    Captum's IntegratedGradients, 50 Gauss-Legendre steps (its default), and 200
    saliency 50       PAIR's saliency, 50 steps, 8 a batch
    bare loop 50      midpoints, 8 a batch, plain torch and nothing else
    ours 50           our midpoint rule, in the network's fastest form
    ours, adaptive    our default: until the estimated error is 5 %
    ours, to captum   our adaptive rule until its map's true error is that of captum 50
    careful user      Captum with 25, 50, 100 ... steps until two maps agree within 5 %: it makes no
                      claim, so that is what somebody does who wants to know

squeezenet1_0 has real weights (TORCH_HOME=../shared/real), on all photographs beside them; the
small smooth nets of tests/assets have learned the scenes; other networks have random ones. error:
||A - A0|| / ||A0|| against A0 of 2,000 midpoint steps in float32, which take minutes and are kept
in a folder (--references) for the next time. memory: how far the process's resident memory rose
while it ran (Linux only). Told is the better of two turns, which interleave.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from captum.attr import IntegratedGradients as Captum
from saliency.core import INPUT_OUTPUT_GRADIENTS
from saliency.core import IntegratedGradients as Saliency
from torch import Tensor

from explorer.core.adaptive import Draft, adaptive_gradients
from explorer.core.attribution import Attribution, integrated_gradients
from explorer.core.convergence import distance
from explorer.core.quadrature import get_rule
from explorer.images.decode import decode
from explorer.images.library import image_for, image_ids
from explorer.models.loaded import LoadedModel, PreparedModel
from explorer.models.registry import get_spec, load_model
from explorer.sharing import heaps
from tests.assets.smooth_nets import smooth_net
from tests.conftest import REAL
from tests.models.random_nets import random_model

REAL_WEIGHTS = "squeezenet1_0"
RANDOM = ("googlenet", "resnet50", "inception_v3", "mobilenet_v3_large", "vit_b_16")
REFERENCE = 2000
STEPS, BATCH = 50, 8
TURNS = 2
TOLERANCE, MOST = 0.05, 400
MOST_CAREFUL = 1600
PRACTICE = ("careful user", "ours, adaptive")
SMOOTH = ("smooth-gelu", "smooth-silu", "smooth-vit")
PHOTOGRAPHS = tuple(
    path.stem for path in sorted((REAL / "images").glob("*.jpg")) if path.stem != "truncated_file"
)


class Counted:
    """A network's probability of one class, counting the pictures it was asked for."""

    def __init__(self, model: LoadedModel | PreparedModel, target: int) -> None:
        self.model, self.target = model, target
        self.gradients = self.forwards = 0

    def __call__(self, images: Tensor) -> Tensor:
        """(n, C, H, W) -> (n,)."""
        return self.classes(images)[:, self.target]

    def classes(self, images: Tensor) -> Tensor:
        """(n, C, H, W) -> (n, classes)."""
        differentiated = torch.is_grad_enabled() and images.requires_grad
        self.gradients += len(images) * differentiated
        self.forwards += len(images) * (not differentiated)
        return self.model.logits(images).softmax(dim=1)


@dataclass(frozen=True)
class Case:
    """One network, one picture. image, baseline: (C, H, W). change: of the score."""

    name: str
    plain: LoadedModel
    fast: PreparedModel
    image: Tensor
    baseline: Tensor
    target: int
    change: float
    reference: np.ndarray

    def error(self, attribution: np.ndarray) -> float:
        """||A - A0|| / ||A0||."""
        return distance(attribution, self.reference)

    def gap(self, attribution: np.ndarray) -> float:
        """The completeness gap, as a part of the score's change."""
        return abs(float(attribution.sum(dtype=np.float64)) - self.change) / abs(self.change)


@dataclass(frozen=True)
class Row:
    """What one method took and gave. memory: MB, or NaN."""

    method: str
    seconds: float
    gradients: int
    forwards: int
    error: float
    gap: float
    memory: float


Method = Callable[[Case, Counted], np.ndarray]


def captum(case: Case, score: Counted, steps: int) -> np.ndarray:
    """Captum's own defaults but for the number of steps."""
    found = Captum(score.classes).attribute(
        case.image[None], case.baseline[None], target=case.target, n_steps=steps
    )
    return found[0].detach().numpy()


def careful(case: Case, score: Counted) -> np.ndarray:
    """Captum with twice the steps again and again, until two maps agree within the tolerance."""
    steps = 25
    before, after = captum(case, score, steps), captum(case, score, 2 * steps)
    while distance(before, after) > TOLERANCE and 4 * steps <= MOST_CAREFUL:
        steps *= 2
        before, after = after, captum(case, score, 2 * steps)
    return after


def saliency(case: Case, score: Counted) -> np.ndarray:
    """PAIR's, which leaves the gradients to the caller."""

    def call(pictures: np.ndarray, call_model_args: object, expected_keys: object) -> dict:
        leaves = torch.from_numpy(pictures).float().requires_grad_(True)
        (slopes,) = torch.autograd.grad(score(leaves).sum(), leaves)
        return {INPUT_OUTPUT_GRADIENTS: slopes.numpy()}

    return Saliency().GetMask(
        case.image.numpy(), call, None, case.baseline.numpy(), x_steps=STEPS, batch_size=BATCH
    )


def bare(case: Case, score: Counted) -> np.ndarray:
    """The shortest loop that does it."""
    difference, total = case.image - case.baseline, torch.zeros_like(case.image)
    for alphas in ((torch.arange(STEPS) + 0.5) / STEPS).split(BATCH):
        leaves = case.baseline + alphas.view(-1, 1, 1, 1) * difference
        leaves.requires_grad_(True)
        (slopes,) = torch.autograd.grad(score(leaves).sum(), leaves)
        total += slopes.sum(0)
    return (total / STEPS * difference).numpy()


def midpoint(case: Case, score: Counted) -> np.ndarray:
    """Ours, at fixed steps."""
    nodes = get_rule("midpoint").nodes(STEPS)
    return _ours(case, lambda size: integrated_gradients(
        score, case.image, case.baseline, nodes, batch_size=size
    ))  # fmt: skip


def adaptive(case: Case, score: Counted) -> np.ndarray:
    """Ours, by default."""
    return _ours(case, lambda size: adaptive_gradients(
        score, case.image, case.baseline, tolerance=TOLERANCE, most=MOST, batch_size=size
    ))  # fmt: skip


def _ours(case: Case, run: Callable[[int], Attribution]) -> np.ndarray:
    with case.fast.plan.running():
        return run(case.fast.plan.batch_size).attribution


def reached(case: Case, wanted: float) -> Row:
    """Our adaptive rule until its true error is `wanted`: the error is taken outside the clock."""
    score = Counted(case.fast, case.target)
    spent, found = 0.0, []
    before, started = resident(reset=True), time.perf_counter()

    class Reached(Exception):  # noqa: N818 - not an error
        pass

    def look(draft: Draft) -> None:
        nonlocal spent, started
        spent += time.perf_counter() - started
        found.append(draft)
        if case.error(draft.attribution) <= wanted:
            raise Reached
        started = time.perf_counter()

    try:
        with case.fast.plan.running():
            adaptive_gradients(
                score, case.image, case.baseline, tolerance=1e-4, most=MOST,
                batch_size=case.fast.plan.batch_size, preview=look,
            )  # fmt: skip
    except Reached:
        pass
    last = found[-1].attribution
    return Row("ours, to captum", spent, score.gradients, score.forwards, case.error(last),
               case.gap(last), resident() - before)  # fmt: skip


def sooner(one: Row, two: Row) -> Row:
    """The better of two turns: what disturbed the other was not the method."""
    return min(one, two, key=lambda row: row.seconds)


def measured(name: str, case: Case, model: LoadedModel | PreparedModel, method: Method) -> Row:
    """Run a method once."""
    score = Counted(model, case.target)
    before = resident(reset=True)
    started = time.perf_counter()
    found = method(case, score)
    seconds = time.perf_counter() - started
    return Row(name, seconds, score.gradients, score.forwards, case.error(found), case.gap(found),
               resident() - before)  # fmt: skip


def resident(reset: bool = False) -> float:
    """The process's peak of resident memory, MB; `reset` lets it start from now. NaN elsewhere."""
    try:
        if reset:
            heaps.give_back()
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
    except OSError:
        return float("nan")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def rows(case: Case, brief: bool = False, turns: int = TURNS) -> list[Row]:
    """Every method on one case; with `brief` only what the summary tells."""
    others = () if brief else (
        ("captum 200", case.plain, lambda c, s: captum(c, s, 200)),
        (f"saliency {STEPS}", case.plain, saliency),
    )  # fmt: skip
    methods = (
        ("captum 50", case.plain, lambda c, s: captum(c, s, 50)),
        (f"bare loop {STEPS}", case.plain, bare),
        (f"ours {STEPS}", case.fast, midpoint),
        *others,
        ("careful user", case.plain, careful),
        ("ours, adaptive", case.fast, adaptive),
    )
    found: list[Row] = []
    for _ in range(turns):  # they interleave, so that a busy machine is busy for all
        turn = [measured(name, case, model, method) for name, model, method in methods]
        turn.append(reached(case, turn[0].error))
        found = [*map(sooner, found, turn)] if found else turn
    return found


def limit(case: Case, row: Row) -> float:
    """Our time over gradients times twice a forward pass, in the same form and batches."""
    size = case.fast.plan.batch_size
    pictures = torch.rand(size, *case.image.shape)
    seconds = []
    with case.fast.plan.running(), torch.no_grad():
        for _ in range(6):
            started = time.perf_counter()
            case.fast.logits(pictures)
            seconds.append((time.perf_counter() - started) / size)
    return row.seconds / (row.gradients * 2 * float(np.median(seconds[1:])))


def cases(model_id: str, folder: Path, steps: int) -> Iterator[Case]:
    """The pictures of a network, each with its reference map."""
    for case in pictures_of(model_id):
        yield replace(case, reference=reference(case, model_id, folder, steps))


def pictures_of(model_id: str) -> Iterator[Case]:
    """A network with its pictures, without references.

    All photographs for real weights, the scenes' samples for the small smooth nets, the fireboat
    for random weights.
    """
    plain = _model(model_id)
    for name, image in _images(model_id, plain.spec.shape[1:]):
        baseline = torch.zeros_like(image)
        ends = plain.probabilities(torch.stack([baseline, image]))
        target = int(ends[1].argmax())
        fast = plain.prepared(tuple(image.shape))
        warm(plain, fast, image)
        yield Case(name, plain, fast, image, baseline, target,
                   float(ends[1, target] - ends[0, target]), np.zeros(0))  # fmt: skip


def _model(model_id: str) -> LoadedModel:
    if model_id in SMOOTH:
        spec = get_spec("scenes-fair")
        return LoadedModel(replace(spec, load=lambda: smooth_net(model_id.removeprefix("smooth-"))))
    return load_model(model_id) if model_id == REAL_WEIGHTS else random_model(model_id)


def _images(model_id: str, side: tuple[int, int]) -> Iterator[tuple[str, Tensor]]:
    if model_id in SMOOTH:
        spec = get_spec("scenes-fair")
        for name in image_ids(spec):
            pixels = image_for(name, spec).pixels
            yield name, torch.from_numpy(pixels.copy())
        return
    for name in PHOTOGRAPHS if model_id == REAL_WEIGHTS else ("fireboat",):
        yield name, _pixels(name, side)


def _pixels(name: str, side: tuple[int, int]) -> Tensor:
    picture = decode((REAL / "images" / f"{name}.jpg").read_bytes())
    if picture.size != side[::-1]:
        picture = picture.resize(side[::-1])
    return torch.from_numpy(np.asarray(picture, np.float32).transpose(2, 0, 1) / 255)


def warm(plain: LoadedModel, fast: PreparedModel, image: Tensor) -> None:
    """Both forms once, so that nobody pays for the first call."""
    for model in (plain, fast):
        leaves = image.expand(BATCH, -1, -1, -1).clone().requires_grad_(True)
        torch.autograd.grad(Counted(model, 0)(leaves).sum(), leaves)


def reference(case: Case, model_id: str, folder: Path, steps: int) -> np.ndarray:
    """The map by so many midpoint steps in float32, from the folder where it was kept.

    Of smooth nets it is that of 96 Gauss-Legendre nodes, which is closer and sooner made.
    """
    rule, steps = ("gauss-legendre", 96) if model_id in SMOOTH else ("midpoint", steps)
    file = folder / f"{model_id}-{case.name}-{steps}.npy"
    if file.exists():
        return np.load(file)
    score, nodes = Counted(case.fast, case.target), get_rule(rule).nodes(steps)
    found = integrated_gradients(
        score, case.image, case.baseline, nodes, batch_size=BATCH
    ).attribution
    file.parent.mkdir(parents=True, exist_ok=True)
    np.save(file, found)
    return found


def table(title: str, found: list[Row]) -> None:
    """One case's methods."""
    print(f"\n{title}\n{'':16}{'s':>8}{'gradients':>11}{'forwards':>10}{'error %':>9}{'gap %':>8}"
          f"{'MB':>8}", flush=True)  # fmt: skip
    for row in found:
        counts = f"{row.gradients:11}{row.forwards:10}"
        errors = f"{100 * row.error:9.2f}{100 * row.gap:8.2f}"
        print(f"{row.method:16}{row.seconds:8.2f}{counts}{errors}{row.memory:8.0f}", flush=True)


def summary(lines: list[tuple[str, Case, list[Row]]]) -> None:
    """A line a case, as it stands in README, and the geometric means."""
    print(f"\n{'':28}{'captum 50':>18}{'adaptive to it':>20}{'times':>8}{'step/bare':>11}"
          f"{'x limit':>9}")  # fmt: skip
    gains = []
    for title, case, found in lines:
        theirs, loop, ours, to = found[0], found[1], found[2], found[-1]
        gain = theirs.seconds / to.seconds
        gains.append(gain)
        print(f"{title:28}{theirs.seconds:8.2f} s {100 * theirs.error:5.1f} %"
              f"{to.seconds:8.2f} s {to.gradients:4}+{to.forwards:<3}{gain:9.1f}"
              f"{ours.seconds / loop.seconds:11.2f}{limit(case, ours):9.2f}")  # fmt: skip
    print(f"geometric mean: {_mean(gains):.1f} times as fast to the same error")
    practice([(title, found) for title, _, found in lines])


def practice(lines: list[tuple[str, list[Row]]]) -> None:
    """What somebody takes who wants 5 %: doubling Captum's steps beside our claim."""
    print(f"\n{'to 5 %':28}{'careful user':>28}{'ours, adaptive':>28}{'times':>8}{'fewer':>8}")
    gains, fewer = [], []
    for title, found in lines:
        theirs, ours = (next(r for r in found if r.method == m) for m in PRACTICE)
        gains.append(theirs.seconds / ours.seconds)
        fewer.append(theirs.gradients / ours.gradients)
        print(f"{title:28}" + "".join(
            f"{row.seconds:9.2f} s {row.gradients:4}+{row.forwards:<3}{100 * row.error:6.2f} %"
            for row in (theirs, ours)
        ) + f"{gains[-1]:8.1f}{fewer[-1]:8.1f}", flush=True)  # fmt: skip
    print(f"geometric mean: {_mean(gains):.1f} times as fast as a careful user, with "
          f"{_mean(fewer):.1f} times fewer gradients", flush=True)  # fmt: skip


def _mean(values: list[float]) -> float:
    return float(np.exp(np.mean(np.log(values))))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=[REAL_WEIGHTS, *SMOOTH, *RANDOM])
    parser.add_argument("--references", type=Path, default=Path.home() / ".cache" / "ig-references")
    parser.add_argument("--reference-steps", type=int, default=REFERENCE)
    parser.add_argument("--brief", action="store_true", help="only what the summary tells")
    parser.add_argument("--only-references", action="store_true")
    parser.add_argument("--pictures", type=int, default=99, help="at most so many of each network")
    parser.add_argument("--turns", type=int, default=TURNS)
    options = parser.parse_args()
    os.environ.setdefault("TORCH_HOME", str(REAL))
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, "
          f"reference {options.reference_steps} midpoint steps",
          flush=True)  # fmt: skip
    for model_id in options.models:
        weights = "random weights" if model_id in RANDOM else "real weights"
        lines = []
        found = cases(model_id, options.references, options.reference_steps)
        for case in islice(found, options.pictures):
            title = f"{model_id}, {case.name}"
            if options.only_references:
                print(title, flush=True)
                continue
            lines.append((title, case, rows(case, options.brief, options.turns)))
            table(f"{title} ({weights}; ours: {case.fast.plan})", lines[-1][-1])
        if lines:
            summary(lines)


if __name__ == "__main__":
    main()
