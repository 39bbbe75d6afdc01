"""Requests: their way to an address and back, what is decided for them, what is refused."""

import copy
import json
import pickle
from dataclasses import replace

import pytest

from explorer.core.baselines import Baseline
from explorer.core.choice import Branch
from explorer.core.methods import METHODS, Method
from explorer.core.quadrature import EVERY_RULE, MAX_STEPS
from explorer.errors import ExplorerError
from explorer.request import MOST_BASELINES, Request
from tests.asking import asked

GAUSSIAN = Baseline("gaussian", {"strength": 0.25, "seed": 7})
REQUESTS = [
    Request(),
    asked(model="letters", image="letter-t", rule="gauss-legendre", steps=4),
    Request(target="fireboat", against="ferry"),
    Request(baselines=(GAUSSIAN,), score="logit"),
    Request(baselines=(Baseline.parse("colour:colour=#a1b2c3"),)),
    Request(baselines=(Baseline(), Baseline("grey"))),
    Request(image="child-railing|mirror"),
    Request(method=Method("gradient-x-image")),
    asked(tolerance=0.015, steps=300),
]
EVERY_REQUEST = pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: r.key[:6])


@EVERY_REQUEST
def test_a_request_survives_the_way_through_an_address(request_):
    assert Request.complete(request_.to_params()) == (request_, [])


@EVERY_REQUEST
def test_a_request_survives_the_way_through_json(request_):
    assert Request.complete(json.loads(json.dumps(request_.to_params()))) == (request_, [])


@EVERY_REQUEST
def test_a_request_can_be_pickled_and_copied(request_):
    assert pickle.loads(pickle.dumps(request_)) == request_
    assert copy.deepcopy(request_).key == request_.key


def test_keys_tell_requests_apart_and_equal_requests_share_theirs():
    assert len({r.key for r in REQUESTS}) == len(REQUESTS)
    assert len({hash(r) for r in REQUESTS}) == len(REQUESTS)
    assert asked(REQUESTS[1], steps=4).key == REQUESTS[1].key


def test_a_baseline_that_the_method_does_not_use_makes_no_other_key():
    plain = Request(method=Method("gradient-x-image"))
    assert replace(plain, baselines=(Baseline("grey"),)).key == plain.key


def test_the_same_baseline_twice_is_one():
    assert Request(baselines=(Baseline(), Baseline(), Baseline("grey"))).baselines == (
        Baseline(),
        Baseline("grey"),
    )


def test_a_contrast_always_compares_logits_and_says_so():
    assert Request(target="a", against="b", score="probability").score == "logit-difference"


OLD = {"model": "letters", "image": "letter-t", "rule": "gauss-legendre", "steps": "4"}


@pytest.mark.parametrize("old", [OLD, OLD | {"steps": 4}], ids=["an address", "a file"])
def test_addresses_and_files_from_before_methods_were_choices_still_open(old):
    assert Request.complete(old) == (REQUESTS[1], [])


def test_an_address_from_before_that_names_a_precision_still_opens():
    assert Request.complete(OLD | {"precision": "float32"}) == (REQUESTS[1], [])
    request, (said,) = Request.complete(OLD | {"precision": "bfloat16"})
    assert request == REQUESTS[1]
    assert "float32 only" in said


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("tolerance", "tight", "a number from 1e-06 to 1; got 'tight'. Using 0.05."),
        ("steps", "many", "whole number from 2 to 1000; got 'many'. Using 100."),
        ("steps", "1", "whole number from 2 to 1000; got '1'"),
        ("steps", "1e3", "whole number from 2 to 1000; got '1e3'"),
        ("steps", str(MAX_STEPS + 1), f"to {MAX_STEPS}"),
        ("rule", "simpson", "expected a quadrature rule out of"),
        ("score", "entropy", "expected a score out of"),
        ("fit", "squeeze", "expected a fit out of"),
        ("model", "nothing", "There is no model 'nothing'"),
        ("image", "nothing", "There is no image 'nothing'"),
        ("image", "fireboat-spray|fold", "expected an edit out of mirror"),
        ("target", "Q", "has no class 'Q'"),
        ("method", "saliency", "expected a method out of ig"),
        ("baseline", "pink", "expected a baseline out of"),
    ],
)
def test_a_bad_value_falls_back_with_a_sentence_and_leaves_the_others_alone(name, value, message):
    good = {"image": "child", "score": "logit", "baseline": "grey"}
    request, refused = Request.complete({**good, name: value})
    assert len(refused) == 1
    assert message in refused[0]
    without = {k: v for k, v in good.items() if k != name}
    assert replace(request, image="") == replace(Request.complete(without)[0], image="")


