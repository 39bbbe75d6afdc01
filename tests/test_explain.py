"""explain(): requests become explanations, with every part of the evidence in place."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients

from explorer.core.attribution import Cancelled
from explorer.core.targets import SCORE_KINDS
from explorer.errors import ExplorerError
from explorer.explain import explain
from explorer.images.samples import load_samples
from explorer.models.registry import MODELS, load_model
from explorer.request import Request
from explorer.sharing.job import Job

LETTER = Request(model="letters", image="letter-t", steps=20)


def test_the_target_defaults_to_the_prediction_and_rivals_are_the_next_three():
    explanation = explain(LETTER)
    assert explanation.target == explanation.predictions[0].name == "T"
    expected = tuple(p.name for p in explanation.predictions[1:4])
    assert explanation.rivals == expected
    assert explanation.request == replace(LETTER, target="T")


@pytest.mark.parametrize("target", MODELS["letters"].classes)
@pytest.mark.parametrize("kind", SCORE_KINDS)
def test_every_class_and_score_kind_is_complete_on_a_smooth_net(target, kind):
    explanation = explain(replace(LETTER, target=target, score=kind, rule="gauss-legendre"))
    assert explanation.completeness.gap < 1e-4


@pytest.mark.parametrize("image", ["fireboat-spray", "child-railing"])
def test_captum_agrees_on_the_scenes_net(image):
    request = Request(image=image, rule="midpoint", steps=12, score="logit", target="child")
    model = load_model(request.model)
    pixels = torch.from_numpy(load_samples("scenes")[image].pixels.copy())[None]
    theirs = IntegratedGradients(model.logits).attribute(
        pixels, pixels * 0, target=MODELS[request.model].classes.index("child"),
        n_steps=12, method="riemann_middle",
    )[0].numpy()  # fmt: skip
    ours = explain(request).attribution
    assert np.linalg.norm(ours - theirs) < 1e-4 * np.linalg.norm(theirs)


def test_a_picture_explained_against_itself_is_all_zeros_and_complete():
    black = load_samples("letters")["letter-t"].pixels * 0
    assert not black.any()
    explanation = explain(replace(LETTER, baseline=type(LETTER.baseline).parse("blur:sigma=0.1")))
    assert np.abs(explanation.image - explanation.baseline).max() < 1e-6
    assert np.abs(explanation.attribution).max() < 1e-6


def test_part_shares_cover_the_parts_in_the_picture_and_add_up_to_one():
    explanation = explain(Request(steps=10))
    assert "water spray" in explanation.part_shares
    assert sum(explanation.part_shares.values()) == pytest.approx(1.0)
    assert sum(explanation.part_areas.values()) == pytest.approx(1.0)
    assert explanation.part_shares.keys() == explanation.part_areas.keys()


def test_a_misclassified_sample_says_so():
    explanation = explain(Request(image="child-railing", steps=2))
    assert explanation.label == "child"
    assert explanation.misclassified
    assert not explain(Request(image="fireboat-spray", steps=2)).misclassified


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "nothing"}, "expected a model such as scenes-shortcut"),
        ({"image": "nothing"}, "expected an image out of letter-c"),
        ({"image": "own-0123456789abcdef"}, "upload it again"),
        ({"target": "Q"}, "expected a class out of C, H, L, T, Z; got 'Q'"),
        ({"against": "Q"}, "expected a class out of"),
        ({"against": "T"}, "two different classes"),
    ],
)
def test_what_the_model_does_not_know_is_refused_with_the_expectation(change, message):
    with pytest.raises(ExplorerError, match=message):
        explain(replace(LETTER, **change))


class Watched(Job):
    """A job that notes what it is told, and may be cancelled from the start."""

    def __init__(self, cancelled=False):
        self.told, self._cancelled = [], cancelled

    def tell(self, *far, unit):
        self.told.append((*far, unit))

    def cancelled(self):
        return self._cancelled


def test_it_reports_progress_and_can_be_cancelled():
    job = Watched()
    explain(replace(LETTER, rule="midpoint"), job, batch_size=5)
    assert job.told == [(n, 20, "gradients") for n in (5, 10, 15, 20)]
    with pytest.raises(Cancelled):
        explain(LETTER, Watched(cancelled=True))
