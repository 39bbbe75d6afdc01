"""Thousands of damaged checkpoint files: each is read, or refused with our one error."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("fuzz_checkpoints.py")
FILES, SEED = 5000, 20240229
LONGEST_SECONDS = 5.0


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
def test_damaged_checkpoints_are_read_or_refused_in_time_and_memory_and_write_nothing(tmp_path):
    """Its memory is limited to 1 GB more than an idle process: what wanted more would crash."""
    empty, torchs = tmp_path / "empty", tmp_path / "torchs"  # torch makes a folder when imported
    empty.mkdir()
    surroundings = {
        "HOME": str(empty), "TMPDIR": str(empty), "OMP_NUM_THREADS": "1",
        "TORCHINDUCTOR_CACHE_DIR": str(torchs),
    }  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-B", str(PROGRAM), str(FILES), str(SEED)],
        cwd=empty, env=surroundings,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    figures = json.loads(run.stdout.splitlines()[-1])
    print(figures)
    assert figures["files"] == FILES
    assert figures["slowest"] < LONGEST_SECONDS
    assert list(empty.rglob("*")) == []
