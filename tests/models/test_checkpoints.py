"""A user's own state dict becomes a model like any other."""

import io

import numpy as np
import pytest
import torch
from safetensors.torch import save as save_safetensors

from explorer.core.attribution import integrated_gradients
from explorer.core.quadrature import get_rule
from explorer.core.targets import Target
from explorer.errors import ExplorerError
from explorer.models.registry import MODELS, get_spec, load_model
from explorer.models.sources import architectures, checkpoint
from explorer.models.sources.checkpoint import read_checkpoint
from tests.models.checkpoint_files import zip_bytes
from tests.models.random_nets import random_state

STATE = random_state("squeezenet1_1", 3)


def prefixed(prefix):
    return {prefix + key: value for key, value in STATE.items()}


def refusal(*arguments, **settings):
    with pytest.raises(ExplorerError) as caught:
        read_checkpoint(*arguments, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


WRITTEN = {
    "zip": zip_bytes(STATE),
    "safetensors": save_safetensors(STATE),
    "wrapped in state_dict": zip_bytes({"epoch": 1, "state_dict": STATE}),
    "wrapped in model": zip_bytes({"model": STATE, "optimizer": {}}),
    "wrapped in net": zip_bytes({"net": STATE}),
    "wrapped in model_state_dict": zip_bytes({"model_state_dict": STATE}),
    "of DataParallel": zip_bytes(prefixed("module.")),
    "of a compiled net": zip_bytes(prefixed("_orig_mod.")),
    "of both": zip_bytes({"state_dict": prefixed("module._orig_mod.")}),
    "averaged": zip_bytes({"n_averaged": torch.tensor(3), **prefixed("module.")}),
    "in double precision": zip_bytes({k: v.double() for k, v in STATE.items()}),
}


@pytest.mark.parametrize("form", WRITTEN)
def test_every_usual_form_gives_the_same_model(form):
    spec = read_checkpoint(WRITTEN[form], arch="squeezenet1_1")
    expected = architectures.build("squeezenet1_1", {"num_classes": 3})
    expected.load_state_dict(STATE)
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    normalised = (image - torch.tensor(spec.mean).view(3, 1, 1)) / torch.tensor(spec.std).view(
        3, 1, 1
    )
    logits = load_model(spec.id).logits(image)
    assert torch.allclose(logits, expected.eval()(normalised), rtol=1e-5, atol=1e-6)


def test_the_entry_says_what_was_read_and_asked_for():
    spec = read_checkpoint(
        WRITTEN["zip"], "squeezenet1_1", ["<b>cat</b>", "dog", "owl"], 128,
        (0.5, 0.5, 0.5), (0.25, 0.25, 0.25), "mine.pth",
    )  # fmt: skip
    assert spec.classes == ("<b>cat</b>", "dog", "owl")
    assert spec.shape == (3, 128, 128)
    assert spec.mean == (0.5, 0.5, 0.5)
    assert spec.std == (0.25, 0.25, 0.25)
    assert spec.transform.crop == 128
    assert spec.transform.resize == round(128 * 256 / 224)
    assert "mine.pth" in spec.title
    assert spec.weights is None
    assert spec.accuracy is None


def test_it_is_found_by_its_id_and_listed_among_nobody_elses():
    spec = read_checkpoint(WRITTEN["zip"])
    assert get_spec(spec.id) is spec
    assert spec.id in MODELS
    assert spec.id not in list(MODELS)
    assert read_checkpoint(WRITTEN["zip"]).id == spec.id
    assert read_checkpoint(WRITTEN["zip"], size=96).id != spec.id


def test_a_path_and_its_bytes_are_the_same_model(tmp_path):
    path = tmp_path / "mine.pth"
    path.write_bytes(WRITTEN["zip"])
    assert read_checkpoint(path).id == read_checkpoint(str(path)).id
    assert read_checkpoint(path).id == read_checkpoint(WRITTEN["zip"], file_name="mine.pth").id


def test_one_that_was_forgotten_says_so(monkeypatch):
    with pytest.raises(ExplorerError, match="load it again"):
        get_spec("own-0123456789abcdef")
    assert "own-0123456789abcdef" not in MODELS


def test_without_a_name_the_architecture_is_found():
    assert read_checkpoint(WRITTEN["zip"]).architecture == "squeezenet1_1"
    assert read_checkpoint(zip_bytes(random_state("resnet18", 7))).architecture == "resnet18"


def test_classes_are_numbered_or_imagenets_where_no_names_come():
    assert read_checkpoint(WRITTEN["zip"]).classes == ("class 0", "class 1", "class 2")
    thousand = read_checkpoint(zip_bytes(random_state("squeezenet1_1")))
    assert thousand.classes[:2] == ("tench", "goldfish")


def test_a_mismatch_names_keys_and_the_architecture_that_fits():
    message = refusal(WRITTEN["zip"], "resnet18")
    assert "102 keys missing (conv1.weight" in message
    assert "keys unexpected (features.0.weight" in message
    assert message.endswith("squeezenet1_1 fits")


def test_a_wrong_shape_is_named_with_both_shapes():
    state = {**STATE, "features.0.weight": torch.zeros(64, 1, 3, 3)}
    message = refusal(zip_bytes(state), "squeezenet1_1")
    assert "features.0.weight (64, 1, 3, 3) instead of (64, 3, 3, 3)" in message


def test_keys_with_markup_come_out_as_text_on_one_line():
    message = refusal(zip_bytes({**STATE, "<script>\n\x00": torch.zeros(1)}), "squeezenet1_1")
    assert "1 key unexpected (<script>)" in message


def test_tensors_of_nothing_known_are_refused():
    assert "fits none" in refusal(zip_bytes({"weight": torch.ones(3, 3)}))


def test_a_diverged_model_is_refused():
    state = {**STATE, "classifier.1.bias": torch.tensor([0.0, float("nan"), 0.0])}
    assert "NaN or infinite" in refusal(zip_bytes(state), "squeezenet1_1")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"arch": "resnet19"}, "such as resnet101"),
        ({"class_names": ["a", "b"]}, "expected 3 class names"),
        ({"size": 3}, "8 to 1024"),
        ({"size": 5000}, "8 to 1024"),
        ({"size": 8}, "does not take an input of 8"),
        ({"mean": (1, 2)}, "3 numbers as mean; got 2"),
        ({"mean": (123.675, 116.28, 103.53)}, "divide by 255"),
        ({"std": (0.2, 0.0, 0.2)}, "expected std"),
        ({"std": (0.2, float("nan"), 0.2)}, "expected std"),
        ({"mean": "abc"}, "numbers as mean"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, said):
    assert said in refusal(WRITTEN["zip"], **settings)


