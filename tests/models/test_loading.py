"""load_model: downloaded if it must be, once for everybody, and given up by whoever wants to."""

import socket
import threading
import time
from dataclasses import replace

import pytest

from explorer.core.attribution import Cancelled
from explorer.models import registry
from explorer.models.registry import get_spec, load_model, memory_use
from explorer.models.sources.download import weights_path
from explorer.models.spec import WeightsFile
from explorer.sharing.job import Job
from explorer.sharing.runner import Runner


@pytest.fixture
def loading(monkeypatch):
    """Nothing is loaded yet."""
    monkeypatch.setattr(registry, "_loading", Runner(1 << 30))
    return registry._loading


def register(monkeypatch, url):
    file = WeightsFile(url, "x-00000000.pth", 100_000_000)
    spec = replace(get_spec("letters"), id="far", weights=file)
    monkeypatch.setitem(registry._registered, "far", spec)
    return spec


@pytest.fixture
def far(monkeypatch, hub, loading):
    """A small model whose weights are not here, with a download that waits."""
    register(monkeypatch, "http://127.0.0.1:9/x")
    hub.mkdir(parents=True)
    fetching = Fetching()
    monkeypatch.setattr(registry, "fetch", fetching)
    yield fetching
    fetching.end.set()


class Fetching:
    """Stands in for the network: waits until the test lets it end, or nobody wants it."""

    def __init__(self):
        self.started, self.end, self.times = threading.Event(), threading.Event(), 0

    def __call__(self, wanted, job):
        self.times += 1
        self.started.set()
        job.tell(40, 100, "MB")
        while not self.end.wait(0.01):
            if job.cancelled():
                raise Cancelled
        wanted.path.write_bytes(b"weights")


class Person(Job):
    """Wants a model until another person has heard of it: oneself, or nobody, or somebody else."""

    def __init__(self, until_heard=lambda: False):
        self.told, self.cancelled = [], until_heard

    def tell(self, done, total, unit):
        self.told.append((done, total, unit))


def test_what_is_not_there_is_fetched_first_and_only_once(far):
    far.end.set()
    assert load_model("far") is load_model("far")
    assert far.times == 1


def test_another_session_sees_the_same_download_and_can_give_up(far):
    first = threading.Thread(target=load_model, args=("far",))
    first.start()
    far.started.wait(5)
    hasty = Person(lambda: bool(hasty.told))
    with pytest.raises(Cancelled):
        load_model("far", job=hasty)
    far.end.set()
    first.join()
    assert hasty.told == [(40, 100, "MB")]
    assert far.times == 1
    assert load_model("far").spec.id == "far"


def test_a_download_goes_on_when_the_one_who_began_it_gives_up(far):
    loaded = []
    patient = Person()
    hasty = Person(lambda: bool(patient.told))

    def give_up():
        with pytest.raises(Cancelled):
            load_model("far", job=hasty)

    first = threading.Thread(target=give_up)
    first.start()
    far.started.wait(5)
    second = threading.Thread(target=lambda: loaded.append(load_model("far", job=patient)))
    second.start()
    first.join(5)
    far.end.set()
    second.join(5)
    assert loaded
    assert far.times == 1


def test_a_silent_server_is_given_up_within_a_second_and_leaves_nothing(monkeypatch, hub, loading):
    with socket.create_server(("127.0.0.1", 0)) as server:  # it accepts, and never says a word
        spec = register(monkeypatch, f"http://127.0.0.1:{server.getsockname()[1]}/x")
        hub.mkdir(parents=True)
        until = time.monotonic() + 0.3
        job = Job()
        job.cancelled = lambda: time.monotonic() > until
        with pytest.raises(Cancelled):
            load_model("far", job=job)
        assert time.monotonic() - until < 1
        end = time.monotonic() + 5
        while loading.running():
            assert time.monotonic() < end, "the download itself did not end"
            time.sleep(0.01)
    assert list(weights_path(spec.weights).parent.iterdir()) == []


def test_memory_is_shown_and_counts_what_is_loaded(far):
    before = memory_use()
    model = load_model("letters")
    assert (before.used, memory_use().used) == (0, model.nbytes)
    assert memory_use().held == (("letters on cpu", model.nbytes),)
