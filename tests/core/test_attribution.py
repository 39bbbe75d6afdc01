"""Integrated Gradients against closed forms, other people's expected values, and its axioms."""

import copy
import pickle
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest
import torch

from explorer.core.adaptive import adaptive_gradients
from explorer.core.attribution import Cancelled, NotFiniteError, integrated_gradients
from explorer.core.quadrature import RULES, Nodes, get_rule

EVERY_RULE = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)


def pixels(*values: float) -> torch.Tensor:
    """A (C, 1, 1) image with one pixel a channel."""
    return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1)


def attribute(function, image, baseline, rule="midpoint", steps=1000, **options):
    """The attribution (C,) of a function of columns (n, C) -> (n,)."""
    nodes = get_rule(rule).nodes(steps) if isinstance(rule, str) else rule.nodes(steps)
    return integrated_gradients(
        lambda batch: function(batch.flatten(1)), image, baseline, nodes, **options
    )


def relu_net(x):
    return torch.relu(torch.relu(x[:, 0]) - 1 - torch.relu(x[:, 1]))


def relu_twin(x):
    return torch.relu(torch.relu(x[:, 0] - 1) - torch.relu(x[:, 1]))


def mixed(x):
    return 5 * x[:, 0] + x[:, 1] ** 2 + torch.sin(x[:, 2])


