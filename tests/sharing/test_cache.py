"""One cache for all sessions: bounded, and each model is loaded once."""

import threading
from dataclasses import dataclass

import pytest

from explorer.sharing.cache import BoundedCache


@dataclass
class Thing:
    nbytes: int


def test_the_least_recently_used_is_forgotten_first():
    cache = BoundedCache(10)
    for key in "ab":
        cache.put(key, Thing(4))
    cache.get("a")
    cache.put("c", Thing(4))
    assert [key for key, _ in cache.use().held] == ["a", "c"]
    assert cache.use().used == 8


def test_one_value_larger_than_the_limit_stays_alone():
    cache = BoundedCache(10)
    cache.put("small", Thing(4))
    cache.put("large", Thing(50))
    assert cache.use().held == (("large", 50),)


def test_many_who_ask_at_once_share_one_load():
    cache, made, gate = BoundedCache(10), [], threading.Event()

    def make():
        gate.wait(5)
        made.append(1)
        return Thing(1)

    threads = [threading.Thread(target=cache.load, args=("a", make)) for _ in range(8)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_two_different_models_load_at_the_same_time():
    cache, both = BoundedCache(10), threading.Barrier(2, timeout=5)

    def make():
        both.wait()
        return Thing(1)

    threads = [threading.Thread(target=cache.load, args=(key, make)) for key in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cache.use().held) == 2


def test_who_waits_for_a_load_can_give_up():
    cache, started, end = BoundedCache(10), threading.Event(), threading.Event()

    def make():
        started.set()
        end.wait(5)
        return Thing(1)

    def give_up():
        raise TimeoutError

    loading = threading.Thread(target=cache.load, args=("a", make))
    loading.start()
    started.wait(5)
    with pytest.raises(TimeoutError):
        cache.load("a", make, give_up)
    end.set()
    loading.join()
    assert cache.load("a", make).nbytes == 1


def test_a_failed_load_can_be_tried_again():
    cache = BoundedCache(10)

    def fail():
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - it is the one raised above
        cache.load("a", fail)
    assert cache.load("a", lambda: Thing(3)).nbytes == 3
