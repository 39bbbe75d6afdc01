"""Free memory goes back to the system, where glibc would keep it; elsewhere this does nothing.

Streamlit runs every page in a thread of its own, and glibc gives threads heaps of their own, each
of which keeps what one batch of gradients needed once.
"""

from __future__ import annotations

import ctypes
import platform
from functools import cache

HEAPS = 2
_M_ARENA_MAX = -8  # from glibc's malloc.h


def share_heaps() -> None:
    """From now on, threads share a few heaps. Before threads compute, to be of use."""
    if glibc := _glibc():
        glibc.mallopt(_M_ARENA_MAX, HEAPS)


def give_back() -> None:
    """Hand the free parts of all heaps back to the system."""
    if glibc := _glibc():
        glibc.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
