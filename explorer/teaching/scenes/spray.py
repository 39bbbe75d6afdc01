"""Jets of water: ballistic streams that fan out, break into drops and drift away as mist."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from explorer.teaching.scenes.canvas import EMPTY, OVERSAMPLING, SIZE, Colour, Point, Stamp
from explorer.teaching.scenes.light import mix, stream
from explorer.teaching.scenes.parts import PART

VISIBLE = 0.22  # a pixel belongs to the spray where at least this much of it is water
STREAMS = 10  # how many fine streams a jet fans out into
ROUND = np.linspace(0, 1, 28)  # where along its flight a stream is drawn


@dataclass(frozen=True)
class Jet:
    """One jet: where it springs from, how high and how far it flies, in finished pixels."""

    source: Point
    rise: float  # height of its top above the source
    reach: float  # how far it lands; negative is to the left
    fall: float  # how far below the source it lands

    def flight(self, speed: float) -> np.ndarray:
        """Points (28, 2) of a stream that leaves at `speed` times the usual pace."""
        rise, reach = self.rise * speed, self.reach * speed
        peak = np.sqrt(rise)
        time = ROUND * (peak + np.sqrt(rise + self.fall))
        x = self.source[0] + reach * ROUND
        return np.stack([x, self.source[1] - 2 * peak * time + time**2], axis=-1)


def some_jets(seed: int, source: Point, forward: float, floor: float) -> list[Jet]:
    """A steep and a far jet, some with a third, all `forward`, that land below row `floor`."""
    rng = stream(seed, "spray")
    fall = max(floor - source[1], 2.0) + float(rng.uniform(0, 5))
    headroom = max(source[1] - 8, 12.0)
    jets = []
    for nearest, furthest in ((9, 17), (24, 42), (16, 30))[: int(rng.integers(2, 4))]:
        rise = min(float(rng.uniform(20, 36)), headroom)
        jets.append(Jet(source, rise, forward * float(rng.uniform(nearest, furthest)), fall))
    return jets


def spray_stamp(seed: int, jets: list[Jet], light: Colour) -> Stamp:
    """The water of all jets as one stamp: bright streams, drops around them, mist below."""
    rng = stream(seed, "drops")
    side = SIZE * OVERSAMPLING
    sheet, veil = Image.new("L", (side, side), 0), Image.new("L", (SIZE, SIZE), 0)
    for jet in jets:
        _streams(sheet, veil, jet, rng)
    water = np.asarray(sheet.reduce(OVERSAMPLING), dtype=np.float32) / 255
    mist = np.asarray(veil.filter(ImageFilter.GaussianBlur(1.6)), dtype=np.float32) / 255
    cover = 1 - (1 - water) * (1 - mist * 0.62)
    cover[cover < 0.02] = 0
    parts = np.where(cover >= VISIBLE, PART["water spray"], EMPTY).astype(np.uint8)
    white = np.asarray(mix((0.97, 0.985, 1.0), light, 0.12), dtype=np.float32)
    shadow = 1 - 0.16 * np.clip(mist * 1.4 - water, 0, 1)
    return Stamp(white * shadow[..., None], cover, parts)


def _streams(sheet: Image.Image, veil: Image.Image, jet: Jet, rng: np.random.Generator) -> None:
    """Draw one jet: its fan of streams on the fine sheet, its body on the veil of mist."""
    pen, haze = ImageDraw.Draw(sheet), ImageDraw.Draw(veil)
    for speed in rng.normal(1.0, 0.05, STREAMS):
        path = jet.flight(max(float(speed), 0.7))
        path += np.cumsum(rng.normal(0, 0.16, path.shape), axis=0)
        _stream(pen, path, rng)
        haze.line([tuple(p) for p in path.tolist()], fill=150, width=2)
    ends = jet.flight(1.0)[-1]
    for _ in range(6):  # where it comes down, the water boils up
        x, y = ends + rng.normal(0, (3.4, 1.0))
        haze.ellipse((x - 3.4, y - 1.7, x + 3.4, y + 1.7), fill=170)


def _stream(pen: ImageDraw.ImageDraw, path: np.ndarray, rng: np.random.Generator) -> None:
    """A stream holds together as it rises, thins out, and falls as drops."""
    fine = path * OVERSAMPLING
    whole = int(rng.integers(10, 22))
    pen.line([tuple(p) for p in fine[:whole].tolist()], fill=235, width=4)
    pen.line([tuple(p) for p in fine[whole - 1 :].tolist()], fill=150, width=2)
    drops = fine[whole - 4 :] + rng.normal(0, 4.2, fine[whole - 4 :].shape)
    for (x, y), r in zip(drops.tolist(), rng.uniform(1.0, 2.7, len(drops)), strict=True):
        pen.ellipse((x - r, y - r, x + r, y + r), fill=245)
