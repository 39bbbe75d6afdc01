"""Two questions that mean the same are answered once, whoever names the class first."""

import pytest

from explorer.ui.work import explanations
from tests.asking import asked

LETTER = asked(model="letters", image="letter-t", rule="midpoint", steps=3)
NAMED = asked(LETTER, target="T")  # which is what the net says of it


@pytest.fixture
def computed(monkeypatch):
    """The keys that were computed, from a cold cache on."""
    keys, attribute = [], explanations.attribute
    monkeypatch.setattr(explanations, "_runner", explanations.Runner(1 << 24))
    explanations._kept_as.clear()

    def counted(problem, job):
        keys.append(problem.request.key)
        return attribute(problem, job)

    monkeypatch.setattr(explanations, "attribute", counted)
    return keys


def answer(request):
    """As the page has it."""
    known = explanations.cached(request)
    make = explanations.partial(explanations._explain, request)
    return known or explanations._runner.get(request.key, make)


@pytest.mark.parametrize("order", [(LETTER, NAMED), (NAMED, LETTER)])
def test_a_class_that_is_named_and_one_that_is_predicted_are_one_question(computed, order):
    first, second = (answer(request) for request in order)
    assert first is second
    assert computed == [NAMED.key]


def test_another_class_is_another_question(computed):
    assert answer(LETTER) is not answer(asked(LETTER, target="C"))
    assert len(computed) == 2


def test_both_names_of_a_models_default_weights_are_one_question():
    assert asked(model="resnet50:IMAGENET1K_V2").key == asked(model="resnet50").key
