"""Models from a function of whoever starts the app."""

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
    assert spec.id == "file-mine-cats"
    assert spec.classes == ("cat", "<b>dog</b>")
    assert spec.shape == (3, 16, 24)
    assert spec.title == "Cats"


def test_a_registered_one_is_listed_and_loaded_like_any_other(written):
    spec = register_factory(written(GOOD))
    assert spec.id in list(MODELS)
    probabilities = load_model(spec.id).probabilities(torch.rand(1, 3, 16, 24))
    assert probabilities.sum() == pytest.approx(1)


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
