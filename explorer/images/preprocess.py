"""From a picture of any size to the pixels a model takes: (C, H, W) float32 in [0, 1].

What a model sees is often not the whole picture, so the way there is a choice (`FITS`), and what
comes back says which part of the original was used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from explorer.core.choice import Kind, Registry
from explorer.errors import ExplorerError

Box = tuple[int, int, int, int]

MOST_NATIVE = 1024  # pixels a side: activations grow with the area
MOST_SLENDER = 100  # times as long as wide: beyond, scaling the short side makes a giant
LETTERBOX = (128, 128, 128)
LETTERBOX_HEX = "#808080"
DIMMED = 0.35  # of the brightness, outside the box of a preview
DEFAULT_FIT = "crop"


class Transform(Protocol):
    """What is asked of a model's own way to make an input of a photograph.

    resize: length of the shorter side in pixels, by `interpolation`. crop: side of the square then
    cut from the middle.
    """

    @property
    def resize(self) -> int: ...
    @property
    def crop(self) -> int: ...
    @property
    def interpolation(self) -> str: ...


class ModelInput(Protocol):
    """What is asked of a model, so that images know no models: an entry of the registry has it.

    shape: (C, H, W). transform: None where pictures are inputs once they have the size. native:
    whether other sizes are taken, from min_size on a side. samples: the collection that suits it.
    """

    @property
    def id(self) -> str: ...
    @property
    def shape(self) -> tuple[int, int, int]: ...
    @property
    def transform(self) -> Transform | None: ...
    @property
    def native(self) -> bool: ...
    @property
    def min_size(self) -> int: ...
    @property
    def samples(self) -> str: ...


@dataclass(frozen=True)
class Prepared:
    """A picture as a model takes it.

    pixels: (C, H, W) float32 in [0, 1]. box: (left, top, right, bottom) of what the model sees, in
    pixels of the original, rounded. original_size: its (width, height). note: how the one became
    the other.
    """

    pixels: np.ndarray
    box: Box
    original_size: tuple[int, int]
    note: str

    @property
    def unseen(self) -> float:
        """The share of the original's area that the model does not see, 0 to 1."""
        return unseen_share(self.box, self.original_size)

    @property
    def cut(self) -> str:
        """The note, and how much of the picture is not seen, on one line."""
        return with_unseen(self.note, self.unseen)


@dataclass(frozen=True)
class Fit(Kind):
    """A way to make a model's input of a picture. make(picture, spec): the picture is RGB.

    any_size: whether it gives inputs of other sizes than the model's own, which not all take.
    """

    make: Callable[[Image.Image, ModelInput], Prepared]
    any_size: bool = False


def prepare(picture: Image.Image, spec: ModelInput, fit: str = DEFAULT_FIT) -> Prepared:
    """The picture as this model's input.

    Raises ExplorerError where there is no such fit, where the model or the picture does not take
    it, and for pictures far longer than wide.
    """
    found = find_fit(fit)
    width, height = picture.size
    if max(picture.size) > MOST_SLENDER * min(picture.size):
        raise ExplorerError(
            f"expected a picture at most {MOST_SLENDER} times as long as wide; "
            f"got {width} x {height}: crop it first"
        )
    return found.make(picture.convert("RGB"), spec)


def unseen_share(box: Box, size: tuple[int, int]) -> float:
    """The share of a picture of this (width, height) that lies outside the box, 0 to 1."""
    left, top, right, bottom = box
    return 1.0 - (right - left) * (bottom - top) / (size[0] * size[1])


def with_unseen(note: str, unseen: float) -> str:
    """The note, followed by the share that is not seen where it is half a per cent or more."""
    return f"{note}; {100 * unseen:.0f} % of the picture is not seen" if unseen >= 0.005 else note


def find_fit(name: str) -> Fit:
    """The fit of that name; ExplorerError naming the known ones otherwise."""
    try:
        return FITS.find(name)
    except ValueError as error:
        raise ExplorerError(str(error)) from None


