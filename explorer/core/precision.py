"""The precisions in which gradients may be computed. Scores are always float32."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FLOAT32, BFLOAT16 = "float32", "bfloat16"
PRECISIONS: Mapping[str, str] = MappingProxyType(
    {
        FLOAT32: "Everything in single precision.",
        BFLOAT16: "The gradients' convolutions with 8 bits of fraction, where that is faster here.",
    }
)


def check_precision(precision: str) -> None:
    """Raises ValueError on an unknown one."""
    if precision not in PRECISIONS:
        raise ValueError(
            f"expected a precision out of {', '.join(PRECISIONS)}; got {precision!r:.80}"
        )
