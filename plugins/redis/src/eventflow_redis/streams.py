"""The transport over Redis Streams."""

from __future__ import annotations

import os
import socket
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from eventflow.base import BaseTransport
from eventflow.events.codec import content_of
from eventflow.events.patterns import compile_pattern, matches
from eventflow.ids import uuid7
from eventflow.types import Promises
from eventflow_redis.address import Address
from eventflow_redis.append import Appender
from eventflow_redis.connect import connect
from eventflow_redis.errors import RedisClosedError, told
from eventflow_redis.follower import Follower
from eventflow_redis.groups import GroupReceiver
from eventflow_redis.keys import Keys, Link, Membership, number
from eventflow_redis.letters import RedisDeadLetters
from eventflow_redis.options import StreamOptions
from eventflow_redis.pending import Pending, check_start, groups
from eventflow_redis.seats import Seats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.types import Event, Receiver


class RedisTransport(BaseTransport):
    """Carries events in a Redis stream: kept, in one order, replayable, acknowledged by groups.

    All events of one `prefix` lie in the stream ``{prefix}:events``, whatever their type, so that
    there is one order and positions compare; patterns are matched here, as everywhere. The server
    answers a batch when it has it: what that is worth is up to the server's ``appendfsync``.
    With ``always`` what was accepted survives the server being killed, with ``everysec``, its
    default, up to a second of it may not, and without an append-only file nothing does. Of a
    replica that takes over the same is true only with `replicas`.

    `subscribe` hands out what the stream holds, then what follows. Handlers in a group share its
    events and the server keeps which of them nobody is done with; the pattern is part of the group:
    handlers of one group that ask for different patterns do not share.
    """

    Config = StreamOptions
    promises: ClassVar[Promises] = Promises(
        durable=True, ordered=True, replayable=True, acknowledged=True
    )
    begins: ClassVar[str] = "earliest"

    def __init__(self, **options: Any) -> None:
        """Nothing is sent yet."""
        super().__init__(**options)
        self._keys = Keys(self.config.prefix)
        self._where = str(Address.of(self.config.url.get_secret_value()))
        me = f"{socket.gethostname()}-{os.getpid()}-{str(uuid7())[-6:]}"
        self._seats = Seats(self.config.consumer or me)

    def send(self, events: Sequence[Event]) -> Sequence[str]:
        """Append events, a batch in one step; return their positions.

        Raises:
            EventError: One of them cannot be written as JSON; none of its batch was sent.
            RedisServerError: The server did not take them.
        """
        if self.closed:
            raise RedisClosedError.of_transport()
        age = int((self.config.max_age_seconds or 0) * 1000)
        head = (self.config.max_events or 0, age)
        positions: list[str] = []
        for batch in self._batches(events):
            with told(self._where):
                found = self._appender.append([*head, *batch])
            positions += [position.decode() for position in found]
        return positions

    def open(self, pattern: str, *, group: str = "", start: str = "new") -> Receiver:
        """Open a subscription.

        Args:
            pattern: Which types.
            group: Receivers of one group and pattern share the events.
            start: Where a new group begins: ``new``, ``earliest``, or after a position.

        Raises:
            ValueError: The pattern or `start` is malformed.
            RedisServerError: The server cannot be asked.
        """
        compile_pattern(pattern)
        check_start(start)
        if self.closed:
            raise RedisClosedError.of_transport()
        if group:
            return self._join(Membership(group, pattern), start)
        return Follower(self._link, pattern, start=start, letters=self._dead)

    def applied(self, position: str, group: str) -> bool:
        """Whether a group has finished, or buried, the event at a position."""
        with told(self._where):
            entry = self._client.execute_command("XRANGE", self._keys.events, position, position)
            kind = entry[0][1][0].decode() if entry else None
            asked = [
                g
                for g in groups(self._client, self._keys)
                if g["name"].startswith(f"{group} ")
                and (kind is None or matches(g["name"].removeprefix(f"{group} "), kind))
            ]
            return bool(asked) and all(self._is_past(g, position) for g in asked)

    def dead_letters(self) -> RedisDeadLetters:
        """Return the letters in the stream ``{prefix}:dead``."""
        return self._dead

    def close(self) -> None:
        """End the subscriptions and the connections."""
        super().close()
        for name in ("_client", "_reader"):
            if name in self.__dict__:
                self.__dict__[name].close()

    @cached_property
    def _client(self) -> Any:
        return connect(self.config)

    @cached_property
    def _reader(self) -> Any:
        """A client that sends nothing twice: what the server handed out must not be lost."""
        return connect(self.config, retries=0)

    @cached_property
    def _link(self) -> Link:
        longest = self.config.timeout_seconds / 2
        return Link(self._reader, self._keys, self._where, longest)

    @cached_property
    def _appender(self) -> Appender:
        wait = self.config.timeout_seconds / 2  # the reply is awaited for all of it
        return Appender(
            self._client, self._keys.events, self._where,
            replicas=self.config.replicas, wait=wait,
        )  # fmt: skip

    @cached_property
    def _dead(self) -> RedisDeadLetters:
        return RedisDeadLetters(lambda: self._client, self._keys, self._where)

    def _join(self, member: Membership, start: str) -> Receiver:
        seat = self._seats.take(member.name)

        def leave() -> None:
            self._seats.give_back(member.name, seat)

        idle = max(int(self.config.visibility_seconds * 1000), 1)
        try:
            with told(self._where):
                pending = Pending(self._link, member.name, seat, start=start, idle=idle)
                return GroupReceiver(pending, member, seat, self._dead, leave)
        except BaseException:
            leave()
            raise

    def _is_past(self, group: dict[str, str], position: str) -> bool:
        if number(group["last-delivered-id"]) < number(position):
            return False
        pending = self._client.execute_command(
            "XPENDING", self._keys.events, group["name"], position, position, 1
        )
        return not pending

    def _batches(self, events: Sequence[Event]) -> Iterator[list[bytes | str]]:
        """Yield types and JSON, as many as fit one command."""
        batch: list[bytes | str] = []
        size = 0
        for event in events:
            content = content_of(event)
            if batch and size + len(content) > self.config.batch_bytes:
                yield batch
                batch, size = [], 0
            batch += (event.event_type, content)
            size += len(content)
        if batch:
            yield batch