EXPECTED = {
    "implementation invariance, the net": (relu_net, (3, 1), (0, 0), (1.5, -0.5)),
    "implementation invariance, its twin": (relu_twin, (3, 1), (0, 0), (1.5, -0.5)),
    "polynomial and sine": (mixed, (1, 2, 3), (0.5, 1, 1), (2.5, 3, -0.70035)),
    "the same from another baseline": (mixed, (1, 2, 3), (0.5, 0.8, 1), (2.5, 3.36, -0.70035)),
    "a squared sum": (lambda x: (2 * x[:, 0] + x[:, 1]) ** 2, (3, 3), (0, 0), (54, 27)),
    "a sum of squares": (lambda x: 2 * x[:, 0] ** 2 + x[:, 1] ** 2, (3, 3), (0, 0), (18, 9)),
    "the same reversed": (lambda x: 2 * x[:, 0] ** 2 + x[:, 1] ** 2, (0, 0), (3, 3), (-18, -9)),
    "a linear function": (lambda x: 2 * x[:, 0] + x[:, 1], (10, 5), (-1, -3), (22, 8)),
    "a dead net": (relu_twin, (-10, -5), (0, 0), (0, 0)),
    "the identity": (lambda x: x.sum(1), (3, -4), (0, 0), (3, -4)),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_other_peoples_expected_values_come_out(name):
    function, image, baseline, expected = EXPECTED[name]
    result = attribute(function, pixels(*image), pixels(*baseline), steps=2000)
    assert result.attribution.ravel() == pytest.approx(expected, rel=1e-3, abs=1e-3)


@EVERY_RULE
@pytest.mark.parametrize("steps", [1, 2, 3, 7, 50])
def test_every_rule_is_exact_on_a_linear_model_at_every_number_of_steps(rule, steps):
    slope = torch.linspace(-3, 5, 27)
    image, baseline = torch.rand(3, 3, 3), torch.rand(3, 3, 3)
    result = attribute(lambda x: x @ slope, image, baseline, rule, steps)
    expected = (slope.view(3, 3, 3) * (image - baseline)).numpy()
    assert np.allclose(result.attribution, expected, rtol=1e-5, atol=1e-6)
    assert result.completeness.gap < 1e-4


def test_one_step_is_the_gradient_at_the_middle_times_the_difference():
    result = attribute(lambda x: (x**2).sum(1), pixels(4.0), pixels(2.0), steps=1)
    assert result.attribution.ravel() == pytest.approx([2 * 3.0 * 2.0])


@EVERY_RULE
def test_the_reversed_path_gives_the_negated_attribution(rule, conv_score):
    torch.manual_seed(1)
    image, baseline = torch.rand(3, 12, 12), torch.rand(3, 12, 12)
    there = integrated_gradients(conv_score, image, baseline, rule.nodes(9))
    back = integrated_gradients(conv_score, baseline, image, RULES[rule.mirror].nodes(9))
    assert np.allclose(there.attribution, -back.attribution, rtol=1e-4, atol=1e-6)


@EVERY_RULE
@pytest.mark.parametrize("batch_size", [1, 3, 7, 64])
def test_the_batch_size_changes_the_calls_and_not_the_numbers(rule, batch_size, conv_score):
    image, baseline = torch.full((3, 12, 12), 0.8), torch.zeros(3, 12, 12)
    calls = []

    def counted(batch):
        calls.append(len(batch))
        return conv_score(batch)

    nodes = rule.nodes(10)
    whole = integrated_gradients(conv_score, image, baseline, nodes, batch_size=len(nodes.alphas))
    parts = integrated_gradients(counted, image, baseline, nodes, batch_size=batch_size)
    assert len(calls) == -(-2 // batch_size) + -(-len(nodes.alphas) // batch_size)  # two ends
    assert np.allclose(parts.attribution, whole.attribution, rtol=1e-5, atol=1e-7)
    assert np.allclose(parts.scores, whole.scores, rtol=1e-5)


@EVERY_RULE
def test_a_baseline_equal_to_the_image_gives_zeros(rule, conv_score):
    image = torch.rand(3, 12, 12)
    result = integrated_gradients(conv_score, image, image.clone(), rule.nodes(5))
    assert not result.attribution.any()
    assert result.completeness.relative_gap == 0.0
    assert result.active_interval.share is None


def error_at(rule, steps):
    """Distance from the closed form for exp(x) from 0 to 2, whose integral is e^2 - 1."""
    image, baseline = torch.tensor([[[2.0]]]).double(), torch.zeros(1, 1, 1).double()
    result = attribute(lambda x: torch.exp(x.sum(1)), image, baseline, rule, steps)
    return abs(float(result.attribution.sum()) - (np.exp(2.0) - 1))


@pytest.mark.parametrize("rule", [r for r in RULES.values() if r.order], ids=lambda r: r.name)
def test_the_error_falls_at_the_declared_order_on_a_smooth_function(rule):
    coarse, fine = error_at(rule, 8), error_at(rule, 32)
    assert np.log(coarse / fine) / np.log(4) == pytest.approx(rule.order, abs=0.1)


def test_gauss_legendre_converges_faster_than_any_power():
    rule = RULES["gauss-legendre"]
    errors = [error_at(rule, n) for n in (1, 2, 3, 4)]
    ratios = [a / b for a, b in pairwise(errors)]
    assert ratios == sorted(ratios)
    assert errors[-1] < 1e-5


def test_running_out_of_memory_halves_the_batch_and_changes_nothing(conv_score):
    image, baseline = torch.rand(3, 12, 12), torch.zeros(3, 12, 12)
    sizes = []

    def tight(batch):
        sizes.append(len(batch))
        if len(batch) > 3:
            raise torch.OutOfMemoryError("out of memory")
        return conv_score(batch)

    nodes = get_rule("midpoint").nodes(11)
    result = integrated_gradients(tight, image, baseline, nodes, batch_size=11)
    assert sizes == [2, 11, 5, 2, 2, 2, 2, 2, 1]
    easy = integrated_gradients(conv_score, image, baseline, nodes)
    assert np.allclose(result.attribution, easy.attribution, rtol=1e-5, atol=1e-7)


def test_a_single_picture_that_does_not_fit_is_an_error_and_not_a_loop(conv_score):
    def hopeless(batch):
        if batch.requires_grad:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return conv_score(batch)

    with pytest.raises(RuntimeError, match="can't allocate"):
        integrated_gradients(
            hopeless, torch.rand(3, 12, 12), torch.zeros(3, 12, 12), get_rule("left").nodes(4)
        )


def test_other_errors_of_the_model_are_not_taken_for_a_lack_of_memory():
    def broken(batch):
        if batch.requires_grad:
            raise RuntimeError("shapes cannot be multiplied")
        return batch.sum((1, 2, 3))

    with pytest.raises(RuntimeError, match="multiplied"):
        integrated_gradients(
            broken, torch.rand(3, 4, 4), torch.zeros(3, 4, 4), get_rule("left").nodes(4)
        )


def test_a_score_that_is_not_finite_names_its_alpha():
    def log_of_brightness(batch):
        return torch.log(batch.mean((1, 2, 3)) - 0.45)

    with pytest.raises(NotFiniteError, match="baseline"):
        integrated_gradients(
            log_of_brightness, torch.ones(3, 2, 2), torch.zeros(3, 2, 2), get_rule("left").nodes(4)
        )

    def hole(batch):
        x = batch.mean((1, 2, 3))
        return torch.where((x > 0.3) & (x < 0.4), torch.full_like(x, torch.nan), x)

    with pytest.raises(NotFiniteError, match=r"score at alpha 0\.350"):
        integrated_gradients(
            hole, torch.ones(3, 2, 2), torch.zeros(3, 2, 2), get_rule("midpoint").nodes(10)
        )


def test_a_gradient_that_is_not_finite_names_its_alpha():
    def cusp(batch):
        return torch.sqrt((batch - 0.5).abs()).sum((1, 2, 3))

    with pytest.raises(NotFiniteError, match=r"gradient at alpha 0\.500"):
        integrated_gradients(
            cusp, torch.ones(1, 2, 2), torch.zeros(1, 2, 2), get_rule("trapezoid").nodes(4)
        )


def test_progress_counts_every_gradient_and_cancelling_stops_between_batches(conv_score):
    seen = []
    image, baseline, nodes = (
        torch.rand(3, 12, 12),
        torch.zeros(3, 12, 12),
        get_rule("left").nodes(9),
    )
    integrated_gradients(
        conv_score, image, baseline, nodes, batch_size=4, progress=lambda *p: seen.append(p)
    )
    assert seen == [(4, 9), (8, 9), (9, 9)]
    with pytest.raises(Cancelled, match="4 of 9"):
        integrated_gradients(
            conv_score, image, baseline, nodes, batch_size=4, progress=lambda *p: seen.append(p),
            cancelled=lambda: len(seen) > 3,
        )  # fmt: skip


def test_an_exception_in_the_progress_callback_ends_the_work(conv_score):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        integrated_gradients(
            conv_score, torch.rand(3, 12, 12), torch.zeros(3, 12, 12),
            get_rule("left").nodes(9), progress=stop,
        )  # fmt: skip


def test_it_leaves_the_model_and_the_images_as_they_were(conv_net, conv_score):
    image, baseline = torch.rand(3, 12, 12), torch.zeros(3, 12, 12)
    kept = image.clone()
    with torch.no_grad():  # a caller's no_grad must not matter
        result = integrated_gradients(conv_score, image, baseline, get_rule("left").nodes(3))
    assert torch.equal(image, kept)
    assert not image.requires_grad
    assert all(p.grad is None for p in conv_net.parameters())
    with pytest.raises(ValueError, match="read-only"):
        result.attribution[0, 0, 0] = 1.0


def arrays_in(value, seen=()):
    """Every array that hangs on an object, with the names that lead there."""
    if isinstance(value, np.ndarray):
        yield seen, value
    elif isinstance(value, tuple):
        for place, part in enumerate(value):
            yield from arrays_in(part, (*seen, str(place)))
    elif hasattr(value, "__dict__"):
        for name, part in vars(value).items():
            yield from arrays_in(part, (*seen, name))


@pytest.mark.parametrize(
    "again",
    [lambda result: result, copy.deepcopy, lambda result: pickle.loads(pickle.dumps(result))],
    ids=["as computed", "copied", "pickled"],
)
@pytest.mark.parametrize(
    "method",
    [
        adaptive_gradients,
        lambda *path: integrated_gradients(*path, get_rule("gauss-legendre").nodes(4)),
    ],
    ids=["adaptive", "fixed nodes"],
)
def test_nothing_in_an_attribution_can_be_written(conv_score, method, again):
    result = method(conv_score, torch.rand(3, 12, 12), torch.zeros(3, 12, 12))
    values = [np.asarray(result.gradients), result.curve[1], result.step_shares]
    result = again(result)
    assert result.active_interval
    for before, now in zip(
        values, [np.asarray(result.gradients), result.curve[1], result.step_shares], strict=True
    ):
        assert np.array_equal(before, now)
    found = dict(arrays_in(result))
    assert {"attribution", "score_image", "score_baseline", "scores"} <= {n[0] for n in found}
    assert {("nodes", "alphas"), ("nodes", "weights"), ("curve", "0"), ("step_shares",)} <= set(
        found
    )
    assert [names for names, array in found.items() if array.flags.writeable] == []


def test_nodes_are_copies_of_what_they_were_made_of():
    alphas, weights = np.array([0.0, 1.0]), np.array([0.5, 0.5])
    nodes = Nodes(alphas, weights)
    alphas[0] = weights[0] = 0.25
    assert (nodes.alphas[0], nodes.weights[0]) == (0.0, 0.5)


@pytest.mark.parametrize(
    ("image", "baseline", "message"),
    [
        (torch.zeros(3, 4, 4), torch.zeros(3, 4, 5), "one shape"),
        (torch.zeros(1, 0, 4), torch.zeros(1, 0, 4), r"\(C, H, W\)"),
        (torch.full((1, 2, 2), torch.nan), torch.zeros(1, 2, 2), "NaN"),
    ],
)
def test_images_that_cannot_be_are_refused(image, baseline, message):
    with pytest.raises(ValueError, match=message):
        attribute(lambda x: x.sum(1), image, baseline)


def test_a_score_of_the_wrong_shape_or_without_a_gradient_is_refused():
    image, baseline = torch.ones(1, 2, 2), torch.zeros(1, 2, 2)
    with pytest.raises(ValueError, match="must return"):
        integrated_gradients(lambda b: b.sum(), image, baseline, get_rule("left").nodes(2))
    with pytest.raises(ValueError, match="differentiable"):
        integrated_gradients(
            lambda b: torch.ones(len(b)), image, baseline, get_rule("left").nodes(2)
        )
    with pytest.raises(ValueError, match="batch_size"):
        attribute(lambda x: x.sum(1), image, baseline, batch_size=0)


def test_rivals_are_watched_and_do_not_change_the_attribution(conv_net):
    image, baseline, nodes = (
        torch.rand(3, 12, 12),
        torch.zeros(3, 12, 12),
        get_rule("left").nodes(6),
    )
    alone = integrated_gradients(lambda b: conv_net(b)[:, 2], image, baseline, nodes)
    watched = integrated_gradients(lambda b: conv_net(b)[:, [2, 0, 4]], image, baseline, nodes)
    assert watched.scores.shape == (6, 3)
    assert np.allclose(alone.attribution, watched.attribution, rtol=1e-5, atol=1e-7)
    assert np.allclose(alone.scores[:, 0], watched.scores[:, 0])


def test_the_active_interval_finds_the_jump_and_the_share_that_it_made():
    def jump(batch):
        return torch.sigmoid(80 * (batch.mean((1, 2, 3)) - 0.3))

    result = integrated_gradients(
        jump, torch.ones(1, 2, 2), torch.zeros(1, 2, 2), get_rule("midpoint").nodes(400)
    )
    active = result.active_interval
    half = np.log(19) / 80  # the sigmoid makes 90 % of its way within +- log(0.95 / 0.05) / 80
    assert (active.low, active.high) == pytest.approx((0.3 - half, 0.3 + half), abs=2e-3)
    assert active.share == pytest.approx(0.9, abs=0.02)


def test_every_call_of_the_score_waits_for_its_turn():
    inside, calls = [], []

    @contextmanager
    def turn():
        inside.append(True)
        yield
        inside.pop()

    def score(pictures):
        calls.append(bool(inside))
        return pictures.square().sum(dim=(1, 2, 3))

    image, baseline = torch.ones(1, 2, 2), torch.zeros(1, 2, 2)
    nodes = get_rule("midpoint").nodes(5)
    integrated_gradients(score, image, baseline, nodes, batch_size=2, turn=turn)
    assert calls == [True] * 4  # both ends at once, and three batches
    assert not inside
