"""explain(): requests become explanations, with every part of the evidence in place."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients

from explorer.core.attribution import Cancelled, integrated_gradients
from explorer.core.baselines import Baseline
from explorer.core.quadrature import get_rule
from explorer.core.targets import SCORE_KINDS
from explorer.errors import ExplorerError
from explorer.explain import explain
from explorer.images.samples import load_samples
from explorer.models.registry import MODELS, load_model
from explorer.sharing.job import Job
from tests.asking import asked

LETTER = asked(model="letters", image="letter-t", steps=20)


def test_the_target_defaults_to_the_prediction_and_rivals_are_the_next_three():
    explanation = explain(LETTER)
    assert explanation.target == explanation.predictions[0].name == "T"
    expected = tuple(p.name for p in explanation.predictions[1:4])
    assert explanation.rivals == expected
    assert explanation.request == asked(LETTER, target="T")


@pytest.mark.parametrize("target", MODELS["letters"].classes)
@pytest.mark.parametrize("kind", SCORE_KINDS)
def test_every_class_and_score_kind_is_complete_on_a_smooth_net(target, kind):
    explanation = explain(asked(LETTER, target=target, score=kind, rule="gauss-legendre"))
    assert explanation.completeness.gap < 1e-4


@pytest.mark.parametrize("image", ["fireboat-spray", "child-railing"])
def test_captum_agrees_on_the_scenes_net(image):
    request = asked(image=image, rule="midpoint", steps=12, score="logit", target="child")
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
    explanation = explain(asked(LETTER, baseline="blur:sigma=0.1"))
    assert np.abs(explanation.image - explanation.baseline).max() < 1e-6
    assert np.abs(explanation.attribution).max() < 1e-6


def test_part_shares_cover_the_parts_in_the_picture_and_add_up_to_one():
    explanation = explain(asked(steps=10))
    assert "water spray" in explanation.part_shares
    assert sum(explanation.part_shares.values()) == pytest.approx(1.0)
    assert sum(explanation.part_areas.values()) == pytest.approx(1.0)
    assert explanation.part_shares.keys() == explanation.part_areas.keys()


def test_a_misclassified_sample_says_so():
    explanation = explain(asked(image="child-railing", steps=2))
    assert explanation.label == "child"
    assert explanation.misclassified
    assert not explain(asked(image="fireboat-spray", steps=2)).misclassified


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
        explain(asked(LETTER, **change))


class Watched(Job):
    """A job that notes what it is told, and may be cancelled from the start."""

    def __init__(self, cancelled=False):
        self.told, self._cancelled = [], cancelled

    def tell(self, *far):
        self.told.append(far)

    def cancelled(self):
        return self._cancelled


def test_it_reports_progress_and_can_be_cancelled():
    job = Watched()
    explain(asked(LETTER, rule="midpoint", steps=20), job, batch_size=5)
    assert job.told == [(n, 20, "gradients") for n in (5, 10, 15, 20)]
    with pytest.raises(Cancelled):
        explain(LETTER, Watched(cancelled=True))


def test_an_explanation_is_plain_data_that_travels_whole():
    explanation = explain(LETTER)
    travelled = pickle.loads(pickle.dumps(explanation))
    assert travelled.request == explanation.request
    assert travelled.predictions == explanation.predictions
    for name in ("image", "baseline", "attribution", "alphas", "weights", "scores"):
        assert np.array_equal(getattr(travelled, name), getattr(explanation, name))
    assert np.array_equal(np.asarray(travelled.film), np.asarray(explanation.film))
    assert travelled.completeness == explanation.completeness
    assert travelled.active == explanation.active


@pytest.mark.parametrize("way", [lambda e: e, lambda e: pickle.loads(pickle.dumps(e))])
def test_nobody_can_write_into_an_explanation_that_others_share(way):
    explanation = way(explain(LETTER))
    for name in ("image", "baseline", "attribution", "alphas", "weights", "scores",
                 "probabilities", "baseline_probabilities"):  # fmt: skip
        with pytest.raises(ValueError, match="read-only"):
            getattr(explanation, name)[...] = 0


@pytest.mark.parametrize("baseline", ["black", "grey", "colour:colour=#a1b2c3"])
def test_an_explanation_of_a_photograph_without_its_film_takes_less_than_a_megabyte(baseline):
    rng = np.random.default_rng(0)
    image = torch.from_numpy(rng.integers(0, 256, (3, 224, 224)).astype(np.float32) / 255)
    start = Baseline.parse(baseline).make(image)
    found = integrated_gradients(
        lambda x: (x * x).flatten(1).sum(1), image, start, get_rule("midpoint").nodes(20)
    )
    scene = explain(LETTER).without_film()
    assert len(pickle.dumps(replace(scene, result=found.without_film()))) < 1_000_000
    assert len(pickle.dumps(replace(scene, result=found))) > 5_000_000


def test_the_film_is_there_only_where_it_is_asked_for():
    with_film, without = explain(LETTER), explain(LETTER, film=False)
    assert with_film.film is not None
    assert without.film is None
    assert np.array_equal(with_film.attribution, without.attribution)
    assert without.active == with_film.active
    assert np.array_equal(without.path.step_shares, with_film.path.step_shares)


def test_gradient_times_image_is_what_its_name_says_and_promises_nothing():
    request = asked(model="letters", image="letter-t", method="gradient-x-image", score="logit")
    explanation = explain(request)
    image = torch.from_numpy(explanation.image.copy())[None].requires_grad_(True)
    index = explanation.model.classes.index(explanation.target)
    (slope,) = torch.autograd.grad(load_model("letters").logits(image)[0, index], image)
    assert np.allclose(explanation.attribution, (image * slope)[0].detach(), atol=1e-6)
    assert explanation.path is explanation.film is explanation.error is None
    assert not explanation.method.adds_up


def test_several_baselines_are_averaged_and_the_average_still_adds_up():
    request = asked(LETTER, baseline="black;white;grey", rule="gauss-legendre", target="T")
    explanation = explain(request)
    alone = [explain(asked(request, baseline=str(b))) for b in request.baselines]
    mean = np.mean([e.attribution for e in alone], axis=0)
    assert np.allclose(explanation.attribution, mean, atol=1e-6)
    assert explanation.score_baseline == pytest.approx(np.mean([e.score_baseline for e in alone]))
    assert explanation.completeness.relative_gap < 1e-3
    assert explanation.path is None


def test_a_recipe_is_resolved_and_named():
    plain, mirrored = (
        explain(asked(steps=4)),
        explain(asked(image="fireboat-spray|mirror", steps=4)),
    )
    assert np.array_equal(mirrored.image, plain.image[:, :, ::-1])
    assert np.array_equal(mirrored.sample.parts, plain.sample.parts[:, ::-1])
    assert mirrored.image_title == f"{plain.image_title}, mirrored"
    assert mirrored.request.image == "fireboat-spray|mirror"
