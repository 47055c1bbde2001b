"""A cluster: all keys of one prefix are in one slot, so one node is spoken with, wherever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field
from redis import Redis
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import AskError, ClusterDownError, ConnectionError, TimeoutError  # noqa: A004 - the client's own
from redis.retry import Retry
from redis.sentinel import (
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    Place = tuple[str, int]


@define
class Nodes:
    """Finds the node that has a slot, as sentinels find a primary.

    Attributes:
        first: Where to ask at the beginning.
        how: Options of the connections.
    """

    first: Sequence[Place]
    how: dict[str, Any] = field(repr=False)
    _known: list[Place] = field(factory=list)

    def discover_master(self, prefix: str) -> Place:
        """Return host and port of the node that has the keys of a prefix.

        Raises:
            redis.exceptions.ConnectionError: No node answers.
            redis.exceptions.RedisError: One answers that it cannot tell.
        """
        error: Exception = ConnectionError("no node is named")
        for place in dict.fromkeys((*self._known, *self.first)):
            try:
                return self._asked(place, key_slot(prefix.encode()))
            except (ConnectionError, TimeoutError, ClusterDownError) as unanswered:
                error = unanswered
        raise error

    def _asked(self, place: Place, slot: int) -> Place:
        with Redis(
            host=place[0], port=place[1], **self.how | {"retry": Retry(NoBackoff(), 0)}
        ) as node:
            node.set_response_callback("CLUSTER SLOTS", lambda reply, **_: reply)
            ranges: list[Any] = node.execute_command("CLUSTER SLOTS")
        at = {(first, last): _place(node, place) for first, last, node, *_ in ranges}
        self._known = list(dict.fromkeys(at.values()))
        for (first, last), found in at.items():
            if first <= slot <= last:
                return found
        msg = f"CLUSTERDOWN no node has the slot {slot}"
        raise ClusterDownError(msg)


def _place(node: Sequence[Any], asked: Place) -> Place:
    """Return what clients are to connect to; nodes that do not know say where they were asked."""
    host = (node[0] or b"").decode()
    return host if host not in {"", "?"} else asked[0], int(node[1])


class _Moved:
    """What connections do when their node no longer has the slot: they ask for it anew."""

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().read_response(*args, **kwargs)  # type: ignore[misc] # of the class beside it
        except (AskError, ClusterDownError) as error:
            self.disconnect()  # type: ignore[attr-defined] # likewise
            if isinstance(error, ClusterDownError):
                raise
            msg = f"the slot has moved: {error}"
            raise ConnectionError(msg) from error


class _NodeConnection(_Moved, SentinelManagedConnection):
    pass


class _NodeSSLConnection(_Moved, SentinelManagedSSLConnection):
    pass


def node_of(prefix: str, places: Sequence[Place], how: dict[str, Any]) -> Redis:
    """Return a client of the node that has the keys of a prefix; it goes where they go.

    While a slot is being moved, what is sent waits until it has arrived.

    Args:
        prefix: Of the keys.
        places: Nodes that are asked first.
        how: Options of the connections.
    """
    kind = _NodeSSLConnection if how.get("ssl") else _NodeConnection
    pool = SentinelConnectionPool(prefix, Nodes(places, how), connection_class=kind, **how)  # type: ignore[no-untyped-call] # redis-py types it not
    return Redis.from_pool(pool)
