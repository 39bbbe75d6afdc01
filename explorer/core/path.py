"""The straight path from the baseline b to the image x.

    gamma(alpha) = b + alpha * (x - b),   alpha in [0, 1]

Source: Sundararajan, Taly, Yan (2017), section 3. Other paths give other methods; only the straight
one is symmetry-preserving (theorem 1).
"""

from __future__ import annotations

import torch
from torch import Tensor


def check_pair(image: Tensor, baseline: Tensor) -> None:
    """Raise ValueError unless image and baseline are two finite (C, H, W) arrays of one shape."""
    if image.ndim != 3 or image.shape != baseline.shape:
        raise ValueError(
            "image and baseline must both be (C, H, W) and of one shape; "
            f"got {tuple(image.shape)} and {tuple(baseline.shape)}"
        )
    for name, pixels in (("image", image), ("baseline", baseline)):
        if not torch.isfinite(pixels).all():
            raise ValueError(f"the {name} holds a NaN or infinite pixel; expected finite numbers")


def along(image: Tensor, baseline: Tensor, alphas: Tensor) -> Tensor:
    """Pictures on the path: (n, C, H, W) for image and baseline (C, H, W) and alphas (n,)."""
    a = alphas.to(image.dtype).to(image.device).view(-1, 1, 1, 1)
    return baseline + a * (image - baseline)
