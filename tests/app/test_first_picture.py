"""The first coarse picture: it comes where computing takes a while, and nowhere else."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from explorer.core.adaptive import Draft
from explorer.pictures.view import View
from explorer.request import Request
from explorer.ui.work.first_picture import Drafts


class Row:
    """Keeps the HTML that would be on screen; it is its own only slot."""

    def __init__(self):
        self.slots, self.shown = 0, []

    def empty(self):
        self.slots += 1
        return self

    def html(self, text):
        self.shown.append(text)


@pytest.fixture(autouse=True)
def _look(monkeypatch):
    monkeypatch.setattr(st, "session_state", {"view": View()})


def draft(error, gradients=7):
    return Draft(np.random.default_rng(0).normal(size=(3, 128, 128)), error, gradients)


def test_fast_work_shows_no_first_picture():
    row = Row()
    shown = Drafts(row, Request())
    for round_ in range(3):
        shown.show(draft(0.3 / (round_ + 1)), computed=0.2 * (round_ + 1))
    assert row.slots == 0


def test_slow_work_shows_the_map_round_by_round_in_one_place_with_its_error():
    row = Row()
    shown = Drafts(row, Request())
    for seconds, (error, gradients) in enumerate(((0.3, 7), (0.11, 11), (0.051, 15)), 1):
        shown.show(draft(error, gradients), computed=seconds)
    assert row.slots == 1
    said = [text.replace("\u00a0", " ") for text in row.shown]
    for text, words in zip(
        said,
        ("about 30 % after 7 gradients", "about 11 % after 11 gradients",
         "about 5 % after 15 gradients"),
        strict=True,
    ):  # fmt: skip
        assert f"error {words}" in text.split("<figure")[1].split("<img")[0]
        assert f'alt="The attribution so far: error {words}"' in text
    data = row.shown[0].split("base64,")[1].split('"')[0]
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (128, 128)


def test_before_there_is_a_map_nothing_is_shown_and_the_same_map_is_drawn_once():
    row = Row()
    shown = Drafts(row, Request())
    shown.show(None, computed=9)
    first = draft(0.3)
    for seconds in (1, 2, 3):
        shown.show(first, computed=seconds)
    assert len(row.shown) == 1


def test_what_is_nearly_done_is_not_shown_for_an_instant():
    row = Row()
    shown = Drafts(row, Request())
    shown.show(draft(0.06), computed=0.8)
    shown.show(draft(0.04), computed=0.9)
    assert row.slots == 0
