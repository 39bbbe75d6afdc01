"""Baselines: what every entry of the registry has to keep, and how a choice is written."""

import pytest
import torch

from explorer.core.baselines import BASELINES, Baseline

EVERY_BASELINE = pytest.mark.parametrize("name", BASELINES)


@EVERY_BASELINE
@pytest.mark.parametrize("shape", [(3, 9, 7), (1, 3, 3)])
def test_every_baseline_is_a_picture_of_the_images_shape_within_range(name, shape):
    image = torch.rand(shape, generator=torch.Generator().manual_seed(1))
    pixels = Baseline(name).make(image)
    assert pixels.shape == image.shape
    assert pixels.dtype == image.dtype
    assert 0.0 <= pixels.min() <= pixels.max() <= 1.0


@EVERY_BASELINE
def test_every_baseline_reads_back_what_it_writes(name):
    baseline = Baseline(name)
    assert Baseline.parse(str(baseline)) == baseline
    assert hash(Baseline.parse(str(baseline))) == hash(baseline)


@pytest.mark.parametrize(("name", "level"), [("black", 0.0), ("white", 1.0), ("grey", 0.5)])
def test_black_is_black_in_pixels_and_not_the_mean_colour(name, level):
    assert (Baseline(name).make(torch.rand(3, 4, 4)) == level).all()


def test_a_colour_fills_the_channels_and_a_grey_picture_takes_its_luma():
    red = Baseline.parse("colour:colour=#ff0000")
    assert red.make(torch.zeros(3, 2, 2))[:, 0, 0].tolist() == [1.0, 0.0, 0.0]
    assert red.make(torch.zeros(1, 2, 2))[0, 0, 0].item() == pytest.approx(0.299)


@pytest.mark.parametrize("name", ["uniform", "gaussian"])
def test_noise_repeats_with_its_seed_and_changes_with_another(name):
    image = torch.zeros(3, 8, 8)
    first, again, other = (Baseline(name, {"seed": s}).make(image) for s in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_strength_of_the_gaussian_noise_is_its_standard_deviation():
    pixels = Baseline("gaussian", {"strength": 0.1}).make(torch.zeros(3, 64, 64))
    assert pixels[pixels > 0].square().mean().sqrt().item() == pytest.approx(0.1, rel=0.05)


def test_a_blur_keeps_the_mean_and_removes_the_detail():
    image = (torch.arange(32) % 2).float().expand(3, 32, 32)
    pixels = Baseline("blur", {"sigma": 3}).make(image)
    inside = pixels[:, 10:-10, 10:-10]
    assert inside.mean().item() == pytest.approx(0.5, abs=0.01)
    assert inside.std().item() < 0.01 * image.std().item()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pink", "expected a baseline out of black"),
        ("blur:sigma=-1", "sigma must be a number from 0.1 to 64; got '-1'"),
        ("blur:sigma=nan", "sigma must be a number"),
        ("blur:radius=3", "has sigma; got radius"),
        ("blur:8", "such as blur:sigma=8"),
        ("black:seed=1", "has no settings"),
        ("colour:colour=red", "#rrggbb"),
        ("uniform:seed=1e99", "seed must be a whole number from 0 to 2147483647"),
    ],
)
def test_what_is_not_a_baseline_is_refused_with_the_expectation(text, message):
    with pytest.raises(ValueError, match=message):
        Baseline.parse(text)
