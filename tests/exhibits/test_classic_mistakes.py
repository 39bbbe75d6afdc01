"""Every classic mistake is caught by its check, and the right way passes all, on a real network."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.core.attribution import integrated_gradients
from explorer.core.quadrature import get_rule
from explorer.exhibits.checks import CHECKS, findings
from explorer.exhibits.classic_mistakes import CLASSIC_MISTAKES, IMAGE, ClassicMistake
from explorer.exhibits.drawing import alternative, baseline_picture, facts, picture
from explorer.exhibits.method import RIGHT
from explorer.exhibits.show import gradients_at_most, show
from explorer.explain import pose
from explorer.pictures.colours import signed_table
from tests.asking import asked

EVERY_MISTAKE = pytest.mark.parametrize("mistake", CLASSIC_MISTAKES.values(), ids=lambda m: m.name)
PLACES = {
    "a scene": asked(image="child-railing", rule="midpoint", steps=1),
    "a letter": asked(model="letters", image="letter-t", rule="midpoint", steps=1),
}


@pytest.fixture(scope="module", params=PLACES)
def problem(request):
    return pose(PLACES[request.param])


@pytest.fixture(scope="module")
def scene():
    return pose(PLACES["a scene"])


@pytest.fixture(scope="module")
def exhibits(problem):
    return {name: show(mistake, problem) for name, mistake in CLASSIC_MISTAKES.items()}


@EVERY_MISTAKE
def test_the_right_way_passes_every_check_and_the_wrong_one_fails_its_own(exhibits, mistake):
    exhibit = exhibits[mistake.name]
    assert [v for v in exhibit.right.findings if not v.passed] == []
    failed = {v.check for v in exhibit.wrong.findings if not v.passed}
    assert mistake.caught_by in failed
    assert {v.check for v in exhibit.wrong.findings} == set(CHECKS)


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_can_pass_and_can_fail(exhibits, check):
    assert any(m.caught_by == check for m in CLASSIC_MISTAKES.values())
    found = {v.passed for e in exhibits.values() for v in e.wrong.findings if v.check == check}
    assert found == {True, False}


@EVERY_MISTAKE
def test_the_mistake_shows_on_the_picture_or_in_its_sum(exhibits, mistake):
    assert not exhibits[mistake.name].same


def test_the_right_map_is_the_one_that_the_core_computes(scene):
    exhibit = show(CLASSIC_MISTAKES["no-difference"], scene)
    nodes = get_rule("trapezoid").nodes(exhibit.mistake.steps)
    path = integrated_gradients(scene.score, scene.image, scene.baseline, nodes)
    assert exhibit.right.total == pytest.approx(path.completeness.attribution_sum, rel=1e-3)
    assert exhibit.right.change == pytest.approx(path.completeness.change, rel=1e-4)
    assert exhibit.right.places == pytest.approx(RIGHT.place(path.attribution), abs=0.02)


def test_weights_that_fall_short_lose_a_tenth(scene):
    exhibit = show(CLASSIC_MISTAKES["short-weights"], scene)
    assert exhibit.mistake.steps == 10
    (weights,) = [v for v in exhibit.wrong.findings if v.check == "weights"]
    assert "0.9" in weights.text
    (linear,) = [v for v in exhibit.wrong.findings if v.check == "completeness"]
    assert not linear.passed


def test_double_ends_pass_on_a_linear_function_and_fall_short_in_their_order(scene):
    found = {v.check: v for v in show(CLASSIC_MISTAKES["double-ends"], scene).wrong.findings}
    assert found["completeness"].passed
    assert found["weights"].passed
    assert "order 1.1 of" in found["order"].text


def test_one_step_in_a_batch_gives_a_map_of_zeros(exhibits):
    exhibit = exhibits["one-step"]
    assert (exhibit.wrong.places == 0.5).all()
    assert exhibit.wrong.total == 0.0
    assert exhibit.right.total != 0.0


def test_class_zero_shows_the_predicted_class_under_its_name(scene):
    exhibit = show(CLASSIC_MISTAKES["class-zero"], scene)
    classes = scene.model.spec.classes
    assert exhibit.right.explained == classes[0]
    assert exhibit.wrong.explained == classes[int(np.argmax(scene.probabilities))]


def test_a_predicted_class_zero_is_explained_alike_and_said_to_be():
    problem = pose(asked(image="fireboat-spray", rule="midpoint", steps=1))
    assert int(np.argmax(problem.probabilities)) == 0
    exhibit = show(CLASSIC_MISTAKES["class-zero"], problem)
    assert exhibit.same
    assert not {v.check: v for v in exhibit.wrong.findings}["class"].passed


def test_another_class_can_be_asked_for_where_two_are_contrasted():
    classes = pose(PLACES["a letter"]).model.spec.classes
    request = replace(PLACES["a letter"], target=classes[1], against=classes[0])
    exhibit = show(CLASSIC_MISTAKES["class-zero"], pose(request))
    assert exhibit.right.explained == classes[0]


def test_black_after_normalisation_is_the_mean_colour(exhibits):
    exhibit = exhibits["normalised-black"]
    assert exhibit.right.start.max() == 0.0
    assert np.unique(exhibit.wrong.start) == pytest.approx([0.5])
    assert baseline_picture(exhibit.wrong).max() == 128


def test_a_map_of_zeros_is_neutral_when_right_and_striped_when_it_has_no_numbers(exhibits):
    exhibit = exhibits["divided-by-zero"]
    assert np.isnan(exhibit.wrong.places).all()
    neutral = signed_table()[len(signed_table()) // 2]
    assert (picture(exhibit.right) == neutral).all()
    assert len(np.unique(picture(exhibit.wrong))) == 2
    assert "no pixel has a number" in alternative(exhibit.wrong, "With the mistake")


@EVERY_MISTAKE
def test_every_panel_has_a_picture_and_words_for_it(exhibits, mistake):
    for panel in (exhibits[mistake.name].right, exhibits[mistake.name].wrong):
        for dark in (False, True):
            drawn = picture(panel, dark)
            assert drawn.dtype == np.uint8
            assert min(drawn.shape[:2]) >= 300
        assert panel.explained in facts(panel)
        assert alternative(panel, "Right").startswith("Right: ")


@EVERY_MISTAKE
def test_no_gradient_is_taken_twice(mistake, scene):
    taken = []
    watched = replace(scene, model=Counting(scene.model, taken))
    show(mistake, watched)
    if mistake.start != IMAGE:  # there, all pictures of the path are one
        assert len(taken) == len(set(taken))
    assert len(taken) <= gradients_at_most(mistake)


def test_its_progress_never_passes_what_was_announced(scene):
    seen = []
    show(CLASSIC_MISTAKES["last-batch"], scene, progress=lambda *p: seen.append(p))
    assert seen
    assert all(0 < done <= total for done, total in seen)


def test_a_mistake_names_a_check_that_exists():
    with pytest.raises(ValueError, match="expected a check out of weights"):
        ClassicMistake("m", "M", "nowhere", "", RIGHT, caught_by="luck")


def test_the_checks_divide_by_zero_in_silence(exhibits, scene):
    with np.errstate(all="raise"):
        show(CLASSIC_MISTAKES["divided-by-zero"], scene)
    assert callable(findings)


class Counting:
    """A model that notes every picture whose gradient is asked for, with the class."""

    def __init__(self, model, taken):
        self._model, self._taken = model, taken

    def __getattr__(self, name):
        return getattr(self._model, name)

    def score(self, target):
        inner = self._model.score(target)

        def watched(images):
            if images.requires_grad:
                keys = images.detach().flatten(1).double().cumsum(1)[:, -1].tolist()
                self._taken.extend((target.index, key) for key in keys)
            return inner(images)

        return watched
