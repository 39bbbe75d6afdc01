"""The app without a browser is started with no arguments, whatever pytest was given."""

import sys

import pytest


@pytest.fixture(autouse=True)
def no_arguments(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["app.py"])
