"""README keeps what it promises: its pictures and files exist, its address is loopback."""

import re
import time
from pathlib import Path

import pytest

from tests.browser.conftest import running
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
    with (
        open(tmp_path / "said.txt", "w") as output,
        running(ROOT / "explorer" / "app.py", folder=tmp_path, output=output, PYTHONUNBUFFERED="1"),
    ):
        said = _read_until("URL:", tmp_path / "said.txt")
    assert "URL: http://127.0.0.1:" in said
    assert "usage statistics" not in said


def _read_until(wanted: str, path: Path) -> str:
    """What was written there, as soon as it holds these words, or after ten seconds without."""
    for _ in range(100):
        if wanted in (said := path.read_text()):
            break
        time.sleep(0.1)
    return said
