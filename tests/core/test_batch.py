"""What outsiders expect: any shape, a batch with a target each, average gradients."""

import pickle

import numpy as np
import pytest
import torch

from explorer.core.adaptive import adaptive_gradients
from explorer.core.attribution import integrated_gradients
from explorer.core.batch import attribute_each
from explorer.core.quadrature import get_rule

SHAPES = [(5,), (4, 6), (3, 4, 4), (2, 3, 4, 5)]
NODES = get_rule("midpoint").nodes(8)


def quadratic(shape):
    """F(x) = sum a_i x_i^2: the exact map is a_i (x_i^2 - b_i^2)."""
    rng = torch.Generator().manual_seed(0)
    a, x, b = torch.rand(3, *shape, generator=rng)
    return (lambda p: (a * p**2).flatten(1).sum(1)), x, b, (a * (x**2 - b**2)).numpy()


@pytest.mark.parametrize("shape", SHAPES)
def test_inputs_of_any_shape_get_their_exact_map(shape):
    score, x, b, exact = quadratic(shape)
    for found in (integrated_gradients(score, x, b, NODES), adaptive_gradients(score, x, b)):
        assert found.attribution.shape == shape
        np.testing.assert_allclose(found.attribution, exact, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_no_picture_pickles_too(shape):
    score, x, b, _ = quadratic(shape)
    found = integrated_gradients(score, x, b * 0, NODES)
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.image, found.image)
    np.testing.assert_array_equal(again.baseline, found.baseline)


def test_without_the_film_an_average_gradient_is_refused_where_it_is_not_known():
    score, x, b, _ = quadratic((5,))
    found = integrated_gradients(score, x, b, NODES)
    np.testing.assert_array_equal(
        found.without_film().average_gradient,
        integrated_gradients(score, x, b, NODES).average_gradient,
    )
    x[0] = b[0]
    with pytest.raises(ValueError, match="ask for the film"):
        integrated_gradients(score, x, b, NODES).without_film().average_gradient  # noqa: B018


@pytest.mark.parametrize("shape", SHAPES)
def test_the_average_gradient_is_the_map_before_the_multiplication(shape):
    score, x, b, exact = quadratic(shape)
    x.view(-1)[0] = b.view(-1)[0]  # there the map is 0 whatever the gradient
    for found in (integrated_gradients(score, x, b, NODES), adaptive_gradients(score, x, b)):
        a = exact / ((x**2 - b**2).numpy() + 1e-30)
        expected = a * (x + b).numpy()
        average = found.average_gradient
        assert average.shape == shape
        np.testing.assert_allclose(average.ravel()[1:], expected.ravel()[1:], rtol=1e-3)
        slope = torch.autograd.functional.jacobian(lambda p: score(p[None])[0], x).view(-1)[0]
        assert average.ravel()[0] == pytest.approx(float(slope), rel=1e-3)
        product = average * (found.image - found.baseline)
        np.testing.assert_allclose(product, found.attribution, atol=1e-6)


def polynomials(x):
    """(n, 3) -> (n, 2): x0^2 + x1, and x0 x1 x2."""
    return torch.stack([x[:, 0] ** 2 + x[:, 1], x.prod(1)], 1)


INPUTS = torch.tensor([[1.0, 2.0, 3.0], [2.0, 1.0, 1.0], [0.5, 0.5, 4.0]])


@pytest.mark.parametrize("nodes", [None, get_rule("gauss-legendre").nodes(4)])
def test_every_input_of_a_batch_has_its_own_target_and_baseline(nodes):
    baselines = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    found = attribute_each(polynomials, INPUTS, baselines, [0, 0, 1], nodes=nodes)
    maps = [one.attribution for one in found]
    np.testing.assert_allclose(maps[0], [1, 2, 0], atol=1e-3)
    np.testing.assert_allclose(maps[1], [3, 1, 0], atol=1e-3)
    np.testing.assert_allclose(maps[2], [1 / 3, 1 / 3, 1 / 3], rtol=0.05)


def test_one_target_and_one_baseline_serve_all():
    nodes = get_rule("gauss-legendre").nodes(3)
    one = attribute_each(polynomials, INPUTS, torch.zeros(3), 1, nodes=nodes)
    each = attribute_each(
        polynomials, INPUTS, torch.zeros(3, 3), torch.tensor([1, 1, 1]), nodes=nodes
    )
    for a, b, x in zip(one, each, INPUTS, strict=True):
        np.testing.assert_array_equal(a.attribution, b.attribution)
        np.testing.assert_allclose(a.attribution, float(x.prod()) / 3, rtol=1e-5)


@pytest.mark.parametrize(
    ("inputs", "baselines", "targets", "sentence"),
    [
        (torch.zeros(3), torch.zeros(3), 0, r"expected inputs \(n, ...\)"),
        (INPUTS, torch.zeros(2, 3), 0, r"expected baselines \(3, 3\), or one \(3,\); got \(2, 3\)"),
        (INPUTS, 0.0, 0, "got 0.0: torch.zeros_like"),
        (INPUTS, torch.zeros(3), [0, 1], "a class index for each of 3 inputs, or one for all"),
        (INPUTS, torch.zeros(3), [0, 1, 0.5], "a class index for each"),
        (INPUTS, torch.zeros(3), 2, r"class 2 among them; got \(\d, 2\)"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(inputs, baselines, targets, sentence):
    with pytest.raises(ValueError, match=sentence):
        attribute_each(polynomials, inputs, baselines, targets)
