"""load_model: downloaded if it must be, once for everybody, and given up by whoever wants to."""

import threading
from dataclasses import replace

import pytest

from explorer.core.attribution import Cancelled
from explorer.models import registry
from explorer.models.registry import get_spec, load_model, memory_use
from explorer.models.sources.download import DownloadProgress
from explorer.models.spec import WeightsFile
from explorer.sharing.cache import BoundedCache


@pytest.fixture
def far(monkeypatch, hub):
    """A small model whose weights are not here, with an empty cache and a download that waits."""
    spec = replace(
        get_spec("letters"), id="far", weights=WeightsFile("http://127.0.0.1:9/x", "x.pth", 100)
    )
    monkeypatch.setitem(registry._registered, "far", spec)
    monkeypatch.setattr(registry, "_loaded", BoundedCache())
    hub.mkdir(parents=True)
    fetching = Fetching(hub)
    monkeypatch.setattr(registry, "fetch", fetching)
    monkeypatch.setattr(registry, "running", lambda path: DownloadProgress(40, 100, 10.0, 6.0))
    yield fetching
    fetching.end.set()


class Fetching:
    """Stands in for the network: waits until the test lets it end."""

    def __init__(self, hub):
        self.hub, self.started, self.end, self.times = hub, threading.Event(), threading.Event(), 0

    def __call__(self, wanted, progress, cancelled):
        self.times += 1
        self.started.set()
        self.end.wait(10)
        wanted.path.write_bytes(b"weights")


def test_what_is_not_there_is_fetched_first_and_only_once(far):
    far.end.set()
    assert load_model("far") is load_model("far")
    assert far.times == 1


def test_another_session_sees_the_same_download_and_can_give_up(far):
    first = threading.Thread(target=load_model, args=("far",))
    first.start()
    far.started.wait(5)
    seen, gone = [], threading.Event()

    def watch(progress):
        seen.append(progress)
        gone.set()

    with pytest.raises(Cancelled):
        load_model("far", progress=watch, cancelled=gone.is_set)
    far.end.set()
    first.join()
    assert seen[0].done_bytes == 40
    assert far.times == 1
    assert load_model("far").spec.id == "far"


def test_memory_is_shown_and_counts_what_is_loaded(far):
    before = memory_use()
    model = load_model("letters")
    assert (before.used, memory_use().used) == (0, model.nbytes)
    assert memory_use().held == (("letters on cpu", model.nbytes),)
