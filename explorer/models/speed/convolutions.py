"""Frozen stems whose gradient is computed another way; forward they are as they were.

A stem is a strided convolution of few channels, as a network's first layer is.

Libraries compute the gradient of a convolution's 3 input channels, which is a transposed
convolution, at a third of their usual speed. By its polyphase decomposition it is a sub-pixel
convolution: the pixels that are alike modulo the stride s come from a plain convolution of the
output's gradient with every s-th tap of the kernel; all s x s phases together are one dense
convolution into 3 s^2 channels, after which `pixel_shuffle` puts the pixels in their places.
Source: Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
Convolutional Neural Network" (2016), section 2.2.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STEM_CHANNELS = 4  # at most, to call a convolution a stem
WASTE = 1.5  # of the dense convolution's taps over the kernel's own: more would eat the gain


def _is_plain(module: nn.Module) -> bool:
    """Whether it is torch's own Conv2d, padded with a number of zeros, its settings all pairs."""
    if type(module) is not nn.Conv2d or module.padding_mode != "zeros":
        return False
    settings = (module.kernel_size, module.stride, module.padding, module.dilation)
    return all(isinstance(pair, tuple) and len(pair) == 2 for pair in settings)


def is_stem(module: nn.Module) -> bool:
    """Whether its gradient is better computed in phases: strided, of few channels, large enough."""
    if not _is_plain(module):
        return False
    (down, across), kernel = module.stride, module.kernel_size
    taps = [_up(size, down) for size in kernel]
    return (
        down == across > 1
        and module.dilation == (1, 1)
        and module.groups == 1
        and module.in_channels <= STEM_CHANNELS
        and taps[0] * taps[1] <= WASTE * kernel[0] * kernel[1]
    )


def phased_gradient(module: nn.Conv2d) -> None:
    """From now on its gradient is computed in phases."""
    taps = phases(module.weight, module.stride[0])
    taps = taps.contiguous(memory_format=torch.channels_last)
    module.register_buffer("phases", taps, persistent=False)
    module.__class__ = _Phased


def phases(weight: Tensor, stride: int) -> Tensor:
    """The dense convolution's weights (C s^2, O, ceil(k/s), ceil(k/s)) of a kernel (O, C, k, k).

    Output channel c s^2 + y s + x makes the pixels of channel c in row y and column x of their
    s x s square, as `pixel_shuffle` wants it.
    """
    outputs, channels, height, width = weight.shape
    down, across = _up(height, stride), _up(width, stride)
    square = F.pad(weight.detach(), (0, across - width, 0, down - height))
    split = square.view(outputs, channels, down // stride, stride, across // stride, stride)
    taps = split.permute(1, 3, 5, 0, 2, 4).flatten(0, 2)
    return taps.flip(2, 3)  # convolutions in torch are correlations


def _up(size: int, stride: int) -> int:
    """The next multiple of the stride."""
    return -(-size // stride) * stride


class _Phased(nn.Conv2d):
    phases: Tensor

    def forward(self, input: Tensor) -> Tensor:
        settings = (self.stride, self.padding)
        return _PhasedFunction.apply(input, self.weight, self.bias, self.phases, settings)


class _PhasedFunction(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, pixels: Tensor, weight: Tensor, bias: Tensor | None, taps: Tensor, settings: Any
    ) -> Tensor:
        ctx.save_for_backward(taps)
        ctx.size, ctx.settings = pixels.shape[2:], settings
        return F.conv2d(pixels, weight, bias, *settings)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        (taps,), (stride, padding) = ctx.saved_tensors, ctx.settings
        beyond = (taps.shape[2] - 1, taps.shape[3] - 1)  # squares that only a part of it reaches
        squares = F.conv2d(grad_output, taps, padding=beyond)
        padded = F.pixel_shuffle(squares, stride[0])  # from the padding's first pixel on
        margins = []  # the padding is cut off; what no tap reached at the far end is zero
        for place in (1, 0):
            size, before = ctx.size[place], padding[place]
            margins += [-before, size + before - padded.shape[2 + place]]
        return F.pad(padded, margins), None, None, None, None
