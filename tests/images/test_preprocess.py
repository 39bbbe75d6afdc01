"""What a model sees of a picture: the weights' own way exactly, and what is said about it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

from explorer.errors import ExplorerError
from explorer.images.decode import decode, read_file
from explorer.images.preprocess import (
    DEFAULT_FIT,
    FITS,
    LETTERBOX,
    LETTERBOX_HEX,
    crop_preview,
    fits_for,
    prepare,
    to_pixels,
)
from tests.conftest import REAL


def model(shape=(3, 32, 32), resize=None, crop=None, how="bilinear", native=True, min_size=8):
    transform = resize and SimpleNamespace(resize=resize, crop=crop, interpolation=how)
    return SimpleNamespace(
        id="a model", shape=shape, transform=transform, native=native, min_size=min_size,
        samples="photos",
    )  # fmt: skip


def noise(width: int, height: int) -> Image.Image:
    levels = np.random.default_rng(width * 1000 + height).integers(0, 256, (height, width, 3))
    return Image.fromarray(levels.astype(np.uint8))


@pytest.mark.parametrize("size", [(60, 40), (41, 97), (36, 36), (10, 13), (33, 64)])
@pytest.mark.parametrize(("resize", "crop"), [(36, 32), (35, 32), (32, 32), (24, 32), (31, 32)])
@pytest.mark.parametrize("how", ["bilinear", "bicubic"])
def test_crop_is_torchvision_s_own_way_to_the_bit(size, resize, crop, how):
    picture = noise(*size)
    scaled = F.resize(picture, [resize], InterpolationMode(how), antialias=True)
    expected = F.convert_image_dtype(F.pil_to_tensor(F.center_crop(scaled, [crop])), torch.float)
    prepared = prepare(picture, model((3, crop, crop), resize, crop, how), "crop")
    assert np.array_equal(prepared.pixels, expected.numpy())


@pytest.mark.parametrize(("resize", "crop"), [(36, 32), (24, 32), (256, 224)])
def test_a_picture_of_the_models_own_size_is_taken_as_it_is_by_default(resize, crop):
    picture = noise(crop, crop)
    prepared = prepare(picture, model((3, crop, crop), resize, crop))
    assert np.array_equal(np.rint(prepared.pixels * 255), np.asarray(picture).transpose(2, 0, 1))
    assert prepared.box == (0, 0, crop, crop)
    assert prepared.note == f"{crop} x {crop} pixels; the whole picture is used as it is"
    assert "the model's own size is taken as it is" in FITS[DEFAULT_FIT].description


def test_one_pixel_more_is_scaled_and_cut_as_before():
    assert prepare(noise(225, 224), model((3, 224, 224), 256, 224)).box == (14, 14, 210, 210)


def test_what_is_cut_is_told_in_one_line():
    prepared = prepare(noise(300, 400), model((3, 224, 224), 256, 224))
    assert prepared.unseen == pytest.approx(1 - 262 * 262 / (300 * 400), abs=0.005)
    assert prepared.cut == (
        "300 x 400 pixels; the middle 262 x 262 is scaled to 224 x 224; "
        "43 % of the picture is not seen"
    )


@pytest.mark.parametrize("fit", ["whole", "native"])
def test_where_nothing_is_cut_nothing_is_said_of_it(fit):
    prepared = prepare(noise(70, 45), model(resize=36, crop=32), fit)
    assert prepared.unseen == 0.0
    assert prepared.cut == prepared.note


def test_crop_says_which_part_it_uses():
    prepared = prepare(noise(1600, 1200), model((3, 224, 224), 256, 224))
    assert prepared.note == "1600 x 1200 pixels; the middle 1050 x 1050 is scaled to 224 x 224"
    assert prepared.box == (272, 75, 1322, 1125)  # 58 of 341 pixels, half of 117 rounded
    assert prepared.original_size == (1600, 1200)


@pytest.mark.parametrize("size", [(60, 40), (41, 97), (1000, 11), (3, 200)])
@pytest.mark.parametrize("fit", ["crop", "whole"])
@pytest.mark.parametrize("resize", [None, 36])
def test_the_box_lies_within_the_picture(size, fit, resize):
    prepared = prepare(noise(*size), model(resize=resize, crop=32), fit)
    left, top, right, bottom = prepared.box
    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]
    assert prepared.pixels.shape == (3, 32, 32)
    assert prepared.pixels.dtype == np.float32


def test_without_a_transform_a_picture_of_the_model_s_size_keeps_its_pixels():
    picture = noise(32, 32)
    prepared = prepare(picture, model())
    assert np.array_equal(prepared.pixels * 255, np.asarray(picture).transpose(2, 0, 1))
    assert prepared.note == "32 x 32 pixels; the whole picture is used as it is"


def test_without_a_transform_the_middle_is_what_to_pixels_takes():
    picture = noise(90, 40)
    prepared = prepare(picture, model())
    assert np.array_equal(prepared.pixels, to_pixels(picture, (3, 32, 32)))
    assert prepared.box == (25, 0, 65, 40)


def test_a_model_of_grey_pixels_gets_one_channel():
    for fit in FITS:
        assert prepare(noise(9, 9), model((1, 9, 9), min_size=1), fit).pixels.shape == (1, 9, 9)


def test_a_whole_picture_lies_in_the_middle_of_grey():
    prepared = prepare(Image.new("RGB", (64, 32), "white"), model(resize=36, crop=32), "whole")
    levels = np.rint(prepared.pixels * 255)
    assert (levels[:, 8:24] == 255).all()
    for edge in (levels[:, :8], levels[:, 24:]):
        assert (edge == LETTERBOX[0]).all()
    assert prepared.box == (0, 0, 64, 32)
    assert prepared.note.endswith(f"to 32 x 16, with grey ({LETTERBOX_HEX}) above and below")
    assert "left and right" in prepare(noise(32, 64), model(), "whole").note


def test_the_grey_that_is_named_is_the_grey_that_is_drawn():
    assert tuple(bytes.fromhex(LETTERBOX_HEX[1:])) == LETTERBOX


def test_native_keeps_every_pixel():
    picture = noise(70, 45)
    prepared = prepare(picture, model(), "native")
    assert np.array_equal(prepared.pixels * 255, np.asarray(picture).transpose(2, 0, 1))
    assert prepared.note == "70 x 45 pixels; the whole picture is used as it is"


@pytest.mark.parametrize("size", [(1025, 300), (300, 7)])
def test_native_is_bounded_both_ways(size):
    with pytest.raises(ExplorerError, match="8 to 1024 pixels a side"):
        prepare(noise(*size), model(), "native")


def test_native_is_refused_where_the_model_takes_one_size_only():
    fixed = model(native=False)
    with pytest.raises(ExplorerError, match="a model takes 32 x 32 pixels only"):
        prepare(noise(40, 40), fixed, "native")
    assert [fit.name for fit in fits_for(fixed)] == ["crop", "whole"]
    assert [fit.name for fit in fits_for(model())] == list(FITS)


def test_an_unknown_fit_names_the_known_ones():
    with pytest.raises(ExplorerError, match="crop, whole, native; got 'stretch'"):
        prepare(noise(9, 9), model(), "stretch")


@pytest.mark.parametrize("size", [(40_000, 1), (1, 40_000)])
@pytest.mark.parametrize("fit", FITS)
def test_a_sliver_is_refused_before_it_is_scaled_to_a_giant(size, fit):
    with pytest.raises(ExplorerError, match="100 times as long as wide"):
        prepare(Image.new("RGB", size), model((3, 224, 224), 256, 224), fit)


def test_a_preview_is_dimmed_outside_the_box_and_outlined():
    preview = crop_preview(Image.new("RGB", (640, 320), (200, 200, 200)), (160, 0, 480, 320))
    assert preview.size == (320, 160)
    assert preview.getpixel((10, 80))[0] < 100
    assert preview.getpixel((160, 80)) == (200, 200, 200)
    assert preview.getpixel((80, 80)) == (255, 255, 255)
    assert preview.getpixel((81, 80)) == (0, 0, 0)


@pytest.mark.parametrize("size", [(1, 1), (1, 1000), (2, 2), (5, 900)])
def test_a_preview_of_a_tiny_picture_is_drawn(size):
    assert max(crop_preview(Image.new("RGB", size), (0, 0, *size)).size) <= 320


@pytest.mark.real
def test_native_takes_the_very_pixels_of_real_photographs():
    for path in sorted((REAL / "images").glob("*.jpg")):
        if path.name == "truncated_file.jpg":
            continue
        with Image.open(path) as picture:
            expected = np.asarray(picture.convert("RGB")).transpose(2, 0, 1)
        prepared = prepare(decode(read_file(path)), model((3, 224, 224), 256, 224), "native")
        assert np.array_equal(np.rint(prepared.pixels * 255), expected), path.name
        assert np.array_equal(prepared.pixels, expected.astype(np.float32) / np.float32(255))
