import json
import struct
import tracemalloc
import zlib

import numpy as np
import pytest

from explorer.core.gradients import StepGradients
from explorer.errors import ExplorerError
from explorer.explain import explain
from explorer.pictures.look import limits
from explorer.player.pack import (
    MAX_FRAME_PIXELS,
    attributions_so_far,
    decode,
    encode,
    kept_nodes,
    liveliest,
    pack,
)
from tests.asking import asked
from tests.fakes import make_explanation


def unpacked(payload):
    """What the browser reads: the header, and the arrays by name."""
    (length,) = struct.unpack_from("<I", payload)
    header = json.loads(payload[4 : 4 + length])
    arrays, offset = {}, 4 + length
    for blob in header["blobs"]:
        data = zlib.decompress(payload[offset : offset + blob["bytes"]])
        arrays[blob["name"]] = np.frombuffer(data, blob["type"])
        offset += blob["bytes"]
    assert offset == len(payload)
    return header, arrays


def so_far(explanation):
    """(n, C, H, W): the attribution up to and including each step."""
    return np.stack(list(attributions_so_far(explanation)))


def test_image_baseline_and_final_attribution_travel_exactly(picture):
    _, arrays = unpacked(pack(picture))
    for name in ("image", "baseline", "attribution"):
        np.testing.assert_array_equal(arrays[name], getattr(picture, name).ravel())


def test_gradients_travel_within_a_127th_of_each_steps_largest(picture):
    header, arrays = unpacked(pack(picture))
    largest = np.array(header["film"]["gradient_largest"]).reshape(-1, 1, 1, 1)
    received = decode(arrays["gradients"].reshape(picture.gradients.shape), largest)
    assert (np.abs(received - picture.gradients) <= largest / 127).all()


def test_attributions_so_far_travel_within_a_127th_of_the_largest(picture):
    header, arrays = unpacked(pack(picture))
    codes = np.cumsum(arrays["so_far"].reshape(picture.gradients.shape), axis=0, dtype=np.int8)
    largest = header["film"]["so_far_largest"]
    truth = so_far(picture)
    assert np.abs(decode(codes, largest) - truth).max() <= largest / 127


def test_small_values_keep_their_detail():
    values = np.array([1e-3, 2e-3, -1e-3, 1.0])
    received = decode(encode(values, 1.0), 1.0)
    np.testing.assert_allclose(received, values, rtol=0.15)


def test_zeros_stay_zeros():
    assert not decode(encode(np.zeros(4), 0.0), 0.0).any()


def test_the_attribution_so_far_ends_in_the_final_attribution(picture):
    header, _ = unpacked(pack(picture))
    largest = np.abs(picture.attribution).max()
    np.testing.assert_allclose(so_far(picture)[-1], picture.attribution, atol=1e-5 * largest)
    assert header["film"]["sums"][-1] == pytest.approx(picture.attribution.sum(), rel=1e-4)


def test_many_steps_are_thinned_out_evenly_and_the_sums_stay_whole():
    explanation = make_explanation(steps=300)
    header, arrays = unpacked(pack(explanation))
    film = header["film"]
    nodes = np.array(film["nodes"])
    assert (nodes[0], nodes[-1]) == (0, 299)
    assert len(nodes) == MAX_FRAME_PIXELS // 128**2
    assert np.ptp(np.diff(nodes)) <= 1
    truth = so_far(explanation)
    np.testing.assert_allclose(film["sums"], truth.sum((1, 2, 3), dtype=np.float64), rtol=1e-6)
    codes = np.cumsum(arrays["so_far"].reshape(truth[nodes].shape), axis=0, dtype=np.int8)
    largest = film["so_far_largest"]
    assert np.abs(decode(codes, largest) - truth[nodes]).max() <= largest / 127


@pytest.mark.parametrize(("side", "steps"), [(128, 300), (224, 100), (3, 1000), (4000, 9)])
def test_frames_never_exceed_their_share_of_pixels(side, steps):
    nodes = kept_nodes(steps, side * side)
    assert len(nodes) * side * side <= max(MAX_FRAME_PIXELS, 2 * side * side)
    assert len(nodes) == steps or side > 3
    assert (nodes[0], nodes[-1]) == (0, steps - 1)


