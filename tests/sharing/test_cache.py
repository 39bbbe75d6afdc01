"""One cache for all sessions: bounded by bytes, whoever asks."""

from dataclasses import dataclass

from explorer.sharing.cache import BoundedCache
from tests.sharing.conftest import finish, start


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


def test_many_may_use_it_at_once():
    cache = BoundedCache(50)

    def use(number):
        for k in range(200):
            cache.put(f"{(number * k) % 17}", Thing(7))
            cache.get(f"{k % 17}")
            cache.use()

    finish(start(*(lambda n=n: use(n) for n in range(1, 9))))
    assert cache.use().used <= 50
