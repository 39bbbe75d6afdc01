"""How to run a network fastest on this machine: measured once, and remembered.

A plan is a form of the network (see `forms`), pictures a batch and threads. Every candidate is
tried on gradient steps of the very network, and is taken only where it is faster and says the same
as the plain network. Plans change the numbers by rounding alone; the same plan on the same machine
gives the same numbers.

A plan depends on the network and the machine, never on the moment: its form and its batches are
found with one thread, and its threads are the most that a batch takes of those that there are.
"""

from __future__ import annotations

import hashlib
import math
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explorer.errors import reason

from . import forms
from .forms import PLAIN, SWITCHES, Form
from .plans_file import recall, remember

# of this process, as it began: how many of them are free changes with who else computes
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
THREADS = torch.get_num_threads()

BATCHES = (1, 2, 4, 8, 16)
# (Two cores took 31 ms for a gradient of squeezenet1_0 with 4 pictures of 224 x 224 a batch, and
# 35 ms with 8.)
BATCH_PIXELS = 250_000  # pictures a batch have no more pixels than this together,
BATCH_SECONDS = 1.0  # nor take longer than this: small batches report and stop sooner
BUDGET_SECONDS = 0.3  # that finding a plan may take,
BUDGET_STEPS = 8  # or as long as so many gradients, of the 50 or so that it then makes cheaper
SMALL_SECONDS = 0.01  # fewer threads are tried for batches that take one less than this
GAIN = 1.05  # a candidate must be so many times as fast as what it replaces: less may be noise

# Rounding moves the logits of a deep float32 network by about a millionth of their range, and its
# gradient by up to 0.005 (measured) where it decides near-ties in ReLU and pooling; a form that was
# made wrongly is off by the size of the thing itself.
LOGITS_TOLERANCE = 1e-3
DARK = 0.05  # of full brightness: what a ReLU lets pass in one picture it may not in another
GRADIENT_TOLERANCE = 3e-2

Run = Callable[[Tensor], Tensor]
"""(n, C, H, W) pixels in [0, 1] -> logits (n, classes)."""


@dataclass(frozen=True)
class Plan:
    """How a network is run for pictures of one size.

    batch_size: pictures a call. threads: of the processor, at most; 0 leaves torch's own number, as
    does None, where fewer could not be tried because others computed too. speedup: how many times
    as fast as the plain network it was measured, 1.0 for plain itself, None where nothing was
    measured. difference: ||g - g0|| / ||g0|| of its gradient g of a test picture, g0 the plain one.
    notes: one sentence for each form that could not be used.
    """

    form: Form = PLAIN
    batch_size: int = 1
    threads: int | None = 0
    speedup: float | None = None
    difference: float = 0.0
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Such as "channels-last, 8 pictures a batch: 1.6 times as fast as plain"."""
        pictures = f"{self.batch_size} picture{'s' * (self.batch_size != 1)} a batch"
        threads = f", {self.threads} thread{'s' * (self.threads != 1)}" if self.threads else ""
        said = f"{self.form}, {pictures}{threads}"
        if self.speedup is None or self.form == PLAIN:
            return said
        return f"{said}: {self.speedup:.1f} times as fast as plain"

    def running(self) -> AbstractContextManager[None]:
        """Run what is inside with the plan's number of threads, forward and backward."""
        return _with_threads(self.threads or 0)


@contextmanager
def _with_threads(wanted: int) -> Iterator[None]:
    before = torch.get_num_threads()
    if wanted == 0 or wanted >= before:  # others may compute too: never more than there were
        yield
        return
    torch.set_num_threads(wanted)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def largest_batch(shape: tuple[int, ...]) -> int:
    """The most pictures (C, H, W) that a plan puts into a batch: fewer of large ones."""
    most = BATCH_PIXELS // (shape[-2] * shape[-1])
    return max(n for n in BATCHES if n <= max(1, most))


def find_plan(
    net: nn.Module,
    run_as: Callable[[Form], Run],
    shape: tuple[int, int, int],
    device: torch.device,
) -> Plan:
    """The plan for pictures (C, H, W): remembered, or else measured, and remembered then.

    run_as: makes the network's logits in a form; what it raises rules that form out.
    """
    key = _key(net, shape, device)
    search = _Search(run_as, shape, device)
    try:
        tried = forms.candidates(net)
        plan = search.recalled(recall(key), tried) or search.measured(tried)
    except (RuntimeError, ValueError, TypeError, ArithmeticError, MemoryError) as error:
        # anybody's network, on a picture it may dislike: an explanation will say what is wrong
        return Plan(
            batch_size=largest_batch(shape), notes=(f"not measured: {reason(error, named=True)}",)
        )
    remember(key, _to_json(plan))
    return plan


