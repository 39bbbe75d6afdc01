"""What is added to the start of the app after `--`, and what is said of what it does not take."""

import sys

import pytest

from explorer.errors import ExplorerError
from explorer.ui.state.arguments import startup


@pytest.fixture(autouse=True)
def fresh():
    startup.clear()
    yield
    startup.clear()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--colour", "red"], "unrecognized arguments: --colour red"),
        (["--folder"], "argument --folder: expected one argument"),
        (["--help"], "unrecognized arguments: --help"),
        (["--folder", "nowhere"], "--folder must name a folder, a ZIP or a CSV; got nowhere"),
    ],
)
def test_an_argument_that_cannot_be_used_is_named(monkeypatch, arguments, said):
    monkeypatch.setattr(sys, "argv", ["app.py", *arguments])
    with pytest.raises(ExplorerError) as refused:
        startup()
    assert said in str(refused.value)
