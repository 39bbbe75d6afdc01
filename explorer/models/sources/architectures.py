"""What is known of torchvision's classification architectures: how to build one, and its keys.

Facts that torchvision does not publish are entries of `_FACTS`, measured once (the tests measure
them again). Key tables come from hollow modules, whose parameters have shapes and no memory.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torchvision import models

from explorer.errors import ExplorerError

CLASSES = 1000  # of every published head
SEARCH_SECONDS = 3.0
ALMOST = 0.95  # of the keys: no other architecture will fit better

Shape = tuple[int, ...]
Options = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """What one architecture needs beyond its name.

    options: arguments of its builder. dropped: beginnings of keys that only training uses.
    native: whether it takes other input sizes than its own. fitted(shapes): further arguments of
    the builder, read off a checkpoint's shapes. own_scaling: whether it can undo ImageNet's
    normalisation for weights that were trained with another.
    """

    options: Options = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    native: bool = True
    fitted: Callable[[Mapping[str, Shape]], Options] = lambda shapes: {}
    own_scaling: bool = False


def _vit_size(shapes: Mapping[str, Shape]) -> Options:
    """A vision transformer's input size, from its grid of positions (1, 1 + n * n, width)."""
    positions, patch = shapes.get("encoder.pos_embedding"), shapes.get("conv_proj.weight")
    if positions is None or patch is None or len(positions) != 3 or len(patch) != 4:
        return {}
    return {"image_size": math.isqrt(max(positions[1] - 1, 1)) * patch[2]}