def fits_for(spec: ModelInput) -> tuple[Fit, ...]:
    """The fits that this model takes, the usual one first."""
    return tuple(fit for fit in FITS.values() if spec.native or not fit.any_size)


def to_pixels(picture: Image.Image, shape: tuple[int, int, int]) -> np.ndarray:
    """Scale the shorter side to fit, crop the middle, and make it (C, H, W) in [0, 1].

    shape: the model's (C, H, W), with C 1 (grey) or 3 (RGB). A picture that already has the
    model's size keeps its very pixels.
    """
    channels, height, width = shape
    picture = picture.convert("L" if channels == 1 else "RGB")
    if picture.size != (width, height):
        picture = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
    return from_levels(np.asarray(picture), 255)


def from_levels(levels: np.ndarray, maximum: float) -> np.ndarray:
    """(H, W) or (H, W, C) levels 0 to maximum -> (C, H, W) float32 in [0, 1]."""
    pixels = np.atleast_3d(np.asarray(levels, dtype=np.float32)) / np.float32(maximum)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def crop_preview(picture: Image.Image, box: Box, max_side: int = 320) -> Image.Image:
    """The picture, at most max_side pixels a side, dimmed outside the box, which is outlined.

    box: (left, top, right, bottom) in the picture's own pixels.
    """
    scale = min(1.0, max_side / max(picture.size))
    size = tuple(max(1, round(side * scale)) for side in picture.size)
    small = picture.convert("RGB").resize(size, Image.Resampling.BILINEAR)
    left, top, right, bottom = (round(edge * scale) for edge in box)
    inside = (left, top, max(right, left + 1), max(bottom, top + 1))
    preview = ImageEnhance.Brightness(small).enhance(DIMMED)
    preview.paste(small.crop(inside), inside[:2])
    _outline(preview, inside)
    return preview


def _outline(preview: Image.Image, box: Box) -> None:
    """White with black within, so that it shows on any picture."""
    left, top, right, bottom = box
    draw = ImageDraw.Draw(preview)
    for inset, colour in enumerate(("white", "black")):
        corners = (left + inset, top + inset, right - 1 - inset, bottom - 1 - inset)
        if corners[0] <= corners[2] and corners[1] <= corners[3]:
            draw.rectangle(corners, outline=colour)


def _crop(picture: Image.Image, spec: ModelInput) -> Prepared:
    if spec.transform is None or picture.size == (spec.shape[2], spec.shape[1]):
        return _fill(picture, spec.shape)  # which leaves a picture of the model's size as it is
    method = _method(spec.transform.interpolation)
    scaled, crop = _short_side(picture, spec.transform.resize, method), spec.transform.crop
    pixels, corner = _middle(scaled, crop)
    left, top = corner[0] * picture.width / scaled.width, corner[1] * picture.height / scaled.height
    side = crop * min(picture.size) / spec.transform.resize
    box = _box(left, top, side, side, picture.size)
    return _prepared(picture, pixels, box, spec.shape)


def _short_side(picture: Image.Image, length: int, method: Image.Resampling) -> Image.Image:
    """Scaled until the shorter side has this length, sizes rounded as torchvision rounds them."""
    width, height = picture.size
    short, long = min(picture.size), max(picture.size)
    other = int(length * long / short)
    size = (length, other) if width <= height else (other, length)
    return picture if size == picture.size else picture.resize(size, method)


