import json
from dataclasses import replace

import numpy as np
import pytest

from explorer.errors import ExplorerError
from explorer.pictures.heatmap import attribution_so_far, heat_map, heat_map_so_far, overlay
from explorer.pictures.look import CHOICES, Look
from explorer.pictures.view import View


def test_a_view_survives_the_way_to_the_browser_and_back():
    view = View(Look(show="absolute", clip=95), alpha=0.36, tab="Files")
    assert View.from_dict(json.loads(json.dumps(view.to_dict()))) == view


def test_a_view_survives_the_way_through_an_address_and_says_only_what_is_unusual():
    usual = Look(opacity=1.0)
    view = View(replace(usual, show="positive"), alpha=0.36, tab="Files")
    params = view.to_params(usual)
    assert params == {"show": "positive", "alpha": "0.36", "tab": "Files"}
    assert View.from_params(params, usual) == (view, [])
    assert View(usual).to_params(usual) == {}


def test_the_ends_of_the_path_are_places_and_not_at_rest():
    for alpha in (0.0, 1.0):
        view = View(alpha=alpha)
        assert View.from_params(view.to_params(Look()), Look())[0] == view
        assert view != View()


@pytest.mark.parametrize("bad", [-0.1, 1.01, "half", float("nan"), True, [0.5]])
def test_alpha_lies_between_0_and_1(bad):
    with pytest.raises(ExplorerError, match="alpha must be a number from 0 to 1; got"):
        View(alpha=bad)


@pytest.mark.parametrize("bad", ["", 3, "x" * 61])
def test_a_tab_is_a_title(bad):
    with pytest.raises(ExplorerError, match="a tab is named by its title"):
        View(tab=bad)


@pytest.mark.parametrize("bad", [None, ["look"], {"beta": 1}, {"look": 3}, {"look": {"colour": 1}}])
def test_what_is_not_a_view_is_refused(bad):
    with pytest.raises(ExplorerError, match=r"a (view|look)"):
        View.from_dict(bad)


def test_an_address_keeps_what_is_good_and_says_what_is_not():
    params = {"alpha": "2", "clip": "none", "show": "absolute", "tab": "Files"}
    view, refused = View.from_params(params, Look())
    assert view == View(Look(show="absolute"), tab="Files")
    assert len(refused) == 2
    assert any("alpha must be a number from 0 to 1; got '2'" in sentence for sentence in refused)
    assert any("clip must be a number" in s and "Using 99.0." in s for s in refused)


def test_two_views_that_look_different_have_different_words():
    views = [View(), View(alpha=0.3), View(alpha=1.0), View(Look(sigma=2)), View(Look(sigma=3))]
    assert len({view.words() for view in views}) == len(views)
    assert View(tab="Files").words() == View().words()


def test_the_attribution_so_far_is_the_sum_over_the_steps_up_to_alpha(picture):
    for alpha in (0.0, 0.2, 0.3, 0.97):
        before = picture.alphas <= alpha
        total = np.tensordot(picture.weights[before], picture.gradients[before], 1)
        expected = (picture.image - picture.baseline) * total
        np.testing.assert_allclose(attribution_so_far(picture, alpha), expected, atol=1e-7)


def test_at_rest_and_behind_the_last_step_the_attribution_is_finished(picture):
    for alpha in (None, 0.99, 1.0):
        assert attribution_so_far(picture, alpha) is picture.attribution


def test_a_method_without_a_path_has_its_attribution_at_every_alpha(picture):
    picture.film = None
    assert attribution_so_far(picture, 0.3) is picture.attribution


@pytest.mark.parametrize("show", CHOICES["show"])
def test_the_sum_so_far_is_drawn_on_the_scale_of_the_finished_one(picture, show):
    look = Look(show=show, top=20, sigma=1)
    finished = heat_map(picture.attribution, look)
    early = heat_map_so_far(attribution_so_far(picture, 0.2), picture.attribution, look)
    assert (early.low, early.high) == (finished.low, finished.high)
    late = heat_map_so_far(picture.attribution, picture.attribution, look)
    np.testing.assert_array_equal(late.values, finished.values)


def test_the_overlay_at_another_alpha_is_another_picture(picture):
    look = Look()
    pictures = [overlay(picture, View(look, alpha)) for alpha in (None, 0.3, 0.1)]
    assert (pictures[0] != pictures[1]).any()
    assert (pictures[1] != pictures[2]).any()
