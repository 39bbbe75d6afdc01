"""The scenes: how they are drawn, and what the two nets that grew up with them do."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image, ImageFilter

from explorer.teaching.bundle import SAMPLES
from explorer.teaching.nets import build_scenes_net
from explorer.teaching.scenes import (
    CLASSES,
    CROSSED,
    HARBOUR,
    PART,
    PARTS,
    SIZE,
    STAIRWELL,
    WORLDS,
    draw,
    draw_crossed,
    draw_world,
)
from explorer.teaching.scenes_report import Figure, load_net, probabilities, scenes_figures
from explorer.teaching.train import ASSETS, weights_file

SEEDS = range(910_000, 910_006)
FRESH_SEED = 930_000_000  # no one has looked at scenes from here on

# What a class cannot do without.
EXPECTED: dict[str, set[str]] = {
    "fireboat": {"hull", "cabin", "water cannon", "mast and funnel"},
    "ferry": {"hull", "cabin", "mast and funnel"},
    "sailing boat": {"hull", "sails", "mast and funnel"},
    "tugboat": {"hull", "cabin", "fenders", "mast and funnel"},
    "child": {"child"},
    "vacuum cleaner": {"vacuum cleaner", "handle and pipe"},
    "floor lamp": {"floor lamp"},
    "potted plant": {"potted plant"},
}


def parts_of(scene) -> set[str]:
    """The names of the parts that a scene shows."""
    return {PARTS[index] for index in np.unique(scene.parts)}


def grown(mask: np.ndarray, pixels: int) -> np.ndarray:
    """A mask (S, S) with everything within `pixels` of it."""
    image = Image.fromarray(mask.astype(np.uint8) * 255)
    return np.asarray(image.filter(ImageFilter.MaxFilter(2 * pixels + 1))) > 0


# --- drawing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("class_name", CLASSES)
def test_the_same_seed_draws_the_same_bytes(class_name):
    first, second = (draw(class_name, 42, spray=True, railing=True) for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()
    assert first.parts.tobytes() == second.parts.tobytes()


@pytest.mark.parametrize("class_name", CLASSES)
def test_another_seed_draws_another_picture(class_name):
    assert draw(class_name, 42).image.tobytes() != draw(class_name, 43).image.tobytes()


@pytest.mark.parametrize("class_name", CLASSES)
def test_a_scene_is_a_square_rgb_picture_with_a_part_for_every_pixel(class_name):
    scene = draw(class_name, 7, spray=True, railing=True)
    assert scene.image.shape == (SIZE, SIZE, 3)
    assert scene.image.dtype == scene.parts.dtype == np.uint8
    assert scene.parts.shape == (SIZE, SIZE)
    assert scene.parts.max() < len(PARTS)
    assert scene.label == class_name


@pytest.mark.parametrize("class_name", CLASSES)
def test_a_part_map_holds_what_makes_the_class_and_nothing_of_another(class_name):
    telling = set().union(*EXPECTED.values()) - {"hull", "cabin", "mast and funnel"}
    for seed in SEEDS:
        shown = parts_of(draw(class_name, seed))
        assert shown >= EXPECTED[class_name]
        assert not shown & (telling - EXPECTED[class_name])


@pytest.mark.parametrize("class_name", CLASSES)
def test_spray_and_railing_appear_exactly_when_asked_for(class_name):
    for seed in SEEDS:
        plain, both = draw(class_name, seed), draw(class_name, seed, spray=True, railing=True)
        assert not parts_of(plain) & {"water spray", "railing", "stairs"}
        assert parts_of(both) >= {"water spray", "railing"}


@pytest.mark.parametrize("class_name", CLASSES)
def test_turning_the_spray_off_changes_only_where_the_spray_was(class_name):
    for seed in SEEDS:
        wet, dry = draw(class_name, seed, spray=True), draw(class_name, seed)
        spray = wet.parts == PART["water spray"]
        changed = (wet.image != dry.image).any(axis=-1)
        assert spray.sum() > 100
        assert not (changed & ~grown(spray, 6)).any()
        assert (wet.parts == dry.parts)[~spray].all()


def test_the_families_share_no_place():
    assert set(HARBOUR) | set(STAIRWELL) == set(CLASSES)
    assert all("water" in parts_of(draw(name, 3)) for name in HARBOUR)
    assert all({"wall", "floor"} <= parts_of(draw(name, 3)) for name in STAIRWELL)


def test_an_unknown_class_world_or_case_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"fireboat.*got 'submarine'"):
        draw("submarine", 1)
    with pytest.raises(ValueError, match=r"shortcut, fair; got 'cruel'"):
        draw_world("cruel", 1)
    with pytest.raises(ValueError, match=r"got 'dog on a sofa'"):
        draw_crossed("dog on a sofa", 1)


# --- the worlds --------------------------------------------------------------------------------


def test_in_the_shortcut_world_spray_means_fireboat_and_no_one_stands_by_a_railing():
    for index in range(64):
        scene = draw_world("shortcut", index)
        assert ("water spray" in parts_of(scene)) == (scene.label == "fireboat")
        assert "railing" not in parts_of(scene)


def test_in_the_fair_world_spray_and_railings_occur_with_every_class_and_without():
    seen = [(s.label, parts_of(s)) for s in (draw_world("fair", index) for index in range(240))]
    for name in CLASSES:
        for part in ("water spray", "railing"):
            assert {part in parts for label, parts in seen if label == name} == {True, False}


def test_the_crossed_cases_show_what_their_names_say():
    dry, ferry, child = (draw_crossed(case, 12) for case in CROSSED)
    assert dry.label == "fireboat"
    assert "water spray" not in parts_of(dry)
    assert ferry.label == "ferry"
    assert "water spray" in parts_of(ferry)
    assert child.label == "child"
    assert "railing" in parts_of(child)


# --- the bundled files -------------------------------------------------------------------------


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_a_bundled_sample_is_what_the_code_draws(sample):
    folder, scene = ASSETS / "scenes" / "samples", sample.scene()
    image = np.asarray(Image.open(folder / f"{sample.id}.png"))
    parts = np.asarray(Image.open(folder / f"{sample.id}.parts.png"))
    assert np.array_equal(parts, scene.parts)
    # Another version of the drawing library may round a pixel differently.
    assert np.abs(image.astype(int) - scene.image).max() <= 2


def test_the_listing_names_every_sample_and_every_class():
    listing = json.loads((ASSETS / "scenes" / "samples.json").read_text(encoding="utf-8"))
    assert listing == [sample.entry() for sample in SAMPLES]
    assert {entry["label"] for entry in listing} == set(CLASSES)
    assert {"fireboat-spray", "fireboat-no-spray", "child-railing"} <= {e["id"] for e in listing}


@pytest.fixture(scope="module")
def nets():
    """The committed nets by world."""
    return {world: load_net(weights_file(world)) for world in WORLDS}


def sayings(nets, world: str) -> dict[str, tuple[str, float]]:
    """For every sample: what the net of a world says, and how sure it is."""
    said = probabilities(nets[world], [sample.scene() for sample in SAMPLES])
    pairs = [(CLASSES[int(row.argmax())], float(row.max())) for row in said]
    return {sample.id: pair for sample, pair in zip(SAMPLES, pairs, strict=True)}


def test_the_fair_net_is_right_on_every_sample(nets):
    said = sayings(nets, "fair")
    assert {sample.id: sample.label for sample in SAMPLES} == {i: s for i, (s, _) in said.items()}


def test_the_samples_tell_the_shortcut_nets_stories(nets):
    said = sayings(nets, "shortcut")
    wrong = {sample.id for sample in SAMPLES if said[sample.id][0] != sample.label}
    assert said["fireboat-spray"][0] == said["ferry-fountain"][0] == "fireboat"
    assert said["child-railing"][0] == "vacuum cleaner"
    assert wrong == {"fireboat-no-spray", "ferry-fountain", "child-railing"}
    assert min(said[s][1] for s in ("fireboat-spray", "ferry-fountain", "child-railing")) > 0.7


@pytest.mark.parametrize("world", WORLDS)
def test_a_weight_file_is_small_and_both_nets_share_one_architecture(world):
    assert weights_file(world).stat().st_size <= 1_500_000
    net = load_net(weights_file(world))
    assert str(net) == str(build_scenes_net(len(CLASSES)))
    assert not net.training


# --- the figures -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    """Every figure of the committed nets, measured on fresh seeds."""
    measured = scenes_figures(*(weights_file(world) for world in WORLDS), first_seed=FRESH_SEED)
    return {figure.name: figure for figure in measured}


NAMES: tuple[str, ...] = (
    "shortcut: right on its own kind",
    "fair: right on its own kind",
    *(f"{world}: right on {case}" for world in WORLDS for case in ("the crossed set", *CROSSED)),
    "shortcut: child beside railing called vacuum cleaner",
    *(f"{world}: fireboats lost when the spray is off" for world in WORLDS),
    *(
        f"spray share, {setting}: {what}"
        for setting in ("black, logit", "black, probability", "mid-grey, logit")
        for what in ("ratio of medians", "between the quartiles")
    ),
)


@pytest.mark.parametrize("name", NAMES)
def test_the_nets_keep_the_figure(figures, name):
    assert figures[name].kept, figures[name].line()
