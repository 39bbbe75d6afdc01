"""Files of an explanation: what is inside, and names that say so."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from explorer import export
from explorer.explain import explain
from explorer.pictures.heatmap import overlay
from explorer.pictures.look import Look
from explorer.pictures.view import View
from tests.asking import asked


@pytest.fixture(scope="module")
def explanation():
    return explain(asked(model="scenes-fair", image="fireboat-spray", steps=8))


def test_the_overlay_is_saved_at_its_place_on_the_path(explanation):
    for view in (View(), View(alpha=0.6), View(Look(show="absolute"), alpha=0.6)):
        saved = np.asarray(Image.open(io.BytesIO(export.overlay_bytes(explanation, view))))
        np.testing.assert_array_equal(saved, overlay(explanation, view))
    files = [export.overlay_bytes(explanation, View(alpha=a)) for a in (None, 0.6)]
    assert files[0] != files[1]


def test_two_overlays_that_look_different_have_two_names(explanation):
    views = [(View(), False), (View(), True), (View(alpha=0.3), False), (View(Look(top=5)), False)]
    names = {export.overlay_name(explanation, view, dark) for view, dark in views}
    assert len(names) == len(views)
    same = {export.overlay_name(explanation, View(Look(neutral=n)), True) for n in ("dark", "page")}
    assert len(same) == 1


def test_a_name_says_model_image_class_and_what_is_inside(explanation):
    name = export.overlay_name(explanation, View(alpha=0.3))
    assert name.startswith("scenes-fair-fireboat-spray-fireboat-overlay-alpha-0.3-look-")
    assert name.endswith(f"-{explanation.request.key[:8]}.png")
    assert export.file_name(explanation, "attribution", "npy").endswith(".npy")


def test_a_name_is_one_that_every_file_system_takes(explanation):
    odd = replace(explanation, target="../" + "é\\ ? <b>" * 40)
    assert re.fullmatch(r"[A-Za-z0-9.-]{1,200}", export.file_name(odd, "numbers", "json"))
