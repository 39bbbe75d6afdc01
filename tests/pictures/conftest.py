"""Explanations to draw: one of a picture, one of a letter, and a factory for others."""

import pytest

from tests.pictures.fakes import make_explanation, make_letter


@pytest.fixture
def picture():
    """128 x 128 in colour, 50 steps."""
    return make_explanation()


@pytest.fixture
def letter():
    """3 x 3 in the units 0 to 16, 4 steps."""
    return make_letter()
