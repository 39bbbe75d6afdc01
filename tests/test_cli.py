"""The command line: the same work as the page, checked by what it writes and says."""

import json

import numpy as np
import pytest
from PIL import Image

from explorer.cli import main
from explorer.core.baselines import BASELINES
from explorer.core.methods import METHODS
from explorer.core.quadrature import EVERY_RULE
from explorer.images.recipes import EDITS
from explorer.models.registry import MODELS

KEYS = {
    "request", "predictions", "target", "score_baseline", "score_image", "attribution_sum",
    "completeness_gap", "error_estimate", "alphas", "weights", "scores", "active_interval",
    "sees", "part_shares", "part_shares_against", "seconds", "verdict", "versions",
}  # fmt: skip


@pytest.fixture
def explained(tmp_path):
    """Run `explain` with arguments; the written JSON, array and picture."""

    def run(*arguments):
        assert main(["explain", *arguments, "--out", str(tmp_path)]) == 0
        written = json.loads((tmp_path / "explanation.json").read_text())
        with Image.open(tmp_path / "overlay.png") as picture:
            picture.load()
        return written, np.load(tmp_path / "attribution.npy"), picture

    return run


def test_explain_writes_the_array_the_overlay_and_the_numbers(explained):
    written, attribution, picture = explained("--image", "fireboat-spray", "--steps", "20")
    assert 0 < written["error_estimate"] < 0.2
    assert written["request"]["method"].startswith("ig:rule=adaptive,")
    assert set(written) == KEYS
    assert attribution.dtype == np.float32
    assert attribution.shape[0] == 3
    assert picture.size == (attribution.shape[2], attribution.shape[1])
    assert written["predictions"][0]["class"] == written["target"] == "fireboat"
    assert written["attribution_sum"] == pytest.approx(float(attribution.sum()), abs=1e-5)
    change = written["score_image"] - written["score_baseline"]
    gap = abs(written["attribution_sum"] - change) / abs(change)
    assert written["completeness_gap"] == pytest.approx(gap, rel=1e-3, abs=1e-5)
    assert len(written["alphas"]) == len(written["weights"]) == len(written["scores"]) <= 20
    assert sum(written["part_shares"].values()) == pytest.approx(1.0)
    assert sum(written["part_shares_against"].values()) == pytest.approx(1.0)
    low, high = written["active_interval"]
    assert 0 <= low < high <= 1


@pytest.mark.parametrize("rule", EVERY_RULE)
@pytest.mark.parametrize("baseline", ["black", "blur:sigma=2", "uniform:seed=5"])
def test_every_rule_and_baseline_works_on_the_letters(explained, rule, baseline):
    written, attribution, _ = explained(
        "--model", "letters", "--image", "letter-t", "--rule", rule, "--baseline", baseline
    )
    assert attribution.shape == (1, 3, 3)
    assert written["request"]["baseline"] == baseline
    assert written["part_shares"] is None
    assert sum(written["weights"]) == pytest.approx(1.0)


def test_a_contrast_explains_the_difference_of_two_logits(explained):
    same_nodes = ("--rule", "midpoint")  # at the same alphas the difference is exact
    both, a, _ = explained("--model", "letters", "--image", "letter-t", "--target", "C",
                           "--against", "T", *same_nodes)  # fmt: skip
    one, c, _ = explained("--model", "letters", "--image", "letter-t", "--target", "C",
                          "--score", "logit", *same_nodes)  # fmt: skip
    other, t, _ = explained("--model", "letters", "--image", "letter-t", "--target", "T",
                            "--score", "logit", *same_nodes)  # fmt: skip
    assert both["request"]["score"] == "logit-difference"
    assert both["score_image"] == pytest.approx(one["score_image"] - other["score_image"], abs=1e-4)
    assert np.allclose(a, c - t, atol=1e-4)


def test_an_image_file_is_explained_like_a_sample(explained, tmp_path):
    picture = tmp_path / "mine.png"
    Image.new("RGB", (300, 200), "steelblue").save(picture)
    written, attribution, _ = explained("--image", str(picture), "--steps", "3")
    assert written["request"]["image"].startswith("own-")
    assert written["request"]["fit"] == "crop"
    assert "the middle 200 x 200" in written["sees"]
    assert "33 % of the picture is not seen" in written["sees"]
    assert written["part_shares"] is None
    assert np.isfinite(attribution).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explain"], "--out"),
        (["explain", "--out", "{tmp}", "--model", "nothing"], "expected a model such as scenes"),
        (["explain", "--out", "{tmp}", "--image", "nothing"], "an image file or a sample out of"),
        (["explain", "--out", "{tmp}", "--image", "{text}"], "expected an image"),
        (["explain", "--out", "{tmp}", "--baseline", "pink"], "expected a baseline out of black"),
        (["explain", "--out", "{tmp}", "--target", "zeppelin"], "expected a class out of"),
        (["explain", "--out", "{tmp}", "--against", "zeppelin"], "expected a class out of"),
        (["explain", "--out", "{tmp}", "--against", "fireboat"], "two different classes"),
        (["explain", "--out", "{tmp}", "--against", "ferry", "--score", "probability"], "logits"),
        (["explain", "--out", "{tmp}", "--score", "entropy"], "expected a score out of"),
        (["explain", "--out", "{tmp}", "--rule", "simpson"], "expected a quadrature rule"),
        (["explain", "--out", "{tmp}", "--steps", "0"], "whole number from 2 to 1000"),
        (["explain", "--out", "{tmp}", "--steps", "1e3"], "whole number from 2 to 1000"),
        (["explain", "--out", "{tmp}", "--device", "abacus"], "expected a device"),
        (["explain", "--out", "{text}"], "--out must be a folder"),
        (["explain", "--out", "{tmp}", "--colour", "red"], "--colour"),
        (["list", "bananas"], "bananas"),
        (["dance"], "dance"),
    ],
    ids=lambda value: " ".join(value[-2:]) if isinstance(value, list) else "",
)
def test_bad_arguments_get_one_sentence_and_exit_code_two(arguments, message, tmp_path, capsys):
    text = tmp_path / "notes.txt"
    text.write_text("not an image")
    code = main([a.format(tmp=tmp_path / "out", text=text) for a in arguments])
    said = capsys.readouterr()
    assert code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert message in said.err


def test_list_prints_one_id_a_line_with_a_description_after_a_tab(capsys):
    expected = {"baselines": BASELINES, "rules": EVERY_RULE, "models": MODELS, "methods": METHODS}
    expected["edits"] = EDITS
    for what in (*expected, "images"):
        assert main(["list", what]) == 0
        rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
        assert all(len(row) == 2 and all(row) for row in rows)
        ids = [row[0] for row in rows]
        assert len(set(ids)) == len(ids)
        if what in expected:
            assert set(expected[what]) <= set(ids)
        else:
            assert {"fireboat-spray", "fireboat-no-spray", "child-railing"} <= set(ids)
