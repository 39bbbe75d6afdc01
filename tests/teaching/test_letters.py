"""The letters world, as the second essay has it."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from explorer.teaching import letters
from tests.conftest import ROOT

FOLDER = ROOT / "assets" / "letters"


def test_the_net_is_nine_ten_eight_five():
    shapes = [tuple(p.shape) for p in letters.build_net().parameters() if p.ndim == 2]
    assert shapes == [(10, 9), (8, 10), (5, 8)]


def test_the_bundled_net_reads_unseen_letters():
    net = letters.build_net()
    net.load_state_dict(load_file(FOLDER / "letters.safetensors"))
    assert letters.accuracy(net.eval(), letters.draw_many(5000, seed=20_261_122)) >= 0.99


def test_training_again_gives_the_bundled_net(tmp_path):
    assert letters.make_assets(tmp_path) >= 0.99
    again, bundled = (load_file(f / "letters.safetensors") for f in (tmp_path, FOLDER))
    for name, weights in bundled.items():
        assert torch.allclose(again[name], weights, atol=1e-3), name
    assert (tmp_path / "samples.json").read_text() == (FOLDER / "samples.json").read_text()


@pytest.mark.parametrize("letter", letters.CLASSES)
def test_letters_are_whole_grey_levels_and_repeat_with_their_seed(letter):
    drawn = letters.draw(letter, seed=3)
    assert drawn.shape == (3, 3)
    assert 0 <= drawn.min() <= drawn.max() <= 16
    assert np.array_equal(drawn, letters.draw(letter, seed=3))
    ink = letters.clean(letter) > 0
    assert drawn[ink].mean() > drawn[~ink].mean() + 4


def test_the_bundled_letters_hold_every_class_in_levels_0_to_16():
    samples = json.loads((FOLDER / "samples.json").read_text())
    assert {s["label"] for s in samples} == set(letters.CLASSES)
    assert all(0 <= v <= 16 for s in samples for row in s["levels"] for v in row)
