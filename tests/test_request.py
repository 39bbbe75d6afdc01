"""Requests: their way to and from an address and JSON, and what they refuse."""

import json
from dataclasses import replace

import pytest

from explorer.core.baselines import Baseline
from explorer.errors import ExplorerError
from explorer.request import DEFAULT_TOLERANCE, MAX_STEPS, Request

REQUESTS = [
    Request(),
    Request(model="letters", image="letter-t", rule="gauss-legendre", steps=4),
    Request(target="fireboat", against="ferry"),
    Request(baseline=Baseline("gaussian", {"strength": 0.25, "seed": 7}), score="logit"),
    Request(baseline=Baseline.parse("colour:colour=#a1b2c3")),
    Request(tolerance=0.015, steps=300),
]
EVERY_REQUEST = pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: r.key[:6])


@EVERY_REQUEST
def test_a_request_survives_the_way_through_an_address(request_):
    assert Request.from_params(request_.to_params()) == (request_, [])


@EVERY_REQUEST
def test_a_request_survives_the_way_through_json(request_):
    assert Request.from_params(json.loads(json.dumps(request_.to_json()))) == (request_, [])


def test_keys_tell_requests_apart_and_equal_requests_share_theirs():
    assert len({r.key for r in REQUESTS}) == len(REQUESTS)
    assert len({hash(r) for r in REQUESTS}) == len(REQUESTS)
    assert replace(REQUESTS[1], steps=4).key == REQUESTS[1].key


def test_a_contrast_always_compares_logits_and_says_so():
    assert Request(target="a", against="b", score="probability").score == "logit-difference"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("tolerance", "tight", "a number such as 0.05; got 'tight'"),
        ("steps", "many", "whole number from 1; got 'many'"),
        ("steps", "0", "whole number from 1; got 0"),
        ("steps", str(MAX_STEPS + 1), f"1 to {MAX_STEPS} steps"),
        ("rule", "simpson", "expected a quadrature rule out of"),
        ("score", "entropy", "expected a score out of"),
        ("baseline", "pink", "expected a baseline out of"),
        ("baseline", "blur:sigma=1000", "sigma must be a number from 0.1 to 64"),
    ],
)
def test_a_bad_value_falls_back_with_a_sentence_and_leaves_the_others_alone(name, value, message):
    params = {**REQUESTS[1].to_params(), name: value}
    request, refused = Request.from_params(params)
    assert len(refused) == 1
    assert message in refused[0]
    expected = replace(REQUESTS[1], **{name: getattr(Request(), name)})
    assert request == expected


def test_a_tolerance_belongs_to_the_adaptive_rule_alone():
    assert Request().tolerance == DEFAULT_TOLERANCE
    fixed = Request(rule="midpoint", steps=50, tolerance=0.2)
    assert fixed.tolerance is None
    assert fixed.key == Request(rule="midpoint", steps=50).key
    assert "tolerance" not in fixed.to_params()
    assert Request.from_params({"rule": "midpoint", "tolerance": "0.3"}) == (
        Request(rule="midpoint"), []
    )  # fmt: skip
    assert replace(fixed, rule="adaptive").tolerance == DEFAULT_TOLERANCE


def test_unknown_names_in_an_address_are_left_alone():
    assert Request.from_params({"utm_source": "mail"}) == (Request(), [])


@pytest.mark.parametrize(
    "change",
    [
        {"steps": 0},
        {"rule": "x"},
        {"score": "x"},
        {"steps": 10**9},
        {"steps": 1},
        {"tolerance": 0.0},
        {"tolerance": 2.0},
    ],
)
def test_a_request_that_no_model_could_answer_cannot_be_built(change):
    with pytest.raises(ExplorerError):
        Request(**change)
