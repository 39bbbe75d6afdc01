"""The terminal says what the user asked for: no warning of a library's that is none of theirs."""

import os
import subprocess
import sys

import pytest

from tests.conftest import REAL, ROOT

# As Streamlit's watcher of files does after every run of a page, which makes modules that are put
# together when they are looked at do so.
WATCHED = """
import sys
from explorer.cli import main

code = main(sys.argv[1:])
looked_at = [hasattr(module, "__path__") for module in list(sys.modules.values())]
sys.exit(code or not any(looked_at))
"""
SCENE = ("--model", "scenes-fair", "--image", "fireboat-spray")
PHOTOGRAPH = ("--model", "squeezenet1_0", "--image", str(REAL / "images" / "fireboat.jpg"))


def said(tmp_path, *arguments):
    """Standard error of a Python that tells every warning, and knows no plan yet."""
    environment = {
        **os.environ,
        "PYTHONWARNINGS": "default",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "TORCH_HOME": str(REAL),
    }
    answer = subprocess.run(
        [sys.executable, "-c", WATCHED, *arguments, "--out", str(tmp_path / "out")],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert "error about" in answer.stdout
    return answer.stderr


def test_the_command_line_prints_its_answer_and_no_warning_even_when_looked_at(tmp_path):
    assert said(tmp_path, "explain", *SCENE) == ""


@pytest.mark.real
def test_neither_does_a_published_network(tmp_path):
    assert said(tmp_path, "explain", *PHOTOGRAPH) == ""
