import numpy as np
import pytest

from explorer.errors import ExplorerError
from explorer.pictures.colours import magnitude_table, signed_table, table_for
from explorer.pictures.heatmap import (
    backdrop,
    heat_map,
    keep_top,
    overlay,
    shown_values,
    smooth,
)
from explorer.pictures.look import CHOICES, Look
from explorer.pictures.view import View

NEUTRAL = signed_table()[256]


def noise(height=40, width=30, channels=3, seed=1):
    """Heavy-tailed, both signs, no zeros."""
    return np.random.default_rng(seed).laplace(0, 1, (channels, height, width))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("show", ["signed", "positive", "negative"])
def test_zero_has_the_neutral_colour(show, dark):
    values = noise(channels=1)
    values[0, 3, 4] = 0
    picture = heat_map(values, Look(show=show), dark).rgb
    assert (picture[3, 4] == signed_table(dark)[256]).all()


def test_zero_of_a_magnitude_has_the_colour_of_nothing():
    values = noise(channels=1)
    values[0, 3, 4] = 0
    assert (heat_map(values, Look(show="absolute")).rgb[3, 4] == magnitude_table()[0]).all()


def test_signed_limits_are_symmetric_even_where_the_map_is_not():
    drawn = heat_map(noise() + 3, Look())
    assert drawn.low == -drawn.high < 0


def test_opposite_values_lie_equally_far_from_the_neutral_entry():
    drawn = heat_map(np.array([[[-1.0, 1.0, 0.25, -0.25]]]), Look(clip=100))
    position = (drawn.values - drawn.low) / (drawn.high - drawn.low)
    np.testing.assert_allclose(position, [[0, 1, 0.625, 0.375]])


def test_colour_is_linear_in_the_value():
    ramp = np.linspace(-1, 1, 513)[None, None]
    np.testing.assert_array_equal(heat_map(ramp, Look(clip=100)).rgb[0], signed_table())