@dataclass
class _Search:
    """The measuring of one network on pictures (C, H, W)."""

    run_as: Callable[[Form], Run]
    shape: tuple[int, int, int]
    device: torch.device
    started: float = field(default_factory=time.perf_counter)
    notes: list[str] = field(default_factory=list)
    differences: dict[Form, float] = field(default_factory=lambda: {PLAIN: 0.0})
    budget: float = BUDGET_SECONDS
    wait: float = 0.0  # seconds that one picture's step makes somebody wait, with one thread

    def measured(self, tried: list[Form]) -> Plan:
        """The likeliest candidate that says the same and is faster than plain, or plain.

        The next ones are looked at only where that brought nothing, as far as the time allows.
        """
        reference = self._reference()
        started = time.perf_counter()
        seconds = self._seconds(PLAIN, 1)
        self.wait = time.perf_counter() - started
        self.budget = max(BUDGET_SECONDS, BUDGET_STEPS * self.wait)
        form, speedup, rest = PLAIN, None, list(tried)
        while rest and form == PLAIN:
            if len(rest) < len(tried) and self._left() < 4 * self.wait:
                self.notes += [f"{form}: not tried, for lack of time" for form in rest]
                break
            if other := self._next(rest, reference):
                form, seconds, speedup = self._faster(other)
        size = self._fastest_batch(form, seconds)
        plan = Plan(form, size, 0, speedup, self.differences[form], tuple(self.notes))
        return self._fewer_threads(plan, seconds)

    def recalled(self, entry: Mapping[str, Any] | None, tried: list[Form]) -> Plan | None:
        """The remembered plan, if it is one of ours and its form still says the same."""
        plan = None if entry is None else _from_json(entry, largest_batch(self.shape))
        if plan is None or plan.form not in (PLAIN, *tried):
            return None
        if plan.form != PLAIN and not self._admit(plan.form, self._reference()):
            return None
        plan = replace(plan, difference=self.differences.get(plan.form, 0.0))
        if plan.threads is not None:
            return plan
        seconds = self._seconds(plan.form, plan.batch_size)
        return self._fewer_threads(replace(plan, threads=0), seconds)

    def _left(self) -> float:
        return self.budget - (time.perf_counter() - self.started)

    def _pictures(self, n: int) -> Tensor:
        """Noise (n, C, H, W): no two pixels are equal, so no pooling is a tie."""
        drawn = torch.rand((n, *self.shape), generator=torch.Generator().manual_seed(0))
        return drawn.to(self.device)

    def _next(self, rest: list[Form], reference: tuple[Tensor, Tensor]) -> Form | None:
        """The next form that can be used; what was looked at leaves the rest."""
        while rest:
            form = rest.pop(0)
            if self._admit(form, reference):
                return form
        return None

    def _bright_and_dark(self) -> Tensor:
        """Two pictures (2, C, H, W), as they come at the two ends of most paths."""
        noise = self._pictures(1)
        return torch.cat([noise, noise * DARK])

    def _reference(self) -> tuple[Tensor, Tensor]:
        return self._checked(PLAIN)

    def _checked(self, form: Form) -> tuple[Tensor, Tensor]:
        """Logits and gradients of the test pictures."""
        run = self.run_as(form)
        with _with_threads(1 if self.device.type == "cpu" else 0):  # as it is measured: warms that
            return _gradient(run, self._bright_and_dark())

    def _admit(self, form: Form, reference: tuple[Tensor, Tensor]) -> bool:
        """Whether the form can be made and says what the plain network says."""
        try:
            logits, slopes = self._checked(form)
        except Exception as error:  # tracing and copying raise anything on anybody's network
            self.notes.append(f"{form}: cannot be made, {reason(error, named=True)}")
            return False
        differences = [_difference(*pair) for pair in zip(logits, slopes, *reference, strict=True)]
        same = None not in differences
        if same:
            self.differences[form] = max(d for d in differences if d is not None)
        else:
            self.notes.append(f"{form}: not used, it gives other numbers")
        return same

    def _seconds(self, form: Form, n: int, threads: int = 1) -> float:
        """Seconds a picture for one gradient step of n pictures.

        With one thread, unless threads are the question: how long threads wait for each other
        depends on what else the machine does just now.
        """
        run, pictures = self.run_as(form), self._pictures(n)
        with _with_threads(threads if self.device.type == "cpu" else 0):
            started = self._clock()
            _gradient(run, pictures)
            return (self._clock() - started) / n

    def _clock(self) -> float:
        """Seconds. On a processor this thread's own, which other programs' work cannot lengthen.

        (Windows counts those in ticks that are longer than a step.)
        """
        if self.device.type == "cpu":
            return time.thread_time() if os.name == "posix" else time.perf_counter()
        getattr(torch, self.device.type).synchronize()
        return time.perf_counter()

    def _faster(self, other: Form) -> tuple[Form, float, float]:
        """The faster of plain and it, seconds a picture, and how many times as fast as plain.

        Turns interleave, so that what disturbs one disturbs both. A form's first turn warms it up;
        with one picture it is warm already.
        """
        each = max(0.0, self._left()) / 6  # two rounds of two, the first one slower
        n = _fitting(each / self.wait, largest_batch(self.shape))
        best = {PLAIN: math.inf, other: math.inf}
        for _ in range(2 if n > 1 else 1):
            for form in best:
                best[form] = min(best[form], self._seconds(form, n))
        if best[PLAIN] < GAIN * best[other]:
            return PLAIN, best[PLAIN], 1.0
        return other, best[other], best[PLAIN] / best[other]

    def _fastest_batch(self, form: Form, seconds: float) -> int:
        """Pictures a batch: the largest, unless there is time to find that half is faster."""
        size = _fitting(BATCH_SECONDS / seconds, largest_batch(self.shape))
        while size > 1 and self._left() > 4 * size * seconds:
            whole, half = (min(self._seconds(form, n) for _ in range(2)) for n in (size, size // 2))
            if whole < GAIN * half:
                break
            size //= 2
        return size

    def _fewer_threads(self, plan: Plan, seconds: float) -> Plan:
        """The plan with fewer threads, if a net is so small that they wait for each other.

        While others compute, this one has not the machine's threads to compare with: later, then.
        """
        threads, n = torch.get_num_threads(), plan.batch_size
        small = n * seconds < SMALL_SECONDS and self._left() > 0
        if self.device.type != "cpu" or THREADS == 1 or not small:
            return plan
        if threads < THREADS:
            return replace(plan, threads=None)
        self._seconds(plan.form, n, threads)  # the threads are started
        now = min(self._seconds(plan.form, n, threads) for _ in range(5))
        while threads > 1 and self._left() > 0:
            fewer = min(self._seconds(plan.form, n, threads // 2) for _ in range(5))
            if now < GAIN * fewer:
                break
            threads, now = threads // 2, fewer
            plan = replace(plan, threads=threads)
        return plan


def _difference(
    logits: Tensor, gradient: Tensor, logits0: Tensor, gradient0: Tensor
) -> float | None:
    """||g - g0|| / ||g0|| of one picture; None where logits or gradient are others than plain's."""
    span = float(logits0.max() - logits0.min())
    off = float((logits - logits0).abs().max())
    apart, size = float((gradient - gradient0).norm()), float(gradient0.norm())
    if not (off <= LOGITS_TOLERANCE * span and apart <= GRADIENT_TOLERANCE * size):
        return None
    return apart / size if size else 0.0


def _fitting(pictures: float, most: int) -> int:
    return max((n for n in BATCHES if n <= min(pictures, most)), default=1)


def _gradient(run: Run, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (n, classes) and the gradient of each picture's strongest one, (n, C, H, W)."""
    with torch.enable_grad():
        leaves = pictures.detach().requires_grad_(True)
        logits = run(leaves)
        (slopes,) = torch.autograd.grad(logits.max(dim=1).values.sum(), leaves)
    return logits.detach(), slopes


def _to_json(plan: Plan) -> dict[str, Any]:
    return {**vars(plan), "form": vars(plan.form), "notes": list(plan.notes)}


def _from_json(entry: Mapping[str, Any], most: int) -> Plan | None:
    """The plan that the entry names; None where any value is none that we could have written."""
    form, size, threads = (entry.get(name) for name in ("form", "batch_size", "threads"))
    speedup, notes = entry.get("speedup"), entry.get("notes")
    if not isinstance(form, dict) or not isinstance(notes, list) or len(notes) > 20:
        return None
    fine = (
        form.keys() == set(SWITCHES)
        and all(type(switch) is bool for switch in form.values())
        and type(size) is int
        and size in BATCHES
        and size <= most
        and (threads is None or (type(threads) is int and 0 <= threads <= max(CORES, THREADS)))
        and (speedup is None or (type(speedup) is float and 1.0 <= speedup <= 100.0))
        and all(isinstance(note, str) and len(note) <= 300 for note in notes)
    )
    if not fine:
        return None
    return Plan(Form(**form), size, threads, speedup, 0.0, tuple(notes))


def _key(net: nn.Module, shape: tuple[int, ...], device: torch.device) -> str:
    """What a plan depends on: nothing of the moment, and of the network only its layers' sizes."""
    layers = [f"{name} {type(module).__qualname__}" for name, module in net.named_modules()]
    sizes = [f"{name} {tuple(p.shape)} {p.dtype}" for name, p in net.named_parameters()]
    digest = hashlib.sha256("\n".join([*layers, *sizes]).encode()).hexdigest()[:16]
    size = "x".join(map(str, shape))
    return f"{digest} {size} torch {torch.__version__} {_machine(device)}"


def _machine(device: torch.device) -> str:
    cores = f"{CORES} cores"
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, {cores}"
    return f"{device.type} {_processor()}, {cores}"


def _processor() -> str:
    """The processor's name, where the system gives one, and what torch makes of it."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        name = next(
            line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")
        )
    except (OSError, StopIteration):
        pass
    return f"{name} {torch.backends.cpu.get_cpu_capability()}"