@pytest.mark.parametrize("name", ["tolerance", "rule", "image", "target", "baseline", "method"])
def test_the_terminal_refuses_what_an_address_forgives(name):
    with pytest.raises(ExplorerError, match=r"expected|must be"):
        Request.complete({name: "nonsense"}, strict=True)


def test_a_bad_setting_of_a_baseline_is_named_and_its_other_settings_stay():
    request, (said,) = Request.complete({"baseline": "gaussian:strength=9,seed=3"})
    assert request.baseline == Baseline("gaussian", {"seed": 3})
    assert "strength must be a number from 0 to 1; got '9'. Using 0.1." in said
    request, (said,) = Request.complete({"baseline": "uniform:seed=many"})
    assert request.baseline == Baseline("uniform")
    assert "seed must be a whole number" in said


@pytest.mark.parametrize(
    "text", ["ig:steps=1,rule=midpoint", "ig:rule=midpoint,steps=1", "ig:steps=1,rule=left"]
)
def test_the_order_of_settings_does_not_matter(text):
    request, refused = Request.complete({"method": text})
    assert request.method.values["steps"] == 1
    assert not refused
    assert str(Method.parse(text)) == str(request.method)


def test_a_number_survives_however_many_digits_it_has():
    method = Method().changed(tolerance=0.1234567890123456)
    assert Method.parse(str(method)) == method


def test_a_baseline_that_a_method_does_not_take_is_refused_on_the_terminal():
    with pytest.raises(ExplorerError, match="has no baseline"):
        Request.complete({"method": "gradient-x-image", "baseline": "white"}, strict=True)


@pytest.mark.parametrize("name", ["strength", "seed", "sigma"])
def test_a_setting_beside_its_baseline_is_no_longer_dropped_without_a_word(name):
    request, (said,) = Request.complete({"baseline": "gaussian", name: "3"})
    assert request.baseline == Baseline("gaussian")
    assert f"{name} belongs inside its baseline" in said


def test_a_tolerance_belongs_to_the_adaptive_rule_alone():
    assert Request().method.values["tolerance"] == 0.05
    assert Request.complete({"rule": "midpoint", "tolerance": "0.3"}) == (
        asked(rule="midpoint"), []
    )  # fmt: skip
    with pytest.raises(ExplorerError, match="has rule, steps; got tolerance"):
        Request.complete({"rule": "midpoint", "tolerance": "0.3"}, strict=True)


def test_what_is_not_given_is_decided_by_the_model_and_the_rule():
    assert Request.complete({"model": "letters"})[0].image == "letter-c"
    assert Request.complete({"rule": "left"})[0].method.values["steps"] == 50
    assert Request.complete({})[0] == Request()


def test_unknown_names_in_an_address_are_left_alone():
    assert Request.complete({"utm_source": "mail"}) == (Request(), [])


@pytest.mark.parametrize(
    "change",
    [{"score": "x"}, {"fit": "x"}, {"baselines": ()},
     {"baselines": tuple(Baseline("uniform", {"seed": n}) for n in range(MOST_BASELINES + 1))}],
)  # fmt: skip
def test_a_request_that_no_model_could_answer_cannot_be_built(change):
    with pytest.raises(ExplorerError):
        Request(**change)


@pytest.mark.parametrize("settings", [{"steps": 0}, {"rule": "x"}, {"steps": 10**9},
                                      {"tolerance": 0.0}, {"tolerance": 2.0}])  # fmt: skip
def test_a_method_refuses_settings_out_of_range(settings):
    with pytest.raises(ValueError, match=r"must be|out of"):
        Method().changed(**settings)


def test_a_rules_settings_are_its_own():
    midpoint = Method().changed(rule="midpoint")
    assert midpoint.values == {"rule": "midpoint", "steps": 50}
    assert midpoint.changed(steps=7).changed(rule="left").values["steps"] == 7
    assert midpoint.changed(steps=7).changed(rule="adaptive").values["steps"] == 100


@pytest.mark.parametrize("kind", METHODS.values(), ids=lambda k: k.name)
def test_every_method_prints_what_it_reads(kind):
    choices = [Method(kind.name)]
    if any(isinstance(p, Branch) for p in kind.parameters):
        choices += [Method(kind.name, {"rule": rule}) for rule in EVERY_RULE]
    for choice in choices:
        assert Method.parse(str(choice)) == choice