@pytest.mark.parametrize("content", [{}, {"a": 1}, {"model": {}}, [torch.ones(1)]])
def test_a_file_without_tensors_by_key_is_refused(content):
    assert "save a state dict" in refusal(zip_bytes(content))


def test_auxiliary_heads_are_not_needed_and_do_not_disturb():
    with_heads = random_state("googlenet", 4, aux_logits=True)
    without = {k: v for k, v in with_heads.items() if not k.startswith("aux")}
    one, other = read_checkpoint(zip_bytes(with_heads)), read_checkpoint(zip_bytes(without))
    assert one.architecture == other.architecture == "googlenet"
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(load_model(one.id).logits(image), load_model(other.id).logits(image))


def test_own_numbers_are_what_a_rescaling_architecture_receives():
    data = zip_bytes(random_state("googlenet", 4))
    published = load_model(read_checkpoint(data).id)
    half = load_model(read_checkpoint(data, mean=(0.5,) * 3, std=(0.5,) * 3).id)
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(published.logits(image), half.logits(image), rtol=1e-4, atol=1e-9)


def test_published_numbers_given_by_hand_are_another_model_where_the_network_rescales():
    """One network rescales its input and the other does not, with the same mean and deviation."""
    data = zip_bytes(random_state("googlenet", 4))
    published = read_checkpoint(data)
    by_hand = read_checkpoint(data, mean=published.mean, std=published.std)
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    logits = [load_model(spec.id).logits(image) for spec in (published, by_hand)]
    assert not torch.allclose(*logits)


def test_nobody_is_shown_the_name_of_another_persons_file():
    mine = read_checkpoint(WRITTEN["zip"], file_name="mine.pth")
    theirs = read_checkpoint(WRITTEN["zip"], file_name="theirs.pth")
    assert load_model(mine.id).spec.title.startswith("mine.pth")
    assert load_model(theirs.id).spec.title.startswith("theirs.pth")


def test_densenets_old_keys_are_understood():
    state = random_state("densenet121", 2)
    old = {k.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): v for k, v in state.items()}
    assert old.keys() != state.keys()
    assert read_checkpoint(zip_bytes(old)).architecture == "densenet121"


def test_mnasnet_is_read_from_a_format_that_knows_no_versions():
    spec = read_checkpoint(save_safetensors(random_state("mnasnet0_5", 2)))
    assert load_model(spec.id).logits(torch.zeros(1, 3, 64, 64)).shape == (1, 2)


def test_an_own_model_is_explained_like_any_other():
    model = load_model(read_checkpoint(WRITTEN["zip"]).id)
    image = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(3))
    explained = integrated_gradients(
        model.score(Target(1, "logit")), image, image * 0.5, get_rule("midpoint").nodes(64)
    )
    assert np.isfinite(explained.attribution).all()
    assert explained.completeness.relative_gap < 0.05


def test_the_store_is_bounded(monkeypatch):
    monkeypatch.setattr(checkpoint._store, "limit", 1 << 22)
    first = read_checkpoint(WRITTEN["zip"], size=100)
    second = read_checkpoint(WRITTEN["zip"], size=101)
    assert second.id in MODELS
    assert first.id not in MODELS


def test_saved_from_a_buffer_like_an_upload():
    stream = io.BytesIO(WRITTEN["safetensors"])
    assert read_checkpoint(stream.read(), file_name="up.safetensors").classes[0] == "class 0"
