import json

import pytest

from explorer.errors import ExplorerError
from explorer.pictures.look import CHOICES, RANGES, Look, limits


def test_a_look_survives_the_way_to_json_and_back():
    look = Look(show="absolute", channels="1", clip=95, opacity=0.5, top=10, sigma=1.5)
    assert Look.from_dict(json.loads(json.dumps(look.to_dict()))) == look


def test_numbers_may_come_as_the_strings_of_an_address():
    assert Look.from_dict({"clip": "97.5", "channels": "2"}) == Look(clip=97.5, channels="2")


def test_missing_settings_keep_their_defaults():
    assert Look.from_dict({}) == Look()


@pytest.mark.parametrize("name", sorted(CHOICES))
def test_a_choice_that_does_not_exist_is_refused_with_those_that_do(name):
    with pytest.raises(ExplorerError, match=f"{name} must be one of {CHOICES[name][0]}.*'rainbow'"):
        Look.from_dict({name: "rainbow"})


@pytest.mark.parametrize("name", sorted(RANGES))
@pytest.mark.parametrize("bad", [-1, 1e9, float("nan"), float("inf"), "many", None, True, [1]])
def test_a_number_out_of_its_range_is_refused_with_the_range(name, bad):
    with pytest.raises(ExplorerError, match=f"{name} must be a number from"):
        Look.from_dict({name: bad})


@pytest.mark.parametrize("bad", [{"colour": "red"}, {1: 2}, ["show"], "signed", None])
def test_anything_but_known_settings_is_refused(bad):
    with pytest.raises(ExplorerError, match="a look"):
        Look.from_dict(bad)


def test_the_limits_that_the_browser_gets_are_those_that_are_checked():
    told = json.loads(json.dumps(limits()))
    assert told["choices"] == {name: list(choices) for name, choices in CHOICES.items()}
    for name, allowed in told["ranges"].items():
        for end in (allowed["low"], allowed["high"]):
            assert getattr(Look.from_dict({name: end}), name) == end
        assert allowed["step"] > 0
    assert Look.from_dict(told["usual"]) == Look()
