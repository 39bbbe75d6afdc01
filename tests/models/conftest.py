"""Where weights are looked for: nowhere, or among the real ones for tests marked `real`."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.models.registry import load_model

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "real"


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch):
    """An empty folder where torch.hub looks for weights; no test touches the real one."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch-home"))
    return tmp_path / "torch-home" / "hub" / "checkpoints"


@pytest.fixture
def real(monkeypatch):
    """The folder of real weights and photographs, with torch.hub looking there.

    Tests that ask for it are marked `real`, and skipped where it is absent.
    """
    monkeypatch.setenv("TORCH_HOME", str(REAL))
    return REAL


@pytest.fixture
def squeezenet(real):
    """SqueezeNet with real ImageNet weights, loaded the way the app loads it."""
    return load_model("squeezenet1_0")


@pytest.fixture
def photograph(real):
    """photograph(name) -> (3, 224, 224) in [0, 1]: the file's own pixels."""
    return lambda name: photograph_pixels(real / "images" / f"{name}.jpg")


def photograph_pixels(path):
    with Image.open(path) as picture:
        levels = np.asarray(picture.convert("RGB"), dtype=np.float32)
    return torch.from_numpy(levels.transpose(2, 0, 1) / np.float32(255)).contiguous()
