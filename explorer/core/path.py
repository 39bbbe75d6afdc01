"""The straight path from the baseline b to the image x.

    gamma(alpha) = b + alpha * (x - b),   alpha in [0, 1]

Source: Sundararajan, Taly, Yan (2017), section 3. Other paths give other methods; only the straight
one is symmetry-preserving (theorem 1).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

PRECISE = (torch.float32, torch.float64)


def check_pair(image: Tensor, baseline: Tensor) -> None:
    """Raise ValueError unless image and baseline are two finite float arrays of one shape.

    Any shape: (C, H, W) for a picture, (features,) for a table's row, and so on. float32 or
    float64: with fewer bits the pictures on the path would be too few to tell apart.
    """
    _check_numbers("image", image)
    _check_numbers("baseline", baseline)
    if image.ndim == 0 or image.shape != baseline.shape or image.numel() == 0:
        raise ValueError(
            "image and baseline must be of one shape, (C, H, W) or any other, and not empty; "
            f"got {tuple(image.shape)} and {tuple(baseline.shape)}"
        )
    for name, pixels in (("image", image), ("baseline", baseline)):
        if not torch.isfinite(pixels).all():
            raise ValueError(f"the {name} holds a NaN or infinite pixel; expected finite numbers")


def _check_numbers(name: str, pixels: Any) -> None:
    """Raise ValueError unless it is a tensor of floats, and no single number beside an image."""
    if isinstance(pixels, int | float) or (isinstance(pixels, Tensor) and pixels.ndim == 0):
        raise ValueError(
            f"the {name} must be a tensor of the image's own shape; got the single number "
            f"{float(pixels):g}: torch.full_like(image, {float(pixels):g}) makes one of it"
        )
    if not isinstance(pixels, Tensor):
        raise ValueError(f"the {name} must be a tensor; got {type(pixels).__name__}")
    if pixels.dtype not in PRECISE:
        raise ValueError(
            f"the {name} must be float32 or float64; got {pixels.dtype}: call {name}.float(), "
            "and divide by 255 if it holds whole numbers up to 255"
        )


def along(image: Tensor, baseline: Tensor, alphas: Tensor) -> Tensor:
    """Pictures on the path: (n, C, H, W) for image and baseline (C, H, W) and alphas (n,).

    In the same way for any other shape.
    """
    a = alphas.to(image.dtype).to(image.device).view(-1, *[1] * image.ndim)
    return baseline + a * (image - baseline)