@pytest.mark.parametrize("steps", [50, 200])
def test_packing_takes_the_room_of_its_result_and_not_of_all_gradients(steps):
    explanation = make_explanation(224, 224, steps=steps)
    explanation.film = StepGradients.of(list(explanation.film))  # as they are kept
    tracemalloc.start()
    payload = pack(explanation)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    frame = explanation.image.nbytes
    assert peak < 2 * len(payload) + 12 * frame


def test_the_liveliest_step_is_the_one_that_gives_most_where_the_score_moves(picture):
    header, _ = unpacked(pack(picture))
    film = header["film"]
    low, high = film["active_interval"]
    toward = (picture.image - picture.baseline) * picture.attribution
    given = picture.weights * (picture.gradients * toward).sum((1, 2, 3))
    inside = [k for k, a in enumerate(picture.alphas) if low <= a <= high]
    assert film["nodes"][film["liveliest"]] == max(inside, key=lambda k: given[k])


def test_where_no_step_lies_in_the_active_interval_the_liveliest_of_all_is_taken():
    alphas, given = np.array([0.1, 0.5, 0.9]), np.array([0.1, 0.2, 0.7])
    assert liveliest(alphas, given, (0.6, 0.7)) == 2
    assert liveliest(alphas, given, (0.0, 0.6)) == 1


def test_the_limits_of_the_look_travel_with_every_pack(letter):
    header, _ = unpacked(pack(letter))
    assert header["limits"] == limits()


def test_a_method_without_a_path_packs_its_pictures_and_no_film(picture):
    picture.film = None
    del picture.gradients, picture.alphas, picture.weights, picture.scores, picture.path
    header, arrays = unpacked(pack(picture))
    assert header["film"] is None
    assert not {"gradients", "so_far"} & set(arrays)
    np.testing.assert_array_equal(arrays["attribution"], picture.attribution.ravel())
    assert len(pack(picture)) < 1e6


def test_a_payload_stays_a_few_megabytes():
    assert len(pack(make_explanation(steps=50))) < 3e6
    assert len(pack(make_explanation(224, 224, steps=200))) < 7e6


def test_one_step_is_enough_to_pack():
    header, _ = unpacked(pack(make_explanation(16, 16, steps=1)))
    assert header["film"]["nodes"] == [0]
    assert header["film"]["curve"] == [0, 0.5, 1]
    assert len(header["film"]["scores"]) == 3


def test_frames_stand_at_the_nodes_and_the_curve_knows_every_score_that_was_taken():
    explanation = explain(asked(model="letters", image="letter-c"))
    header = unpacked(pack(explanation))[0]["film"]
    scouted = explanation.path.scouted
    assert header["alphas"] == explanation.alphas.tolist()
    assert header["nodes"] == list(range(explanation.alphas.size))
    assert {*header["alphas"], *scouted.alphas} == {*header["curve"]}
    assert len(header["curve"]) > len(header["alphas"])
    known = dict(zip(header["curve"], header["scores"], strict=True))
    assert [known[a] for a in scouted.alphas] == scouted.values[:, 0].tolist()
    assert [known[a] for a in header["alphas"]] == explanation.scores.tolist()
    assert all(len(rival["scores"]) == len(header["curve"]) for rival in header["rivals"])


def test_without_rivals_there_are_none():
    header, _ = unpacked(pack(make_explanation(16, 16, steps=3, rivals=())))
    assert header["film"]["rivals"] == []


def test_an_explanation_without_any_gradient_packs():
    explanation = make_explanation(8, 8, steps=4)
    explanation.film = np.zeros_like(explanation.film)
    explanation.attribution = np.zeros_like(explanation.attribution)
    header, arrays = unpacked(pack(explanation))
    assert header["total"] == 0
    assert not arrays["gradients"].any()


@pytest.mark.parametrize("name", ["scores", "gradients", "attribution"])
def test_what_is_not_a_number_is_refused_with_advice(name):
    explanation = make_explanation(8, 8, steps=4)
    getattr(explanation, name).flat[0] = np.nan
    with pytest.raises(ExplorerError, match=f"the {name} along the path must be finite"):
        pack(explanation)


def test_the_letters_keep_their_units(letter):
    header, arrays = unpacked(pack(letter))
    assert header["pixel_max"] == 16
    np.testing.assert_array_equal(
        arrays["image"] * 16, np.float32([14, 1, 0, 15, 2, 1, 16, 15, 13])
    )
