"""The app with a network and a server of weights that stall while a file says so, for tests.

streamlit run tests/app/stalling.py -- --folder PICTURES, with STALLING (the file), SILENT (an
address that answers nothing) and TAB (the tab to open) in the environment.
"""

import os
import runpy
import time
from dataclasses import replace
from pathlib import Path

import streamlit as st
import torch
from torch import nn

from explorer.models import registry
from explorer.models.spec import WeightsFile

STALL = Path(os.environ["STALLING"])


class Stalling(nn.Module):
    """A small net that answers nothing while the file is there."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        while STALL.exists():
            time.sleep(0.01)
        return self.layer(images.mean(dim=(2, 3)))


@st.cache_resource
def models() -> None:
    """List both models, once a process."""
    spec = replace(
        registry.get_spec("scenes-fair"), id="stalls", title="Stalls", load=Stalling,
        classes=("a", "b", "c", "d"),
    )  # fmt: skip
    weights = WeightsFile(os.environ["SILENT"], "x-00000000.pth", 50_000_000)
    far = replace(spec, id="silent", title="Silent", weights=weights)
    registry._registered.update({"stalls": spec, "silent": far})


models()
st.session_state.setdefault("details", os.environ["TAB"])
st.session_state.setdefault("download", "silent")
runpy.run_path(str(Path(registry.__file__).parents[1] / "app.py"))