_NO_AUX = {"aux_logits": False, "init_weights": False}
_VIT = Facts(native=False, fitted=_vit_size)
_FACTS: Mapping[str, Facts] = {
    "googlenet": Facts(_NO_AUX, dropped=("aux1.", "aux2."), own_scaling=True),
    "inception_v3": Facts(_NO_AUX, dropped=("AuxLogits.",), own_scaling=True),
    "maxvit_t": Facts(native=False),
    **dict.fromkeys(("vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "vit_h_14"), _VIT),
}
_PLAIN = Facts()


class _Hollow(TorchFunctionMode):
    """Leaves parameters without memory: their values are about to come from a file anyway."""

    def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        if func is torch.empty:
            kwargs = {**(kwargs or {}), "device": "meta"}
        return func(*args, **(kwargs or {}))


@cache
def architectures() -> tuple[str, ...]:
    """The names of all classification architectures that torchvision lists."""
    return tuple(models.list_models(module=models))


def facts(architecture: str) -> Facts:
    """What is known of it beyond its name."""
    return _FACTS.get(architecture, _PLAIN)


def check_architecture(name: str) -> str:
    """The name if torchvision lists it; ExplorerError naming the nearest ones otherwise."""
    if name not in architectures():
        near = [known for known in architectures() if known[:4] == name[:4].lower()]
        raise ExplorerError(
            f"expected one of torchvision's architectures, such as "
            f"{', '.join(near or ['resnet18', 'vit_b_16'])}; got {name!r}"
        )
    return name


def build(architecture: str, options: Options | None = None) -> nn.Module:
    """The module with random weights, as torchvision initialises them."""
    merged = {**facts(architecture).options, **(options or {})}
    return models.get_model(architecture, weights=None, **merged)


def build_hollow(architecture: str, options: Options | None = None) -> nn.Module:
    """The module with shapes only, in evaluation mode."""
    with _Hollow():
        return build(architecture, options).eval()


def restore(architecture: str, options: Options, state: Mapping[str, Tensor]) -> nn.Module:
    """The module with these weights, which it shares; KeyError or RuntimeError if they misfit."""
    module = build_hollow(architecture, options)
    complete = {**_counters(module), **state}
    dressed = type(module.state_dict())(complete)
    dressed._metadata = module.state_dict()._metadata  # the format is today's, whoever wrote it
    module.load_state_dict(dressed, assign=True)
    return module


def normal_keys(architecture: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict under today's keys, without what only training uses."""
    dropped = facts(architecture).dropped
    renamed = {_today(key): value for key, value in state.items()}
    return {key: value for key, value in renamed.items() if not key.startswith(dropped or ("\0",))}


def _today(key: str) -> str:
    """DenseNet's published files still say `norm.1.weight` where the module says `norm1.weight`."""
    return re.sub(r"(denselayer\d+\.(?:norm|relu|conv))\.(\d)", r"\1\2", key)


def _counters(module: nn.Module) -> dict[str, Tensor]:
    """Batch counters, which only training uses and older files do not have."""
    keys = (key for key in module.state_dict() if key.endswith("num_batches_tracked"))
    return {key: torch.zeros((), dtype=torch.long) for key in keys}


@cache
def key_table(architecture: str) -> Mapping[str, Shape]:
    """Shapes by key of the published architecture, with its head of 1000 classes."""
    state = build_hollow(architecture).state_dict()
    return {key: tuple(value.shape) for key, value in state.items()}


def head_keys(architecture: str) -> tuple[str, ...]:
    """The keys whose first dimension is the number of classes."""
    table = key_table(architecture)
    return tuple(key for key, shape in table.items() if shape[:1] == (CLASSES,))


@cache
def published_parameters(architecture: str) -> int:
    """How many parameters the default weights have, without building anything."""
    return int(models.get_model_weights(architecture).DEFAULT.meta["num_params"])


@dataclass(frozen=True)
class Match:
    """How a state dict fits an architecture.

    missing, unexpected: keys. misshapen: (key, shape expected, shape that came). matching: how
    many keys fit.
    """

    architecture: str
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[tuple[str, Shape, Shape], ...]
    matching: int

    @property
    def perfect(self) -> bool:
        """Whether the weights can be loaded."""
        return not (self.missing or self.unexpected or self.misshapen)

    @property
    def quality(self) -> float:
        """Matching keys as a share of all keys on either side, 0 to 1."""
        others = len(self.missing) + len(self.unexpected) + len(self.misshapen)
        return self.matching / max(self.matching + others, 1)


def compare(architecture: str, came: Mapping[str, Shape]) -> Match:
    """How a state dict's shapes fit, whatever its number of classes."""
    table, heads = key_table(architecture), head_keys(architecture)
    flexible = {"encoder.pos_embedding"} if "image_size" in facts(architecture).fitted(came) else ()
    free = {key: slice(1, None) for key in heads} | {key: slice(0, 0) for key in flexible}
    shared = [key for key in table if key in came]
    wrong = [
        (key, table[key], came[key])
        for key in shared
        if table[key][free.get(key, slice(None))] != came[key][free.get(key, slice(None))]
        or len(table[key]) != len(came[key])
    ]
    wanted = [key for key in table if not key.endswith("num_batches_tracked")]
    return Match(
        architecture=architecture,
        missing=tuple(key for key in wanted if key not in came),
        unexpected=tuple(key for key in came if key not in table),
        misshapen=tuple(wrong),
        matching=len(shared) - len(wrong),
    )


def best_match(
    came: Mapping[str, Shape],
    normalised: Callable[[str], Mapping[str, Shape]] | None = None,
    seconds: float = SEARCH_SECONDS,
) -> Match | None:
    """The architecture that fits best, out of as many as can be compared in that time.

    normalised(architecture): the shapes under that architecture's keys. Those with a similar number
    of parameters are compared first; an almost perfect fit ends the search. None where no key fits.
    """
    until, best = time.monotonic() + seconds, None
    for architecture in _nearest(sum(math.prod(shape) for shape in came.values())):
        fit = compare(architecture, normalised(architecture) if normalised else came)
        if best is None or fit.quality > best.quality:
            best = fit
        if best.quality >= ALMOST or time.monotonic() > until:
            break
    return best if best is not None and best.quality > 0 else None


def _nearest(numbers: int) -> Iterable[str]:
    wanted = math.log(max(numbers, 1))
    return sorted(architectures(), key=lambda a: abs(math.log(published_parameters(a)) - wanted))
