"""All that torchvision publishes is there, with the facts to show before a download."""

import math
import subprocess
import sys

import pytest
import torch
from torchvision import models
from torchvision.transforms import InterpolationMode

from explorer.errors import ExplorerError
from explorer.models.registry import (
    MODELS,
    canonical_id,
    featured,
    get_spec,
    load_model,
    search,
)
from explorer.models.sources import architectures
from explorer.models.sources.download import download_needed, on_disk
from explorer.models.sources.torchvision import SHORT_LIST, catalogue

SOME = (
    "squeezenet1_1",
    "resnet18",
    "vit_b_32",
    "swin_t",
    "maxvit_t",
    "inception_v3",
    "regnet_x_400mf",
)
INTERPOLATIONS = {mode.value for mode in InterpolationMode}


def test_every_published_weight_set_that_can_classify_is_there():
    names = models.list_models(module=models)
    published = [weights for name in names for weights in models.get_model_weights(name)]
    urls = {spec.weights.url for spec in catalogue().values()}
    left_out = [weights for weights in published if weights.url not in urls]
    assert left_out == [models.VGG16_Weights.IMAGENET1K_FEATURES]
    assert len(catalogue()) == len(published) - 1


def test_the_short_list_comes_first_and_in_order():
    assert list(catalogue())[: len(SHORT_LIST)] == list(SHORT_LIST)
    assert [spec.id for spec in featured()][-len(SHORT_LIST) :] == list(SHORT_LIST)


@pytest.mark.parametrize("spec", catalogue().values(), ids=lambda spec: spec.id)
def test_an_entry_is_complete_and_plausible(spec):
    channels, height, width = spec.shape
    assert channels == len(spec.mean) == len(spec.std) == 3
    assert height == width == spec.transform.crop <= spec.transform.resize
    assert spec.transform.interpolation in INTERPOLATIONS
    assert 1 <= spec.min_size <= height
    assert len(spec.classes) == len(set(spec.classes)) == 1000
    assert 50 < spec.accuracy < 100
    assert spec.weights.url.startswith("https://")
    assert 1.5 * spec.parameters < spec.weights.size < 8 * spec.parameters
    assert spec.title
    assert spec.description.endswith(".")


def test_an_entry_carries_the_facts_that_torchvision_publishes():
    spec, published = get_spec("inception_v3"), models.Inception_V3_Weights.DEFAULT
    assert spec.shape == (3, 299, 299)
    assert spec.transform.resize == 342
    assert spec.parameters == published.meta["num_params"]
    assert spec.accuracy == 77.294
    assert spec.classes == tuple(published.meta["categories"])


def test_other_weights_have_ids_of_their_own_and_the_default_has_one_id():
    assert get_spec("resnet50:IMAGENET1K_V2") is get_spec("resnet50")
    assert get_spec("resnet50:DEFAULT") is get_spec("resnet50")
    assert get_spec("resnet50:IMAGENET1K_V1").weights.name == "resnet50-0676ba61.pth"
    assert get_spec("vit_b_16:IMAGENET1K_SWAG_E2E_V1").shape == (3, 384, 384)


@pytest.mark.parametrize(
    ("given", "one"),
    [
        ("resnet50:IMAGENET1K_V2", "resnet50"),
        ("resnet50:DEFAULT", "resnet50"),
        ("resnet50", "resnet50"),
        ("resnet50:IMAGENET1K_V1", "resnet50:IMAGENET1K_V1"),
        ("squeezenet1_0:IMAGENET1K_V1", "squeezenet1_0"),
        ("scenes-fair", "scenes-fair"),
        ("own-0123456789abcdef", "own-0123456789abcdef"),
        ("file-net-make-01234567", "file-net-make-01234567"),
        ("resnet50:V9", "resnet50:V9"),
        ("nothing:IMAGENET1K_V1", "nothing:IMAGENET1K_V1"),
        ("", ""),
    ],
)
def test_a_model_has_one_canonical_id(given, one):
    assert canonical_id(given) == one
    if one in MODELS:
        assert get_spec(given).id == one


