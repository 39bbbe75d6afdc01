"""What a gradient step costs in every form of a network: `python -m tests.bench.steps [model ...]`.

A table, not a test. squeezenet1_0 has real weights (TORCH_HOME=../shared/real), the others of
torchvision random ones, which cost the same. Times are the computing thread's own processor time
with one thread, which other programs do not lengthen, the better of several turns that interleave;
with --threads N they are wall time with N threads, and want an otherwise idle machine.

    ms        for one picture's gradient: forward, backward to the pixels
    x plain   how many times as fast as the plain network with the same batch
    forward   a score alone, as a share of the gradient step
    limit     the gradient step over twice a score alone: 1 is what the arithmetic needs
    off       ||g - g0|| / ||g0|| against the plain gradient
    MB        what the form takes beside the plain network
"""

from __future__ import annotations

import argparse
import math
import time
from functools import partial

import torch
from torch import nn

from explorer.models.registry import get_spec
from explorer.models.speed import forms
from explorer.models.speed.forms import PLAIN, Form
from explorer.models.speed.plan import largest_batch
from tests.models.random_nets import random_model

PUBLISHED = ("googlenet", "resnet50", "inception_v3", "mobilenet_v3_large", "vit_b_16")
MODELS = ("scenes-shortcut", "squeezenet1_0", *PUBLISHED)
BATCHES = (1, 4, 8, 16)


def network(model_id: str) -> nn.Module:
    """The module: real weights where they are small and here, random ones elsewhere."""
    if model_id in PUBLISHED:
        return random_model(model_id).spec.load().eval().requires_grad_(False)
    return get_spec(model_id).load().eval().requires_grad_(False)


def all_forms(net: nn.Module) -> list[Form]:
    """Plain, and the candidates, the likeliest last."""
    return [PLAIN, *reversed(forms.candidates(net))]


def seconds(run: object, clock: object) -> float:
    """How long one call takes."""
    started = clock()
    run()
    return clock() - started


def score(net: nn.Module, form: Form, pictures: torch.Tensor) -> torch.Tensor:
    """Log-probabilities (n, classes) of normalised pictures."""
    if form.channels_last:
        pictures = pictures.contiguous(memory_format=torch.channels_last)
    return net(pictures).log_softmax(dim=1)


def slopes(net: nn.Module, form: Form, pictures: torch.Tensor) -> torch.Tensor:
    """The gradients (n, C, H, W) of the first class's log-probability."""
    leaves = pictures.clone().requires_grad_(True)
    total = score(net, form, leaves)[:, 0].sum()
    return torch.autograd.grad(total, leaves)[0]


@torch.no_grad()
def alone(net: nn.Module, form: Form, pictures: torch.Tensor) -> torch.Tensor:
    """The scores with no gradient wanted."""
    return score(net, form, pictures)


def extra_bytes(net: nn.Module, plain: nn.Module) -> int:
    """What the form holds that the plain network does not."""
    shared = {t.data_ptr() for t in (*plain.parameters(), *plain.buffers())}
    tensors = (*net.parameters(), *net.buffers())
    return sum(t.nbytes for t in tensors if t.data_ptr() not in shared)


def table(model_id: str, batches: tuple[int, ...], turns: int, clock: object) -> None:
    """Print the rows of one model."""
    shape, plain = get_spec(model_id).shape, network(model_id)
    made = {form: forms.make(plain, form) for form in all_forms(plain)}
    for n in (n for n in batches if n <= max(1, largest_batch(shape))):
        pictures = torch.randn(n, *shape, generator=torch.Generator().manual_seed(0))
        exact = slopes(plain, PLAIN, pictures)
        off = {f: float((slopes(net, f, pictures) - exact).norm() / exact.norm())
               for f, net in made.items()}  # fmt: skip
        steps, scores = dict.fromkeys(made, math.inf), dict.fromkeys(made, math.inf)
        for form, net in list(made.items()) * turns:
            steps[form] = min(steps[form], seconds(partial(slopes, net, form, pictures), clock))
            scores[form] = min(scores[form], seconds(partial(alone, net, form, pictures), clock))
        for form, net in made.items():
            step, share = steps[form], scores[form] / steps[form]
            print(
                f"{model_id:<19}{n:>3}  {form!s:<58}{1000 * step / n:>8.1f}"
                f"{steps[PLAIN] / step:>8.2f}{share:>8.2f}{1 / (2 * share):>7.2f}"
                f"{off[form]:>9.0e}{extra_bytes(net, plain) / 1e6:>7.1f}",
                flush=True,
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", default=MODELS)
    parser.add_argument("--batches", type=int, nargs="+", default=BATCHES)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads or 1)
    clock = time.perf_counter if asked.threads else time.thread_time
    print(f"{'model':<18}  n  {'form':<58}{'ms':>8}{'x plain':>8}{'forward':>8}{'limit':>7}"
          f"{'off':>9}{'MB':>7}")  # fmt: skip
    for model_id in asked.models:
        table(model_id, tuple(asked.batches), asked.turns, clock)


if __name__ == "__main__":
    main()
