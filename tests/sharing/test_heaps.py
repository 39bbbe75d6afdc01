"""Memory that a computation has freed is the system's again."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from explorer.sharing import heaps

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps it")


def resident() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@glibc
def test_what_is_freed_below_something_still_held_goes_back():
    blocks = [bytes([1]) * 100_000 for _ in range(2000)]  # 200 MB, in parts that heaps hold
    held = blocks[-1]
    full = resident()
    blocks.clear()
    heaps.give_back()
    assert resident() < full - 150_000_000
    assert len(held) == 100_000


def test_it_can_be_asked_for_anywhere():
    heaps.share_heaps()
    heaps.give_back()


def test_where_glibc_is_not_nothing_happens(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    heaps._glibc.cache_clear()
    heaps.share_heaps()
    heaps.give_back()
    heaps._glibc.cache_clear()
