"""Methods as entries: what each declares holds, and what its settings do."""

import numpy as np
import pytest
import torch

from explorer.core.attribution import Attribution
from explorer.core.closer import PLACES, places_of
from explorer.core.methods import METHODS, Method, Task

IMAGE = torch.linspace(0.2, 1.0, 12).view(3, 2, 2)


def squares(x):
    return (x * x).flatten(1).sum(1)


def attribute(method, score=squares):
    return method.kind.attribute(Task(score, IMAGE, torch.zeros_like(IMAGE)), method.values)


@pytest.mark.parametrize("kind", METHODS.values(), ids=lambda k: k.name)
def test_a_method_keeps_what_it_declares(kind):
    found = attribute(Method(kind.name))
    assert isinstance(found, Attribution) == kind.has_path
    assert (found.error is not None) == kind.estimates_error
    if kind.adds_up:
        assert found.completeness.relative_gap < 0.01
    assert found.attribution.shape == tuple(IMAGE.shape)


@pytest.mark.parametrize("kind", METHODS.values(), ids=lambda k: k.name)
def test_a_method_depends_on_its_baseline_just_where_it_says_so(kind):
    method = Method(kind.name)
    maps = [
        kind.attribute(Task(squares, IMAGE, torch.full_like(IMAGE, level)), method.values)
        for level in (0.0, 0.5)
    ]
    differ = not np.allclose(maps[0].attribution, maps[1].attribution)
    assert differ == kind.uses_baseline


def test_gradient_times_image_of_squares_is_twice_the_squares():
    found = attribute(Method("gradient-x-image")).attribution
    assert np.allclose(found, 2 * IMAGE.numpy() ** 2, atol=1e-6)


def test_looking_closer_takes_scores_where_the_seed_says_and_leaves_an_honest_map_alone():
    plain, closer = attribute(Method()), attribute(Method().changed(closer=3))
    looked_at = closer.curve[0]
    assert np.isin(places_of(PLACES, 3), looked_at).all()
    assert not np.isin(places_of(PLACES, 3), plain.curve[0]).any()
    assert np.allclose(closer.attribution, plain.attribution, rtol=1e-3)
    low, high = closer.unseen
    assert high - low < 2 / PLACES


def test_looking_closer_finds_what_hides_between_the_nodes():
    def hidden(x):
        """Rises by 3 from 0.28 on and falls back from 0.30 on, beside a slope."""
        z = x.flatten(1)
        there = torch.sigmoid(4e3 * (z[:, -1] - 0.28)) * torch.sigmoid(4e3 * (0.30 - z[:, -1]))
        return z[:, 0] * (1 + 50 * there)

    reference = attribute(Method().changed(rule="midpoint", steps=1000), hidden).attribution
    size = np.linalg.norm(reference)
    blind, closer = attribute(Method(), hidden), attribute(Method().changed(closer=1), hidden)
    off = {m: np.linalg.norm(m.attribution - reference) / size for m in (blind, closer)}
    assert off[blind] > 0.5
    assert off[closer] < 0.1
    assert not closer.within_tolerance or off[closer] < 2 * closer.error


def test_the_written_form_leaves_out_a_seed_that_looks_nowhere():
    assert str(Method()) == "ig:rule=adaptive,tolerance=0.05,steps=100"
    closer = Method().changed(closer=7)
    assert str(closer) == "ig:rule=adaptive,tolerance=0.05,steps=100,closer=7"
    assert Method.parse(str(closer)) == closer
