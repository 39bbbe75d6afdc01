"""Other forms of a network that give the same numbers sooner.

channels-last   the order in memory in which convolutions work fastest on most processors
folded          batch-norm W (x - m) / s + b made part of the convolution before it, by torch.fx
bfloat16        the convolutions' gradients in bfloat16, everything forward in float32

A form is made of a copy: the network itself, which others may hold, is never touched. What a form
leaves alone it shares with the network, so only what it changes takes memory again.

Forward stays in float32 on purpose. With the whole network in bfloat16 the sign before a ReLU and
the largest of four pooled values change so often that the attribution is off by a fifth on real
photographs, far more than the quadrature's error; backward, with those decided, it is linear and
off by half a per cent.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from explorer.core.precision import BFLOAT16, FLOAT32, PRECISIONS


@dataclass(frozen=True)
class Form:
    """How a network is kept and run. precision: of the gradients' convolutions, see above."""

    channels_last: bool = False
    folded: bool = False
    precision: str = FLOAT32

    def __str__(self) -> str:
        said = ["channels-last"] * self.channels_last + ["batch-norm folded"] * self.folded
        said += ["gradients in bfloat16"] * (self.precision == BFLOAT16)
        return ", ".join(said) or "plain"


PLAIN = Form()


def candidates(net: nn.Module, precision: str = FLOAT32) -> list[Form]:
    """The forms that could be faster than plain, the likeliest first; [] for a net of other layers.

    Raises ValueError on an unknown precision.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"expected a precision out of {', '.join(PRECISIONS)}; got {precision!r}")
    if not _has(net, nn.Conv2d):
        return []
    forms = [Form(channels_last=True)]
    if _has(net, nn.BatchNorm2d):
        forms = [Form(channels_last=True, folded=True), *forms, Form(folded=True)]
    if precision == BFLOAT16:
        narrow = [Form(f.channels_last, f.folded, BFLOAT16) for f in (*forms, PLAIN)]
        # one of each kind comes first: how both precisions compare is what was asked
        return [narrow[0], forms[0], *narrow[1:], *forms[1:]]
    return forms


def make(net: nn.Module, form: Form) -> nn.Module:
    """The network in that form, frozen; `net` itself where the form is plain.

    Raises whatever torch does where a network cannot be copied or traced.
    """
    if form == PLAIN:
        return net
    made = _copy(net)
    if form.folded:
        from torch.fx.experimental.optimization import fuse

        made = fuse(made, inplace=True)
    if form.channels_last:
        made = made.to(memory_format=torch.channels_last)
    if form.precision == BFLOAT16:
        _narrow_gradients(made)
    return made.eval().requires_grad_(False)


def _has(net: nn.Module, kind: type[nn.Module]) -> bool:
    return any(isinstance(module, kind) for module in net.modules())


def _copy(net: nn.Module) -> nn.Module:
    """A copy that shares all but the convolutions' weights, the only ones a form changes."""
    tensors = [*net.parameters(), *net.buffers()]
    return copy.deepcopy(net, {id(t): t for t in tensors if t.ndim not in (4, 5)})


def _narrow_gradients(net: nn.Module) -> None:
    for module in net.modules():
        plain = type(module) is nn.Conv2d and module.padding_mode == "zeros"
        if plain and not isinstance(module.padding, str):
            module.register_buffer("narrow", module.weight.to(torch.bfloat16), persistent=False)
            module.__class__ = _NarrowConv2d


class _NarrowConv2d(nn.Conv2d):
    """A frozen convolution whose gradient is computed in bfloat16."""

    narrow: Tensor

    def forward(self, input: Tensor) -> Tensor:
        settings = (self.stride, self.padding, self.dilation, self.groups)
        return _NarrowConvolution.apply(input, self.weight, self.bias, self.narrow, settings)


class _NarrowConvolution(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, pixels: Tensor, weight: Tensor, bias: Tensor | None, narrow: Tensor, settings: Any
    ) -> Tensor:
        ctx.save_for_backward(narrow)
        ctx.like, ctx.settings = torch.empty_like(pixels, device="meta"), settings
        return nn.functional.conv2d(pixels, weight, bias, *settings)

    @staticmethod
    def backward(ctx: Any, slopes: Tensor) -> tuple[Tensor | None, ...]:
        (narrow,) = ctx.saved_tensors
        stride, padding, dilation, groups = ctx.settings
        # only its shape and order are read: the weights want no gradient
        like = torch.empty_like(ctx.like, dtype=narrow.dtype, device=narrow.device)
        wanted, *_ = torch.ops.aten.convolution_backward(
            slopes.to(narrow.dtype), like, narrow, None,
            stride, padding, dilation, False, [0, 0], groups, [True, False, False],
        )  # fmt: skip
        return wanted.to(slopes.dtype), None, None, None, None
