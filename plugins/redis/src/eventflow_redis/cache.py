"""A cache on the server: bytes that are kept for a while, by name."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from eventflow_redis.address import Address
from eventflow_redis.connect import connect
from eventflow_redis.errors import RedisServerError, told
from eventflow_redis.options import RedisOptions

if TYPE_CHECKING:
    from collections.abc import Callable


class RedisCache:
    """Keeps bytes by name, for a number of seconds, for all processes of one prefix.

    A server that cannot be asked raises; `get_or_make` then makes the value instead, since a cache
    must not stop what works without one.

    Args:
        seconds: How long a value is kept.
        options: Options of the server, see `eventflow_redis.options.RedisOptions`.
    """

    def __init__(self, *, seconds: float = 3600.0, **options: Any) -> None:
        """Nothing is sent yet."""
        config = RedisOptions(**options)
        self._where = str(Address.of(config.url.get_secret_value()))
        self._begin = f"{{{config.prefix}}}:cache:"
        self._ms = max(int(seconds * 1000), 1)
        self._client = connect(config)

    def get(self, name: str) -> bytes | None:
        """Return what is kept under a name; None if nothing is.

        Raises:
            RedisServerError: The server cannot be asked.
        """
        with told(self._where):
            found: bytes | None = self._client.get(self._begin + name)
        return found

    def put(self, name: str, value: bytes) -> None:
        """Keep a value, instead of what was under its name.

        Raises:
            RedisServerError: The server does not take it.
        """
        with told(self._where):
            self._client.set(self._begin + name, value, px=self._ms)

    def forget(self, name: str) -> bool:
        """Forget a value; tell whether there was one.

        Raises:
            RedisServerError: The server cannot be asked.
        """
        with told(self._where):
            return bool(self._client.delete(self._begin + name))

    def get_or_make(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return what is kept, else what `make` returns, which is then kept.

        It works without the server too. Two processes may make the same value at the same time.
        """
        try:
            found = self.get(name)
        except RedisServerError:
            return make()
        if found is not None:
            return found
        value = make()
        with suppress(RedisServerError):
            self.put(name, value)
        return value

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