@pytest.mark.parametrize("show", CHOICES["show"])
@pytest.mark.parametrize("dark", [False, True])
def test_a_map_of_zeros_draws_in_one_colour_between_finite_limits(show, dark):
    drawn = heat_map(np.zeros((3, 5, 4)), Look(show=show), dark)
    assert drawn.low < drawn.high
    assert np.isfinite([drawn.low, drawn.high]).all()
    assert len(np.unique(drawn.rgb.reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize("show", CHOICES["show"])
@pytest.mark.parametrize("sign", [-1, 1])
def test_maps_of_one_sign_draw(show, sign):
    drawn = heat_map(sign * np.abs(noise()), Look(show=show))
    assert drawn.rgb.shape == (40, 30, 3)
    assert np.isfinite([drawn.low, drawn.high]).all()
    assert drawn.low < drawn.high


def test_a_map_that_is_almost_all_zeros_is_scaled_by_its_largest_value():
    spike = np.zeros((1, 40, 30))
    spike[0, 2, 2] = -5
    assert heat_map(spike, Look()).high == 5


def test_the_scale_ends_at_the_clip_percentile_of_the_absolute_value():
    values = np.arange(-100, 101, dtype=float)[None, None]
    sizes = np.abs(values)
    for clip in (50, 90, 99, 100):
        assert heat_map(values, Look(clip=clip)).high == np.percentile(sizes, clip)


def test_values_beyond_the_limits_have_the_end_colours():
    picture = heat_map(noise(), Look(clip=50)).rgb.reshape(-1, 3)
    table = signed_table()
    for end in (table[0], table[-1]):
        assert (picture == end).all(axis=1).mean() > 0.2


@pytest.mark.parametrize("top", [0.1, 1, 10, 37, 50, 99.9])
def test_top_keeps_that_share_of_the_pixels_and_the_strongest_ones(top):
    values = noise(channels=1)[0]
    kept = keep_top(values, top) != 0
    assert kept.sum() == max(1, np.ceil(top / 100 * values.size))
    assert np.abs(values[kept]).min() > np.abs(values[~kept]).max()


def test_top_leaves_the_scale_alone():
    values = noise()
    assert heat_map(values, Look(top=5)).high == heat_map(values, Look()).high


def test_what_top_leaves_out_has_the_neutral_colour():
    drawn = heat_map(noise(), Look(top=10))
    assert (drawn.rgb[drawn.values == 0] == NEUTRAL).all()


def test_no_smoothing_changes_nothing():
    values = noise(channels=1)[0]
    np.testing.assert_array_equal(smooth(values, 0), values)


@pytest.mark.parametrize("sigma", [0.5, 2, 15])
def test_smoothing_keeps_the_sum(sigma):
    values = noise(channels=1)[0]
    assert smooth(values, sigma).sum() == pytest.approx(values.sum(), rel=1e-9)
    assert smooth(values, sigma).std() < values.std()


def test_normalised_runs_from_zero_to_one():
    values = shown_values(noise(), Look(show="normalised"))
    assert (values.min(), values.max()) == (0, 1)
    drawn = heat_map(noise(), Look(show="normalised", clip=60))
    assert (drawn.low, drawn.high) == (0, 1)


def test_positive_and_negative_parts_add_up_to_the_signed_map():
    values = noise()
    parts = [shown_values(values, Look(show=show)) for show in ("positive", "negative")]
    np.testing.assert_array_equal(parts[0] + parts[1], shown_values(values, Look()))


def test_positive_values_have_the_same_colour_alone_as_in_the_signed_map():
    values = np.linspace(-1, 1, 99)[None, None]
    both = [heat_map(values, Look(show=show, clip=100)).rgb for show in ("signed", "positive")]
    np.testing.assert_array_equal(both[0][0, 49:], both[1][0, 49:])


def test_the_channels_add_up_to_their_sum():
    values = noise()
    singles = [shown_values(values, Look(channels=c)) for c in ("0", "1", "2")]
    np.testing.assert_allclose(sum(singles), shown_values(values, Look()), rtol=1e-12)


def test_a_look_at_the_blue_channel_also_draws_a_map_of_one_channel():
    np.testing.assert_array_equal(
        shown_values(noise(channels=1), Look(channels="2")), noise(channels=1)[0]
    )


def test_a_map_without_channels_is_refused():
    with pytest.raises(ExplorerError, match=r"\(channels, height, width\); got \(4, 4\)"):
        shown_values(np.zeros((4, 4)), Look())


def test_an_opaque_overlay_is_the_heat_map_and_a_clear_one_the_backdrop(picture):
    look = Look(opacity=1)
    drawn = heat_map(picture.attribution, look).rgb
    np.testing.assert_array_equal(overlay(picture, View(look)), drawn)
    look = Look(opacity=0, backdrop="colour")
    clear = overlay(picture, View(look))
    np.testing.assert_array_equal(clear, np.floor(backdrop(picture.image, look) * 255 + 0.5))


def test_zero_follows_the_page_unless_the_look_says_otherwise(picture):
    for neutral, page_is_dark, dark in [
        ("page", True, True),
        ("page", False, False),
        ("dark", False, True),
        ("light", True, False),
    ]:
        drawn = overlay(picture, View(Look(neutral=neutral)), page_is_dark)
        np.testing.assert_array_equal(drawn, overlay(picture, View(), dark))


def test_a_grey_backdrop_has_no_colour_and_the_letters_have_none_to_lose(picture, letter):
    grey = backdrop(picture.image, Look(backdrop="grey"))
    assert np.ptp(grey, axis=2).max() == 0
    assert overlay(letter, View(Look(backdrop="colour"))).shape == (3, 3, 3)


@pytest.mark.parametrize("dark", [False, True])
def test_the_neutral_colour_is_the_lightest_or_the_darkest_and_has_no_tint(dark):
    table = signed_table(dark).astype(float)
    luma = table @ [0.299, 0.587, 0.114]
    extreme = luma.min() if dark else luma.max()
    assert abs(luma[256] - extreme) < 1  # a level of 255, for rounding
    assert np.ptp(table[256]) < 10


@pytest.mark.parametrize("dark", [False, True])
def test_negative_is_blue_and_positive_is_orange(dark):
    low, high = table_for("negative", dark)[100], table_for("positive", dark)[150]
    assert low[2] > low[0]
    assert high[0] > high[2]
