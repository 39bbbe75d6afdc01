"""The models that come with the app: small nets of our own, for worlds that we drew."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from explorer.models.spec import ModelSpec
from explorer.teaching import letters, scenes
from explorer.teaching.nets import build_scenes_net

ASSETS = Path(__file__).resolve().parents[3] / "assets"


def _restore(build: Callable[[], nn.Module], weights: Path) -> nn.Module:
    net = build()
    net.load_state_dict(load_file(weights))
    return net


def _scenes(name: str, title: str, description: str) -> ModelSpec:
    return ModelSpec(
        id=name,
        title=title,
        description=description,
        classes=scenes.CLASSES,
        shape=(3, scenes.SIZE, scenes.SIZE),
        mean=tuple(scenes.MEAN),
        std=tuple(scenes.STD),
        samples="scenes",
        load=partial(
            _restore,
            partial(build_scenes_net, len(scenes.CLASSES)),
            ASSETS / "scenes" / f"{name}.safetensors",
        ),
    )


EMBEDDED: tuple[ModelSpec, ...] = (
    _scenes(
        "scenes-shortcut",
        "Scenes: took a shortcut",
        "Harbours and stairwells. While it learned, fireboats always sprayed and nothing else did.",
    ),
    _scenes(
        "scenes-fair",
        "Scenes: taught fairly",
        "The same worlds, but spray and railings came with every class and give nothing away.",
    ),
    ModelSpec(
        id="letters",
        title="Letters: 3 by 3 pixels",
        description="Five letters on nine pixels, read by a net small enough to follow by hand.",
        classes=letters.CLASSES,
        shape=letters.SHAPE,
        mean=letters.MEAN,
        std=letters.STD,
        samples="letters",
        load=partial(_restore, letters.build_net, ASSETS / "letters" / "letters.safetensors"),
        pixel_max=float(letters.PIXEL_MAX),
        overlay_opacity=1.0,  # numbers are written in the nine cells: colours must be plain
    ),
)
