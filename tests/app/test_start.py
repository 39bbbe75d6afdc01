"""What a first visit to a fresh server imports, and in which order."""

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT

# Run by an interpreter of its own, since this one has imported everything long ago.
FIRST_VISIT = """
import json, sys
from streamlit.testing.v1 import AppTest
from explorer.ui.shell import skeleton

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in ("torch", "explorer.ui.explorer.page", "explorer.ui.survey.page"):
            events.append(name)

paint, events = skeleton.paint, []

def painted(*arguments, **options):
    paint(*arguments, **options)
    events.append("painted")

skeleton.paint = painted
before = set(sys.modules)
sys.meta_path.insert(0, Watch())
page = AppTest.from_file("explorer/app.py", default_timeout=120)
page.run()
shown = " ".join(block.proto.body for block in page.get("html"))
print(json.dumps({
    "before": sorted(before), "after": sorted(sys.modules), "events": events, "shown": shown,
    "waiting": shown.count("ig-wait"), "failed": len(page.exception),
}))
"""


@pytest.fixture(scope="module")
def first_visit():
    """What the first visit to the Explorer page did, as FIRST_VISIT tells it."""
    answer = subprocess.run(
        [sys.executable, "-c", FIRST_VISIT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return json.loads(answer.stdout)


def test_the_default_example_is_explained_without_libraries_that_it_does_not_use(first_visit):
    assert "Why “fireboat”?" in first_visit["shown"]
    assert not first_visit["failed"]
    new = set(first_visit["after"]) - set(first_visit["before"])
    assert "torch" in new
    heavy = {"torchvision", "scipy", "skimage", "pandas", "plotly.express", "torch._dynamo"}
    assert not heavy & new


def test_the_page_is_painted_before_torch_is_imported(first_visit):
    assert "torch" not in first_visit["before"]
    assert first_visit["events"][:3] == ["painted", "explorer.ui.explorer.page", "torch"]


def test_nothing_is_left_of_the_first_paint_once_the_example_is_explained(first_visit):
    assert first_visit["waiting"] == 0
