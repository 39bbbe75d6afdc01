"""Checks of the sizes and normalisations that a user gives with a model."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.errors import ExplorerError

SIZES = (8, 1024)


def check_size(size: object) -> None:
    """ExplorerError unless it is None or a possible side of an input, in pixels."""
    if size is None:
        return
    low, high = SIZES
    if type(size) is not int or not low <= size <= high:
        raise ExplorerError(f"expected a size of {low} to {high} pixels; got {size!r}")


def parse_numbers(what: str, text: str | None) -> list[float] | None:
    """Numbers separated by commas; None for no text. Raises ExplorerError on anything else."""
    if text is None or not text.strip():
        return None
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise ExplorerError(
            f"the {what} must be three numbers such as 0.5, 0.5, 0.5; got {text!r:.60}"
        ) from None


def check_numbers(
    what: str, values: Sequence[float] | None, low: float, channels: tuple[int, ...] = (3,)
) -> None:
    """ExplorerError unless None, or one number a channel from `low` to 1 (pixels are in [0, 1])."""
    if values is None:
        return
    counts = " or ".join(map(str, channels))
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError) as error:
        raise ExplorerError(f"expected {counts} numbers as {what}; got {values!r:.80}") from error
    if len(numbers) not in channels:
        raise ExplorerError(f"expected {counts} numbers as {what}; got {len(numbers)}")
    if not all(math.isfinite(n) and low <= n <= 1.0 for n in numbers):
        hint = ": divide by 255" if max(numbers) > 1 else ""
        raise ExplorerError(
            f"expected {what} for pixels in [0, 1], {low:g} to 1; got {numbers}{hint}"
        )
