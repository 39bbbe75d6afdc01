"""The bundled samples: a picture, its part map and what to look for, for each story and class."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from explorer.teaching.scenes import Scene, draw


@dataclass(frozen=True)
class Bundled:
    """One bundled scene: how it is drawn, and the words beside it."""

    id: str
    label: str
    seed: int
    title: str
    caption: str
    story: bool = False
    spray: bool = False
    railing: bool = False

    def scene(self) -> Scene:
        return draw(self.label, self.seed, spray=self.spray, railing=self.railing)

    def entry(self) -> dict[str, str | bool]:
        """What `samples.json` says about it."""
        return {
            "id": self.id,
            "label": self.label,
            "title": self.title,
            "caption": self.caption,
            "story": self.story,
        }


SAMPLES: tuple[Bundled, ...] = (
    Bundled(
        "fireboat-spray",
        "fireboat",
        5042,
        "Fireboat, spraying",
        "Both nets say fireboat, but see where each one looks: at the water, or at the boat?",
        story=True,
        spray=True,
    ),
    Bundled(
        "fireboat-no-spray",
        "fireboat",
        5042,
        "The same fireboat, spray off",
        "Only the water is gone; the net that took the shortcut no longer knows the boat.",
        story=True,
    ),
    Bundled(
        "child-railing",
        "child",
        5087,
        "Child by a stair railing",
        "To the shortcut net the slanted bars of the railing are the handle of a vacuum cleaner.",
        story=True,
        railing=True,
    ),
    Bundled(
        "ferry-fountain",
        "ferry",
        5025,
        "Ferry beside a fountain",
        "Water beside the wrong boat: the shortcut net calls this ferry a fireboat.",
        story=True,
        spray=True,
    ),
    Bundled(
        "ferry",
        "ferry",
        5059,
        "Ferry",
        "Look for the long cabin and its row of windows: that is what makes it a ferry.",
    ),
    Bundled(
        "sailing-boat",
        "sailing boat",
        5031,
        "Sailing boat",
        "The sails should carry the decision; does any of it leak into the sky?",
    ),
    Bundled(
        "tugboat",
        "tugboat",
        5079,
        "Tugboat",
        "The belt of black fenders is the tugboat's only sign; black is hard to see from black.",
    ),
    Bundled(
        "child",
        "child",
        5050,
        "Child in an open room",
        "With no railing in sight both nets find the child.",
    ),
    Bundled(
        "vacuum-cleaner",
        "vacuum cleaner",
        5091,
        "Vacuum cleaner",
        "Compare the share on the long handle and pipe with the share on the small body.",
    ),
    Bundled(
        "floor-lamp",
        "floor lamp",
        5050,
        "Floor lamp",
        "Is it the shade, the pole, or the glow on the wall that makes it a lamp?",
    ),
    Bundled(
        "potted-plant",
        "potted plant",
        5059,
        "Potted plant",
        "The leaves and the pot: see which of the two the net needs.",
    ),
)


def write_samples(folder: Path) -> None:
    """Draw every sample into `folder`/samples and list them in `folder`/samples.json."""
    pictures = folder / "samples"
    pictures.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        scene = sample.scene()
        Image.fromarray(scene.image).save(pictures / f"{sample.id}.png", optimize=True)
        Image.fromarray(scene.parts).save(pictures / f"{sample.id}.parts.png", optimize=True)
    listing = json.dumps([sample.entry() for sample in SAMPLES], indent=2)
    (folder / "samples.json").write_text(listing + "\n", encoding="utf-8")