def _middle(picture: Image.Image, side: int) -> tuple[Image.Image, tuple[int, int]]:
    """The square in the middle, black where the picture is smaller, and its (left, top).

    Halves are rounded as torchvision rounds them, which is not the same for both cases.
    """
    width, height = picture.size
    across, down = max(side - width, 0), max(side - height, 0)
    if across or down:
        padded = Image.new(picture.mode, (width + across, height + down))
        padded.paste(picture, (across // 2, down // 2))
        picture = padded
    left = round((picture.width - side) / 2)
    top = round((picture.height - side) / 2)
    square = picture.crop((left, top, left + side, top + side))
    return square, (left - across // 2, top - down // 2)


def _fill(picture: Image.Image, shape: tuple[int, int, int]) -> Prepared:
    """As `to_pixels`, with the part that it uses."""
    _, height, width = shape
    scale = max(width / picture.width, height / picture.height)
    across, down = width / scale, height / scale
    left, top = (picture.width - across) / 2, (picture.height - down) / 2
    box = _box(left, top, across, down, picture.size)
    pixels = to_pixels(picture, shape)
    return Prepared(pixels, box, picture.size, _note(picture.size, box, (width, height)))


def _whole(picture: Image.Image, spec: ModelInput) -> Prepared:
    _, height, width = spec.shape
    scale = min(width / picture.width, height / picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    name = spec.transform.interpolation if spec.transform else "lanczos"
    scaled = picture if size == picture.size else picture.resize(size, _method(name))
    canvas = Image.new("RGB", (width, height), LETTERBOX)
    canvas.paste(scaled, ((width - size[0]) // 2, (height - size[1]) // 2))
    prepared = _prepared(picture, canvas, (0, 0, *picture.size), spec.shape)
    if size == (width, height):
        return prepared
    where = "left and right" if size[1] == height else "above and below"
    note = (
        f"{_size(picture.size)} pixels; the whole picture is scaled to {_size(size)}, "
        f"with grey ({LETTERBOX_HEX}) {where}"
    )
    return Prepared(prepared.pixels, prepared.box, prepared.original_size, note)


def _native(picture: Image.Image, spec: ModelInput) -> Prepared:
    width, height = spec.shape[2], spec.shape[1]
    if not spec.native and picture.size != (width, height):
        raise ExplorerError(
            f"expected the fit crop or whole, since {spec.id} takes {width} x {height} pixels only"
            "; got native"
        )
    if max(picture.size) > MOST_NATIVE or (spec.native and min(picture.size) < spec.min_size):
        raise ExplorerError(
            f"expected {spec.min_size} to {MOST_NATIVE} pixels a side to take a picture as it is; "
            f"got {_size(picture.size)}: choose the fit crop or whole"
        )
    return _prepared(picture, picture, (0, 0, *picture.size), (spec.shape[0], 0, 0))


def _prepared(
    picture: Image.Image, pixels: Image.Image, box: Box, shape: tuple[int, int, int]
) -> Prepared:
    mode = "L" if shape[0] == 1 else "RGB"
    note = _note(picture.size, box, pixels.size)
    return Prepared(
        from_levels(np.asarray(pixels.convert(mode)), 255), box, picture.size, note
    )  # fmt: skip


def _method(name: str) -> Image.Resampling:
    """Pillow's name of torchvision's interpolation; on pictures both always antialias."""
    return Image.Resampling[name.upper()]


def _box(left: float, top: float, width: float, height: float, size: tuple[int, int]) -> Box:
    """Whole pixels within a picture of this (width, height); a square stays one."""
    edges = round(left), round(top), round(left) + round(width), round(top) + round(height)
    return max(edges[0], 0), max(edges[1], 0), min(edges[2], size[0]), min(edges[3], size[1])


def _note(original: tuple[int, int], box: Box, size: tuple[int, int]) -> str:
    used = (box[2] - box[0], box[3] - box[1])
    which = "the whole picture" if used == original else f"the middle {_size(used)}"
    fate = "is used as it is" if used == size else f"is scaled to {_size(size)}"
    return f"{_size(original)} pixels; {which} {fate}"


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


FITS: Registry[Fit] = Registry(
    "fit",
    (
        Fit(
            "crop",
            "Crop the middle",
            "The middle, scaled as the weights' authors do; the rest is not seen. A picture of "
            "the model's own size is taken as it is.",
            _crop,
        ),
        Fit(
            "whole",
            "Fit it whole",
            f"Scale until all of it fits, and fill the rest with grey ({LETTERBOX_HEX}).",
            _whole,
        ),
        Fit(
            "native",
            "Its own pixels",
            f"No scaling, up to {MOST_NATIVE} pixels a side, where the model takes any size.",
            _native,
            any_size=True,
        ),
    ),
)
