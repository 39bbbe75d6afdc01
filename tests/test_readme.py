"""README keeps what it promises: its pictures and files exist, its address is loopback."""

import os
import re
import subprocess
import sys

import pytest

from tests.browser.conftest import free_port
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("link", re.findall(r"!\[[^]]*\]\(([^)]+)\)", README))
def test_every_picture_in_readme_exists(link):
    assert (ROOT / link).is_file()


@pytest.mark.parametrize("name", re.findall(r"`(explorer/[\w./]+|assets|tests/[\w./]+)`", README))
def test_every_file_and_folder_that_readme_names_exists(name):
    assert (ROOT / name).exists()


def test_the_app_listens_on_loopback_whatever_folder_it_is_started_from(tmp_path):
    """Streamlit reads its settings beside the script or in the working folder, nowhere else."""
    command = [
        sys.executable, "-m", "streamlit", "run", str(ROOT / "explorer" / "app.py"),
        "--server.port", str(free_port()), "--server.headless", "true",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}  # or a line waits for the buffer to fill
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            said = ""
            for line in process.stdout:
                said += line
                if "URL:" in line:
                    break
        finally:
            process.terminate()
    assert "URL: http://127.0.0.1:" in said
    assert "usage statistics" not in said
