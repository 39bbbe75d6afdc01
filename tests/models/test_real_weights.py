"""Real ImageNet weights: the published table, completeness on the fireboat, and Captum."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients

from explorer.core.attribution import integrated_gradients
from explorer.core.quadrature import get_rule
from explorer.core.targets import Target
from explorer.images import uploads
from explorer.images.decode import read_file
from explorer.images.library import image_for
from explorer.models.loaded import LoadedModel

pytestmark = pytest.mark.real

TABLE = {
    "fireboat": ("fireboat", 0.875, "pier", 0.100),
    "school_bus": ("school bus", 0.9998, None, None),
    "traffic_light": ("traffic light", 1.000, None, None),
    "viaduct": ("viaduct", 1.000, None, None),
    "baboon": ("baboon", 0.807, "macaque", 0.191),
    "street_sign": ("street sign", 0.385, "bell cote", 0.367),
    "chainlink_fence": ("chainlink fence", 0.419, "spider web", 0.392),
    "granny_smith": ("Granny Smith", 0.821, "bell pepper", 0.145),
    "gas_pump": ("boathouse", 0.344, "pool table", 0.237),
    "loafer": ("oxygen mask", 0.836, "running shoe", 0.048),
    "milk_jug": ("vase", 0.835, "water bottle", 0.150),
}
CERTAIN = {"starfish": "starfish", "reflex_camera": "reflex camera", "snow_leopard": "snow leopard"}


@pytest.mark.parametrize("name", TABLE)
def test_the_table_comes_out_at_native_pixels(name, squeezenet, photograph):
    probabilities = squeezenet.probabilities(photograph(name)[None])[0]
    first, second = np.argsort(-probabilities)[:2]
    best, probability, next_best, next_probability = TABLE[name]
    assert squeezenet.spec.classes[first] == best
    assert probabilities[first] == pytest.approx(probability, abs=0.002)
    if next_best is not None:
        assert squeezenet.spec.classes[second] == next_best
        assert probabilities[second] == pytest.approx(next_probability, abs=0.002)


@pytest.mark.parametrize("name", CERTAIN)
def test_the_certain_ones_are_certain(name, squeezenet, photograph):
    probabilities = squeezenet.probabilities(photograph(name)[None])[0]
    assert squeezenet.spec.classes[probabilities.argmax()] == CERTAIN[name]
    assert probabilities.max() > 0.999


def test_the_fireboat_is_complete_at_200_midpoint_steps(squeezenet, photograph):
    image = photograph("fireboat")
    target = Target(squeezenet.spec.classes.index("fireboat"), "probability")
    explained = integrated_gradients(
        squeezenet.score(target), image, torch.zeros_like(image), get_rule("midpoint").nodes(200)
    )
    print(f"fireboat: gap {explained.completeness.relative_gap:.3%} of the change")
    assert explained.completeness.score_image == pytest.approx(0.875, abs=0.002)
    assert explained.completeness.relative_gap < 0.05


def test_captum_agrees_on_the_fireboat(squeezenet, photograph):
    """In double precision: in single, rounding alone decides ties between pooled pixels, and two
    batch sizes of Captum's own differ by more than the tolerance.
    """
    image = photograph("fireboat").double()
    score = _in_double(squeezenet).score(Target(squeezenet.spec.classes.index("fireboat")))
    ours = integrated_gradients(
        score, image, torch.zeros_like(image), get_rule("midpoint").nodes(20)
    ).attribution
    captum = IntegratedGradients(lambda images: score(images)[:, 0])
    theirs = captum.attribute(image[None], n_steps=20, method="riemann_middle")[0].numpy()
    difference = np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)
    print(f"Captum: relative difference {difference:.2e}")
    assert difference <= 1e-4


def _in_double(model):
    return LoadedModel(replace(model.spec, load=lambda: model.spec.load().double()))


def test_a_photograph_of_the_models_size_is_not_scaled_by_default(squeezenet, real):
    image_id = uploads.keep(read_file(real / "images" / "fireboat.jpg"), "fireboat.jpg")
    sample = image_for(image_id, squeezenet.spec)
    assert sample.cut == "224 x 224 pixels; the whole picture is used as it is"
    fireboat = squeezenet.spec.classes.index("fireboat")
    found = squeezenet.probabilities(torch.tensor(sample.pixels)[None])[0, fireboat]
    assert found == pytest.approx(0.875, abs=0.002)
