"""One's own model with no browser: a checkpoint, and README's example of a function."""

import json
import re

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import get_model

from explorer.cli import main
from tests.conftest import ROOT


@pytest.fixture
def photograph(tmp_path):
    path = tmp_path / "photo.png"
    Image.effect_noise((320, 240), 60).convert("RGB").save(path)
    return path


@pytest.fixture
def checkpoint(tmp_path):
    torch.manual_seed(3)
    path = tmp_path / "mine.pth"
    state = get_model("resnet18", weights=None, num_classes=3).state_dict()
    torch.save({"state_dict": {f"module.{k}": v for k, v in state.items()}}, path)
    return path


def run(tmp_path, *arguments):
    """The written JSON and array of `explain`."""
    out = tmp_path / "out"
    assert main(["explain", *map(str, arguments), "--steps", "2", "--out", str(out)]) == 0
    return json.loads((out / "explanation.json").read_text()), np.load(out / "attribution.npy")


def test_a_checkpoint_is_explained_with_its_own_class_names(tmp_path, photograph, checkpoint):
    names = tmp_path / "names.txt"
    names.write_text("oak\nbeech\n<b>elm</b>\n")
    written, attribution = run(
        tmp_path, "--arch", "resnet18", "--checkpoint", checkpoint, "--classes", names,
        "--image", photograph, "--size", "96", "--mean", "0.5,0.5,0.5", "--std", "0.2,0.2,0.2",
        "--target", "<b>elm</b>",
    )  # fmt: skip
    assert attribution.shape == (3, 96, 96)
    assert {p["class"] for p in written["predictions"]} == {"oak", "beech", "<b>elm</b>"}
    assert written["request"]["model"].startswith("own-")


def test_the_architecture_is_found_where_none_is_named(tmp_path, photograph, checkpoint):
    written, attribution = run(tmp_path, "--checkpoint", checkpoint, "--image", photograph)
    assert attribution.shape == (3, 224, 224)
    assert len(written["predictions"]) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--arch", "resnet50"], "resnet18"),
        (["--arch", "resnet19"], "resnet19"),
        (["--mean", "0.5,0.5"], "mean"),
        (["--std", "a,b,c"], "three numbers"),
        (["--size", "-3"], "size must be"),
        (["--model", "letters"], "--model or --checkpoint"),
    ],
)
def test_a_checkpoint_that_does_not_fit_gets_one_sentence(
    arguments, message, tmp_path, photograph, checkpoint, capsys
):
    code = main(["explain", "--checkpoint", str(checkpoint), "--image", str(photograph),
                 "--out", str(tmp_path / "o"), *arguments])  # fmt: skip
    said = capsys.readouterr().err
    assert code == 2
    assert said.count("\n") == 1
    assert message in said


def test_settings_of_a_checkpoint_without_one_are_refused(tmp_path, capsys):
    assert main(["explain", "--arch", "resnet18", "--out", str(tmp_path)]) == 2
    assert "--checkpoint" in capsys.readouterr().err


def test_readmes_example_of_a_function_works_as_it_stands(tmp_path, photograph):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    (tmp_path / "my_model.py").write_text(code)
    model = f"{tmp_path / 'my_model.py'}:pools"
    written, attribution = run(tmp_path, "--model", model, "--image", photograph)
    assert attribution.shape == (3, 64, 64)
    assert {p["class"] for p in written["predictions"]} == {"cat", "dog"}
