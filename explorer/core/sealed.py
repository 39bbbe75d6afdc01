"""Arrays that nobody can write any more: results are shared between sessions."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=np.generic)


def read_only(array: NDArray[Kind]) -> NDArray[Kind]:
    """The very array, which can no longer be written."""
    array.setflags(write=False)
    return array


class Sealed:
    """A dataclass that seals its arrays in `__post_init__`, and does so again once unpickled.

    (numpy forgets that an array was read-only.) What was cached beside the fields is left behind.
    """

    def __post_init__(self) -> None:
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()
