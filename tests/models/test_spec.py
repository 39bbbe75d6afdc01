"""What a model says of itself before it is loaded."""

from dataclasses import replace

import pytest

from explorer.models.registry import MODELS, get_spec
from explorer.models.spec import NAMED


def knowing(*classes):
    return replace(get_spec("letters"), classes=classes).knows


def test_a_small_net_names_every_class_that_it_can_answer_with():
    assert knowing("cat", "dog") == "knows only 2 classes: cat, dog"
    assert knowing("cat") == "knows only 1 class: cat"


@pytest.mark.parametrize("spec", MODELS.values(), ids=lambda spec: spec.id)
def test_the_bundled_nets_name_all_of_theirs(spec):
    assert spec.knows == f"knows only {len(spec.classes)} classes: {', '.join(spec.classes)}"


def test_a_net_of_many_classes_names_the_first():
    names = [f"class {k}" for k in range(1200)]
    assert knowing(*names) == f"knows only 1,200 classes, such as {', '.join(names[:NAMED])}"


def test_imagenets_classes_are_known_by_that_name():
    spec = get_spec("squeezenet1_0")
    assert spec.knows == "knows ImageNet's 1000 classes"
    other = replace(spec, classes=(*spec.classes[:-1], "something else"))
    assert other.knows.startswith("knows only 1,000 classes, such as tench, goldfish")
