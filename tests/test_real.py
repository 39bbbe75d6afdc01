"""Real ImageNet weights and real photographs, through the very path that the page takes."""

import pytest

from explorer.explain import explain
from explorer.images import uploads
from explorer.images.decode import read_file
from tests.asking import asked
from tests.conftest import REAL

pytestmark = pytest.mark.real

TABLE = {
    "fireboat": ("fireboat", 0.875),
    "school_bus": ("school bus", 0.9998),
    "baboon": ("baboon", 0.807),
    "street_sign": ("street sign", 0.385),
    "chainlink_fence": ("chainlink fence", 0.419),
    "granny_smith": ("Granny Smith", 0.821),
    "gas_pump": ("boathouse", 0.344),
    "loafer": ("oxygen mask", 0.836),
    "milk_jug": ("vase", 0.835),
}


@pytest.fixture
def photograph(monkeypatch):
    """The request for a photograph at its own pixels, by the real weights."""
    monkeypatch.setenv("TORCH_HOME", str(REAL))

    def request(name, **changes):
        image = uploads.keep(read_file(REAL / "images" / f"{name}.jpg"), name)
        return asked(model="squeezenet1_0", image=image, fit="native", **changes)

    return request


@pytest.mark.parametrize("name", TABLE)
def test_the_prediction_of_each_photograph_is_as_published(name, photograph):
    best = explain(photograph(name, rule="midpoint", steps=1)).predictions[0]
    expected, probability = TABLE[name]
    assert best.name == expected
    assert best.probability == pytest.approx(probability, abs=0.002)


def test_the_fireboat_is_explained_to_within_five_per_cent(photograph):
    explanation = explain(photograph("fireboat", rule="midpoint", steps=200))
    assert explanation.completeness.relative_gap < 0.05
    assert explanation.attribution.shape == (3, 224, 224)
