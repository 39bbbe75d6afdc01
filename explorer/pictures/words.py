"""Numbers in words: with no more digits than they deserve."""

from __future__ import annotations


def about_error(error: float, gradients: int) -> str:
    """An estimated relative error, with no more digits than an estimate deserves."""
    return f"error {roughly(error)} after {counted(gradients)}"


def roughly(error: float) -> str:
    """An estimated relative error as a percentage, with no more digits than it deserves."""
    if not error <= 1.0:
        return "above 100\u00a0%"
    if error < 0.0005:
        return "below 0.1\u00a0%"
    return f"about {100 * error:.{1 if error < 0.0095 else 0}f}\u00a0%"


def counted(count: int) -> str:
    """So many gradients."""
    return "1 gradient" if count == 1 else f"{count} gradients"


def percent(share: float) -> str:
    """A share of 1 as a percentage; what is not nothing or all is never rounded to it."""
    if 0 < share < 0.0005:
        return "<0.1\u00a0%"
    if 0.9995 <= share < 1:
        return ">99.9\u00a0%"
    digits = 1 if 0 < share < 0.0995 or 0.995 <= share < 1 else 0
    return f"{100 * share:.{digits}f}\u00a0%"


def seen(box: tuple[int, int, int, int], size: tuple[int, int]) -> str:
    """What of a picture of this (width, height) a model sees; box: (left, top, right, bottom)."""
    used = (box[2] - box[0], box[3] - box[1])
    if used == size:
        return f"sees all of {_size(size)}"
    return f"sees the middle {_size(used)} of {_size(size)}"


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}\u00a0×\u00a0{size[1]}"
