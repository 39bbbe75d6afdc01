import json
import struct
import zlib

import numpy as np
import pytest

from explorer.errors import ExplorerError
from explorer.explain import explain
from explorer.player.pack import MAX_FRAME_PIXELS, decode, encode, frames_of, pack
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


def test_image_baseline_and_final_attribution_travel_exactly(picture):
    _, arrays = unpacked(pack(picture))
    for name in ("image", "baseline", "attribution"):
        np.testing.assert_array_equal(arrays[name], getattr(picture, name).ravel())


def test_gradients_travel_within_a_127th_of_each_steps_largest(picture):
    header, arrays = unpacked(pack(picture))
    largest = np.array(header["gradient_largest"]).reshape(-1, 1, 1, 1)
    received = decode(arrays["gradients"].reshape(picture.gradients.shape), largest)
    assert (np.abs(received - picture.gradients) <= largest / 127).all()


def test_attributions_so_far_travel_within_a_127th_of_the_largest(picture):
    header, arrays = unpacked(pack(picture))
    codes = np.cumsum(arrays["so_far"].reshape(picture.gradients.shape), axis=0, dtype=np.int8)
    largest = header["so_far_largest"]
    truth = frames_of(picture).so_far
    assert np.abs(decode(codes, largest) - truth).max() <= largest / 127


def test_small_values_keep_their_detail():
    values = np.array([1e-3, 2e-3, -1e-3, 1.0])
    received = decode(encode(values, 1.0), 1.0)
    np.testing.assert_allclose(received, values, rtol=0.15)


def test_zeros_stay_zeros():
    assert not decode(encode(np.zeros(4), 0.0), 0.0).any()


def test_the_attribution_so_far_ends_in_the_final_attribution(picture):
    frames = frames_of(picture)
    largest = np.abs(picture.attribution).max()
    np.testing.assert_allclose(frames.so_far[-1], picture.attribution, atol=1e-5 * largest)
    assert frames.sums[-1] == pytest.approx(picture.attribution.sum(), rel=1e-4)


def test_many_steps_are_thinned_out_evenly_and_the_sums_stay_whole():
    explanation = make_explanation(steps=200)
    few = frames_of(explanation, max_pixels=20 * 128 * 128)
    every = frames_of(explanation, max_pixels=10**9)
    assert len(few.nodes) == 20
    assert (few.nodes[0], few.nodes[-1]) == (0, 199)
    assert np.ptp(np.diff(few.nodes)) <= 1
    np.testing.assert_array_equal(few.so_far, every.so_far[few.nodes])
    np.testing.assert_array_equal(few.sums, every.sums)


@pytest.mark.parametrize(("side", "steps"), [(128, 300), (224, 100), (3, 1000)])
def test_frames_never_exceed_their_share_of_pixels(side, steps):
    explanation = make_explanation(side, side, steps=steps)
    frames = frames_of(explanation)
    assert len(frames.nodes) * side * side <= MAX_FRAME_PIXELS
    assert len(frames.nodes) == steps or side > 3


def test_a_payload_stays_a_few_megabytes():
    assert len(pack(make_explanation(steps=50))) < 3e6
    assert len(pack(make_explanation(224, 224, steps=200))) < 7e6


def test_one_step_is_enough_to_pack():
    header, _ = unpacked(pack(make_explanation(16, 16, steps=1)))
    assert header["nodes"] == [0]
    assert header["curve"] == [0, 0.5, 1]
    assert len(header["scores"]) == 3


def test_frames_stand_at_the_nodes_and_the_curve_knows_every_score_that_was_taken():
    explanation = explain(asked(model="letters", image="letter-c"))
    header, _ = unpacked(pack(explanation))
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
    assert header["rivals"] == []


def test_an_explanation_without_any_gradient_packs():
    explanation = make_explanation(8, 8, steps=4)
    explanation.gradients = np.zeros_like(explanation.gradients)
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