def test_the_canonical_id_of_what_is_not_torchvisions_imports_none_of_it():
    program = (
        "import sys; from explorer.models.registry import canonical_id;"
        "[canonical_id(i) for i in ('letters', 'own-01', 'file-a-b-01', 'resnet50')];"
        "sys.exit('torchvision' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=120).returncode == 0


@pytest.mark.parametrize("name", ["", "resnet", "resnet50:V9", "resnet50:", "../x", "own-0"])
def test_an_unknown_id_is_refused_in_words(name):
    assert name not in MODELS
    with pytest.raises(ExplorerError):
        get_spec(name)


def test_search_finds_by_every_word():
    assert [spec.id for spec in search("vit b 32")] == ["vit_b_32"]
    assert "letters" in [spec.id for spec in search("LETTERS")]
    assert len(search("")) == len(catalogue()) + len(MODELS)
    assert search("no such model") == []


def test_embedded_models_are_found_and_loaded_without_torchvision():
    program = (
        "import sys; from explorer.models.registry import MODELS, load_model;"
        "list(MODELS); load_model('letters'); sys.exit('torchvision' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=120).returncode == 0


def test_what_must_be_downloaded_is_known_before(hub):
    spec = get_spec("squeezenet1_0")
    wanted = download_needed(spec)
    assert wanted.url == spec.weights.url
    assert wanted.path == hub / "squeezenet1_0-b66bff10.pth"
    assert not on_disk(spec)
    assert on_disk(get_spec("letters"))


def test_a_file_that_is_there_is_used_or_named_and_never_replaced(hub):
    hub.mkdir(parents=True)
    path = hub / "squeezenet1_1-b8a52dc0.pth"
    path.write_bytes(b"half a file")
    assert download_needed(get_spec("squeezenet1_1")) is None
    with pytest.raises(ExplorerError, match=path.name):
        load_model("squeezenet1_1")
    assert path.read_bytes() == b"half a file"


def test_other_weights_under_its_name_are_refused(hub):
    hub.mkdir(parents=True)
    state = architectures.build("squeezenet1_1", {"num_classes": 7}).state_dict()
    torch.save(state, hub / "squeezenet1_1-b8a52dc0.pth")
    with pytest.raises(ExplorerError, match="does not hold the weights of squeezenet1_1"):
        load_model("squeezenet1_1")


@pytest.mark.parametrize("name", architectures.architectures())
def test_the_head_is_what_changes_with_the_number_of_classes(name):
    seven = architectures.build_hollow(name, {"num_classes": 7}).state_dict()
    table = architectures.key_table(name)
    changed = [key for key, value in seven.items() if tuple(value.shape) != table[key]]
    assert tuple(changed) == architectures.head_keys(name) != ()


@pytest.mark.parametrize("name", SOME)
def test_whether_it_takes_other_sizes_is_as_measured(name):
    spec = get_spec(name)
    net = architectures.build_hollow(name).to("meta")

    def takes(height, width):
        try:
            with torch.no_grad():
                return net(torch.empty(1, 3, height, width, device="meta")).shape == (1, 1000)
        except (RuntimeError, AssertionError):
            return False

    side = spec.shape[-1]
    assert takes(side, side)
    assert takes(side + 37, side + 11) == spec.native
    assert takes(spec.min_size, spec.min_size)


def test_a_vision_transformers_size_is_read_off_its_positions():
    at_384 = architectures.build_hollow("vit_b_16", {"image_size": 384}).state_dict()
    shapes = {key: tuple(value.shape) for key, value in at_384.items()}
    assert architectures.facts("vit_b_16").fitted(shapes) == {"image_size": 384}
    assert architectures.compare("vit_b_16", shapes).perfect


def test_the_best_fit_survives_a_different_head_and_a_missing_key():
    shapes = dict(architectures.key_table("regnet_y_400mf"))
    shapes["fc.weight"], shapes["fc.bias"] = (5, 440), (5,)
    assert architectures.best_match(shapes).perfect
    del shapes["stem.0.weight"]
    fit = architectures.best_match(shapes)
    assert fit.architecture == "regnet_y_400mf"
    assert fit.missing == ("stem.0.weight",)
    assert 0.9 < fit.quality < 1


def test_a_hollow_module_takes_no_memory_for_its_parameters():
    net = architectures.build_hollow("vgg16")
    assert sum(math.prod(p.shape) for p in net.parameters()) == get_spec("vgg16").parameters
    assert all(p.is_meta for p in net.parameters())
