"""The transport over Redis Pub/Sub."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from redis.exceptions import NoPermissionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from eventflow.base import BaseTransport
from eventflow.bus.alone import AloneReceiver
from eventflow.bus.delivery import DeadLetter, Delivery
from eventflow.bus.publisher import in_words
from eventflow.events import EventTypes
from eventflow.events.codec import content_of
from eventflow.events.errors import EventError
from eventflow.events.patterns import compile_pattern, matches
from eventflow.types import Promises
from eventflow_redis.address import Address
from eventflow_redis.connect import connect
from eventflow_redis.errors import RedisClosedError, told
from eventflow_redis.keys import Keys, Link
from eventflow_redis.options import RedisOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.types import DeadLetters, Event, Receiver


class RedisPubSubTransport(BaseTransport):
    """Carries events over Redis Pub/Sub: to whoever listens at that moment, in order, and no more.

    Events go to the channel ``prefix:type``. The server keeps nothing: who is not there, or too
    slow, misses events, and there are no groups. Where that matters use `redis`.
    """

    Config = RedisOptions
    promises: ClassVar[Promises] = Promises(ordered=True)

    def __init__(self, **options: Any) -> None:
        """Nothing is sent yet."""
        super().__init__(**options)
        self._keys = Keys(self.config.prefix)
        self._where = str(Address.of(self.config.url.get_secret_value()))

    def send(self, events: Sequence[Event]) -> Sequence[str]:
        """Send events in one go; nothing is kept of them.

        Raises:
            EventError: One of them cannot be written as JSON; none was sent.
            RedisServerError: The server did not take them.
        """
        if self.closed:
            raise RedisClosedError.of_transport()
        contents = [(event.event_type, content_of(event)) for event in events]
        with told(self._where), self._client.pipeline(transaction=False) as steps:
            for event_type, content in contents:
                steps.execute_command("PUBLISH", self._keys.channel(event_type), content)
            steps.execute()
        return [""] * len(contents)

    def open(self, pattern: str, *, group: str = "", start: str = "new") -> Receiver:
        """Listen from now on; there is nothing earlier, and every receiver gets all.

        Raises:
            ValueError: The pattern is malformed.
            RedisServerError: The server cannot be asked.
        """
        del start
        compile_pattern(pattern)
        if self.closed:
            raise RedisClosedError.of_transport()
        link = Link(self._client, self._keys, self._where, self.config.timeout_seconds)
        return Listener(link, pattern, group, self.dead_letters())

    def close(self) -> None:
        """End the subscriptions and the connections."""
        super().close()
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _client(self) -> Any:
        return connect(self.config)


class Listener(AloneReceiver):
    """Hands out what is sent while it listens.

    Args:
        link: Where the server is.
        pattern: Which types.
        group: Name in its dead letters.
        letters: Where it buries.
    """

    def __init__(self, link: Link, pattern: str, group: str, letters: DeadLetters) -> None:
        """Return when the server has confirmed the subscription."""
        super().__init__(letters, group)
        self._pattern, self._where = pattern, link.where
        self._type_at = len(link.keys.channel(""))
        self._patience = link.longest
        self._heard, self._asked = monotonic(), 0.0
        with told(link.where), ExitStack() as undo:
            self._pubsub = undo.enter_context(link.client.pubsub())
            self._listen(link.keys.channel(pattern), link.keys.channel("*"))
            undo.pop_all()

    def receive(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return at most `limit` events, oldest first; wait up to so many seconds for the first.

        Raises:
            RedisServerError: The connection broke, or the server does not answer on it; what is
                sent until it is opened again is missed.
        """
        found = self._again.due(limit)
        until = monotonic() + (0.0 if found else self._again.wait(wait))
        while len(found) < limit:
            left = 0.0 if found else max(until - monotonic(), 0.0)
            with told(self._where):
                message = self._message(left)
            if message is not None and message["type"] == "pmessage":
                found += self._decoded(message)
            elif found or (message is None and monotonic() >= until):
                break
        return found

    def close(self) -> None:
        """Stop listening."""
        self._pubsub.close()

    def _message(self, wait: float) -> dict[str, Any] | None:
        """Return the next message, whole: one that comes in pieces is waited for."""
        if self._pubsub.connection.can_read(timeout=wait):
            message: dict[str, Any] | None = self._pubsub.get_message(timeout=self._patience)
            self._heard, self._asked = monotonic(), 0.0
            return message
        self._ask_if_silent(monotonic())
        return None

    def _ask_if_silent(self, now: float) -> None:
        """Ask a server that says nothing whether it is there: a connection may end unnoticed."""
        if self._asked and now - self._asked > self._patience:
            msg = f"it has not answered for {now - self._asked:.1f} s"
            raise RedisTimeoutError(msg)
        if not self._asked and now - self._heard > self._patience:
            self._pubsub.ping()
            self._asked = now

    def _listen(self, channels: str, all_of_prefix: str) -> None:
        """Subscribe; an ACL allows no pattern but its own, though it be a part of that."""
        try:
            self._subscribe(channels)
        except NoPermissionError:
            self._pubsub.reset()
            self._subscribe(all_of_prefix)

    def _subscribe(self, channels: str) -> None:
        self._pubsub.psubscribe(channels)
        if self._pubsub.get_message(timeout=self._patience) is None:
            msg = "it does not confirm the subscription"
            raise RedisTimeoutError(msg)

    def _decoded(self, message: dict[str, Any]) -> list[Delivery]:
        event_type = message["channel"].decode(errors="replace")[self._type_at :]
        if not matches(self._pattern, event_type):
            return []
        try:
            return [Delivery(event=EventTypes.defined().decode(message["data"]))]
        except EventError as error:
            letter = DeadLetter(
                content=message["data"], reason=in_words(error), attempts=1, group=self._group
            )
            self._letters.put(letter)
            return []
