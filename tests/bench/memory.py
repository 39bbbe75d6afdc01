"""The memory of a process and its children, as Linux tells it."""

from __future__ import annotations

import threading
from pathlib import Path

PROC = Path("/proc")


def resident(pid: int) -> int:
    """Bytes that the process and its descendants hold in memory now; 0 for one that has ended."""
    try:
        status = (PROC / f"{pid}" / "status").read_text(encoding="utf-8")
        tasks = [*(PROC / f"{pid}" / "task").iterdir()]
        children = " ".join((task / "children").read_text(encoding="utf-8") for task in tasks)
    except OSError:  # it, or a thread of it, has ended meanwhile
        return 0
    held = next((line for line in status.splitlines() if line.startswith("VmRSS")), "VmRSS: 0 kB")
    return int(held.split()[1]) * 1024 + sum(resident(int(child)) for child in children.split())


class Peak:
    """In a `with`: watches a process and keeps the most it held, in bytes, in `most`."""

    def __init__(self, pid: int, every: float = 0.1) -> None:
        self.pid, self.every, self.most = pid, every, 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(self.every):
            self.most = max(self.most, resident(self.pid))
