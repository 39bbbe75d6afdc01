"""A loaded model that scores pixels."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable
from threading import Lock

import numpy as np
import torch
from torch import Tensor, nn

from explorer.core.targets import Target
from explorer.models.speed.forms import Form, make
from explorer.models.speed.plan import Plan, find_plan

from .spec import ModelSpec


class Scoring(ABC):
    """What turns pixels into logits, and all that is read off those."""

    spec: ModelSpec
    device: torch.device

    @abstractmethod
    def logits(self, images: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, C, H, W) in [0, 1]; differentiable in the pixels."""

    def score(self, target: Target) -> Callable[[Tensor], Tensor]:
        """The target's score and its rivals', for the core: (n, C, H, W) -> (n, 1 + k)."""
        return lambda images: target.scores(self.logits(images))

    def probabilities(self, images: Tensor) -> np.ndarray:
        """Softmax probabilities (n, classes) of images (n, C, H, W) in [0, 1], read-only."""
        with torch.no_grad():
            found = self.logits(images.to(self.device)).softmax(dim=1).cpu().numpy()
        found.setflags(write=False)  # they go into explanations, which are shared
        return found


class LoadedModel(Scoring):
    """A module ready to be explained: evaluation mode, frozen, normalisation inside.

    Its own logits are the plain network's. `prepared` gives the same model in the form that is
    fastest here.
    """

    def __init__(self, spec: ModelSpec, device: str = "cpu") -> None:
        self.spec = spec
        self.device = torch.device(device)
        self._net = _moved(spec.load().eval().requires_grad_(False), self.device)
        self._mean = torch.tensor(spec.mean, device=self.device).view(-1, 1, 1)
        self._std = torch.tensor(spec.std, device=self.device).view(-1, 1, 1)
        self._prepared: dict[tuple[int, int, int], PreparedModel] = {}
        self._forms: dict[Form, nn.Module] = {}
        self._preparing = Lock()

    def logits(self, images: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, C, H, W) in [0, 1]; differentiable in the pixels."""
        return self._run(self._net, images)

    def prepared(self, shape: tuple[int, ...]) -> PreparedModel:
        """The model in the form that is fastest for images (C, H, W); the same one ever after.

        The first time it is measured, which takes about 0.3 seconds (longer only where eight
        gradients take longer than that), unless this machine remembers. ValueError on a shape that
        is none of an image.
        """
        key = _three(shape)
        with self._preparing:
            if key not in self._prepared:
                self._prepared[key] = self._prepare(key)
            return self._prepared[key]

    def _prepare(self, shape: tuple[int, int, int]) -> PreparedModel:
        tried: dict[Form, nn.Module] = dict(self._forms)

        def run_as(form: Form) -> Callable[[Tensor], Tensor]:
            if form not in tried:
                tried[form] = make(self._net, form)
            return lambda images: self._run(tried[form], images, form.channels_last)

        plan = find_plan(self._net, run_as, shape, self.device)
        prepared = PreparedModel(self.spec, self.device, plan, run_as(plan.form))
        self._forms[plan.form] = tried[plan.form]  # the others are forgotten
        return prepared

    def _run(self, net: nn.Module, images: Tensor, channels_last: bool = False) -> Tensor:
        if channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        logits: Tensor = net((images - self._mean) / self._std)
        return logits

    @property
    def nbytes(self) -> int:
        """The memory that parameters and buffers take, in bytes, in all forms that are kept."""
        held = {}
        for net in (self._net, *self._forms.copy().values()):
            for tensor in (*net.parameters(), *net.buffers()):
                held[tensor.data_ptr(), tensor.nbytes] = tensor.nbytes
        return sum(held.values())


class PreparedModel(Scoring):
    """A loaded model in the form, the batches and the threads of a plan.

    Enter `plan.running()` around its calls and their gradients, and give it `plan.batch_size`
    pictures at once.
    """

    def __init__(
        self, spec: ModelSpec, device: torch.device, plan: Plan, run: Callable[[Tensor], Tensor]
    ) -> None:
        self.spec, self.device, self.plan, self._run = spec, device, plan, run

    def logits(self, images: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, C, H, W) in [0, 1]; differentiable in the pixels."""
        return self._run(images)


def _moved(net: nn.Module, device: torch.device) -> nn.Module:
    """The network on the device; a copy if it has to move, since others may hold this one."""
    here = all(t.device.type == device.type for t in (*net.parameters(), *net.buffers()))
    return net if here else copy.deepcopy(net).to(device)


def _three(shape: tuple[int, ...]) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise ValueError(f"expected the shape (C, H, W) of an image; got {tuple(shape)}")
    return shape[0], shape[1], shape[2]
