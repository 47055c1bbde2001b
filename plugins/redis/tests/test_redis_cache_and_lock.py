"""The cache and the lock, against a real server."""

from __future__ import annotations

from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Any

import pytest

from eventflow_redis import errors
from eventflow_redis.cache import RedisCache
from eventflow_redis.lock import RedisLock

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_cache_keeps_bytes_for_a_while(
    options: dict[str, Any], until: Callable[..., None]
) -> None:
    """They are there for others of the prefix until their time is over, or they are forgotten."""
    cache, other = RedisCache(seconds=0.3, **options), RedisCache(**options)
    cache.put("a", b"\x00\xff")
    assert other.get("a") == b"\x00\xff"
    until(lambda: other.get("a") is None)
    other.put("a", b"1")
    assert other.forget("a")
    assert not other.forget("a")


def test_a_cache_makes_what_it_lacks_and_works_without_a_server(options: dict[str, Any]) -> None:
    """A value is made once; where nobody answers it is made each time."""
    made: list[int] = []

    def make() -> bytes:
        made.append(1)
        return b"value"

    cache = RedisCache(**options)
    assert [cache.get_or_make("a", make) for _ in range(3)] == [b"value"] * 3
    assert len(made) == 1
    nobody = RedisCache(url="redis://127.0.0.1:1", retries=0)
    assert nobody.get_or_make("a", make) == b"value"
    assert len(made) == 2
    with pytest.raises(errors.RedisUnreachableError):
        nobody.get("a")


def test_one_holder_at_a_time(options: dict[str, Any]) -> None:
    """Threads that add to a counter without any other guard lose nothing, and tokens rise."""
    seen: list[int] = []
    tokens: list[int] = []

    def work() -> None:
        for _ in range(5):
            with RedisLock("count", **options) as lock:
                before = len(seen)
                tokens.append(lock.token)
                sleep(0.002)  # without the lock another thread would come in between
                seen[before:] = [before]

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == list(range(20))
    assert tokens == sorted(set(tokens))


def test_only_the_holder_releases_and_extends(options: dict[str, Any], server: Any) -> None:
    """Another one cannot, nor can a holder whose time is over."""
    one, two = (RedisLock("a", seconds=60, **options) for _ in range(2))
    assert one.acquire()
    assert not two.acquire(0.1)
    assert not two.release()
    assert one.extend()
    with pytest.raises(errors.RedisLockedError, match='"a"'), RedisLock("a", wait=0, **options):
        pass
    server.client().delete("{" + options["prefix"] + "}:lock:a")
    assert two.acquire()
    assert not one.extend()
    assert not one.release()
    assert two.token > 1
    assert two.release()
