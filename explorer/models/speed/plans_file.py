"""Plans that were measured before, in a small file of the user's cache folder.

The file saves some tenths of a second when the app starts again, and is never needed: where it is
missing, unreadable, damaged or cannot be written, plans are measured anew. Nothing in it is trusted
beyond a choice from fixed lists, and a network's form is checked again before it is used.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

MOST_BYTES = 1 << 20  # that are read of such a file
MOST_ENTRIES = 500
_writing = Lock()


def plans_file() -> Path:
    """Where plans are remembered, by the system's own conventions."""
    if sys.platform == "win32":
        own = os.environ.get("LOCALAPPDATA")
        folder = Path(own) if own else Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches"
    else:
        own = os.environ.get("XDG_CACHE_HOME", "")
        folder = Path(own) if os.path.isabs(own) else Path.home() / ".cache"
    return folder / "integrated-gradients-explorer" / "plans.json"


def recall(key: str) -> Mapping[str, Any] | None:
    """What was remembered under the key, unchecked; None where there is nothing to read."""
    entry = _read().get(key)
    return entry if isinstance(entry, dict) else None


def remember(key: str, entry: Mapping[str, Any]) -> bool:
    """Keep the entry, the oldest beyond a few hundred forgotten; False where it cannot be kept."""
    with _writing:
        kept = _read()
        kept.pop(key, None)
        newest = list({**kept, key: dict(entry)}.items())[-MOST_ENTRIES:]
        try:
            _replace(plans_file(), json.dumps(dict(newest), indent=1))
        except (OSError, RuntimeError):  # no home folder, a full disk, no right to write
            return False
    return True


def _read() -> dict[str, Any]:
    try:
        with plans_file().open("rb") as file:
            found = json.loads(file.read(MOST_BYTES))
    except (OSError, RuntimeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _replace(path: Path, text: str) -> None:
    """Write beside it and move, so that whoever reads finds the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise
