"""Thousands of damaged files: each is read or refused, in bounded time and memory, and no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from explorer.images.decode import FORMATS

COUNT, SEED = 3200, 20170613
HANG_SECONDS = 5.0


def test_damaged_files_are_read_or_refused_within_bounds(tmp_path):
    script = Path(__file__).with_name("fuzz_images.py")
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, str(script), str(COUNT), str(SEED)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    print(figures)
    assert figures["escaped"] == []
    assert figures["written"] == []
    assert list(tmp_path.iterdir()) == []
    assert figures["read"] + figures["refused"] == COUNT
    assert figures["read"] > 100, "damage so heavy that nothing but refusals is tested"
    assert set(figures["kinds"]) == {*FORMATS, "ZIP"}
    assert figures["slowest"] < HANG_SECONDS
    assert figures["peak_mb"] < 1024
