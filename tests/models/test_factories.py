"""Models from a function of whoever starts the app."""

import re

import pytest
import torch

from explorer.errors import ExplorerError
from explorer.models.registry import MODELS, load_model, register_factory
from explorer.models.sources import factory
from explorer.models.sources.factory import load_factory

NET = """
import torch
def net(classes=2, channels=3):
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(classes))
"""
GOOD = """
def cats():
    return dict(module=net(), classes=["cat", "<b>dog</b>"], size=(16, 24), mean=(0.5,) * 3,
                std=(0.25,) * 3, title="Cats")
"""


@pytest.fixture
def written(tmp_path):
    def write(body, name="cats"):
        path = tmp_path / "mine.py"
        path.write_text(NET + body)
        return f"{path}:{name}"

    return write


def refusal(text):
    with pytest.raises(ExplorerError) as caught:
        load_factory(text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_function_becomes_a_model(written):
    spec = load_factory(written(GOOD))
    assert re.fullmatch("file-mine-cats-[0-9a-f]{8}", spec.id)
    assert spec.classes == ("cat", "<b>dog</b>")
    assert spec.shape == (3, 16, 24)
    assert spec.title == "Cats"


def test_a_registered_one_is_listed_and_loaded_like_any_other(written):
    spec = register_factory(written(GOOD))
    assert spec.id in list(MODELS)
    probabilities = load_model(spec.id).probabilities(torch.rand(1, 3, 16, 24))
    assert probabilities.sum() == pytest.approx(1)


SAME_NUMBERS = """
def make():
    torch.manual_seed(0)
    return dict(module=net(), classes={classes}, size=16)
"""


def write_net(folder, classes, more=""):
    folder.mkdir(exist_ok=True)
    (folder / "net.py").write_text(NET + SAME_NUMBERS.format(classes=classes) + more)
    return register_factory(f"{folder / 'net.py'}:make")


def test_two_files_of_one_name_are_two_models_and_both_stay(tmp_path):
    first = write_net(tmp_path / "a", ["cat", "dog"])
    loaded = load_model(first.id)
    second = write_net(tmp_path / "b", ["ant", "bee"])
    assert first.id != second.id
    assert {first.id, second.id} <= set(MODELS)
    assert load_model(first.id) is loaded
    assert load_model(first.id).spec.classes == ("cat", "dog")
    assert load_model(second.id).spec.classes == ("ant", "bee")


def test_the_same_words_in_two_places_are_two_models(tmp_path):
    ids = {write_net(tmp_path / folder, ["cat", "dog"]).id for folder in "ab"}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("classes", "more"),
    [
        (["dog", "cat"], ""),
        (["cat", "dog"], "\n# a note"),
        (["cat", "dog"], "\nold, make = make, lambda: {**old(), 'mean': (0.5,) * 3}"),
        (["cat", "dog"], "\nold, make = make, lambda: {**old(), 'title': 'Cats'}"),
    ],
)
def test_a_file_that_was_edited_is_another_model(tmp_path, classes, more):
    before = write_net(tmp_path, ["cat", "dog"])
    load_model(before.id)
    after = write_net(tmp_path, classes, more)
    assert after.id != before.id
    loaded = load_model(after.id).spec
    assert (loaded.classes, loaded.mean, loaded.title) == (after.classes, after.mean, after.title)


def test_other_weights_are_another_model_though_the_file_is_the_same(tmp_path):
    body = "\nold, make = make, lambda: {**old(), 'module': torch.load(W, weights_only=False)}"
    body = f"\nW = {str(tmp_path / 'w.pt')!r}{body}"
    ids = []
    for scale in (1.0, 2.0):
        layer = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(768, 2))
        torch.nn.init.constant_(layer[1].weight, scale)
        torch.nn.init.zeros_(layer[1].bias)
        torch.save(layer, tmp_path / "w.pt")
        ids.append(write_net(tmp_path, ["cat", "dog"], body).id)
    one, two = (load_model(model_id).logits(torch.ones(1, 3, 16, 16)) for model_id in ids)
    assert torch.allclose(2 * one, two)


def test_the_same_file_registered_twice_is_one_model(tmp_path):
    first = write_net(tmp_path, ["cat", "dog"])
    assert write_net(tmp_path, ["cat", "dog"]) is first


def test_what_cannot_stand_in_an_address_does_not_stand_in_an_id(tmp_path):
    path = tmp_path / "my net (2), ä.py"
    path.write_text(NET + SAME_NUMBERS.format(classes=["a", "b"]))
    assert re.fullmatch("file-my-net-2-make-[0-9a-f]{8}", load_factory(f"{path}:make").id)


def test_a_tuple_with_preprocessing_is_understood_too(written):
    body = "def cats():\n    return net(), ['a', 'b'], dict(size=32)\n"
    assert load_factory(written(body)).transform.crop == 32


def test_a_grey_model_has_one_channel(written):
    body = "def cats():\n    return dict(module=net(), classes=['a','b'], size=8, mean=[0.5])\n"
    assert load_factory(written(body)).shape == (1, 8, 8)


def test_the_docstring_says_every_key():
    assert all(f"\n    {key} " in factory.__doc__ for key in factory.KEYS)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "no function 'cats'"),
        ("cats = 3\n", "no function 'cats'"),
        ("def cats():\n    raise KeyError('weights.pth')\n", "KeyError: 'weights.pth'"),
        ("1 / 0\n", "mine.py fails: ZeroDivisionError"),
        ("def cats(:\n", "mine.py fails: SyntaxError"),
        ("def cats(a):\n    pass\n", "TypeError"),
        ("def cats():\n    pass\n", "returned NoneType"),
        ("def cats():\n    return dict(module=net())\n", "it lacks classes"),
        ("def cats():\n    return dict(module=net(), classes=['a'], sise=3)\n", "unknown: sise"),
        ("def cats():\n    return dict(module=len, classes=['a', 'b'])\n", "torch.nn.Module"),
        ("def cats():\n    return dict(module=net(), classes='ab')\n", "list of names"),
        ("def cats():\n    return dict(module=net(), classes=['a'])\n", r"got (2, 2)"),
        ("def cats():\n    return dict(module=torch.nn.Linear(1, 1), classes=['a'])\n", "fails"),
        ("def cats():\n    return dict(module=net(), classes=['a'], size=4)\n", "8 to 1024"),
        (
            "def cats():\n    return dict(module=net(), classes=['a'], size=(9, 9, 9))\n",
            "one or two",
        ),
        (
            "def cats():\n    return dict(module=net(), classes=['a'], mean=128)\n",
            "numbers as mean",
        ),
    ],
)
def test_what_cannot_be_a_model_is_refused_in_words(body, said, written):
    assert said in refusal(written(body))


@pytest.mark.parametrize("text", ["", "x", "x.py", ":f", "x.py:", "x.py:not a name"])
def test_an_address_without_file_and_function_is_refused(text):
    assert "path/to/file.py:function" in refusal(text)


def test_a_file_that_is_not_there_is_named():
    assert "there is no file 'none.py'" in refusal("none.py:f")
