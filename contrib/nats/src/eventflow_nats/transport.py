"""The transport over NATS JetStream."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from eventflow.base import BaseTransport
from eventflow.events.codec import content_of
from eventflow.events.patterns import compile_pattern
from eventflow.types import Promises
from eventflow_nats.consumers import Server, is_past
from eventflow_nats.errors import NatsClosedError, NatsTooLargeError
from eventflow_nats.follower import Follower
from eventflow_nats.group import GroupReceiver
from eventflow_nats.letters import ROOM, NatsDeadLetters
from eventflow_nats.link import Link
from eventflow_nats.mailbox import Outgoing
from eventflow_nats.names import Membership, Names, Position, check_start
from eventflow_nats.options import NatsOptions
from eventflow_nats.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.types import Event, Receiver
    from eventflow_nats.link import Line
    from eventflow_nats.mailbox import Stored

_ID = "Nats-Msg-Id"
_LONGEST = 1024  # bytes of a subject; the server takes 4096 in a whole line


class NatsTransport(BaseTransport):
    """Carries events in a JetStream stream: kept, in one order, replayable, acknowledged by groups.

    All events of one `prefix` lie in the stream ``{prefix}-events``, each under the subject
    ``{prefix}.events.`` and its type, so that there is one order and positions compare. The server
    answers an event when it has it: what that is worth is up to the server's ``sync_interval``.
    With ``always`` what was accepted survives a loss of power; by default the server asks the disk
    to keep it only every two minutes: it survives the end of the server's process, not of the
    machine. An event that is sent twice within `duplicate_seconds` is kept once.

    `subscribe` hands out what the stream holds, then what follows. Handlers in a group share its
    events and the server keeps which of them nobody is done with; the pattern is part of the group:
    handlers of one group that ask for different patterns do not share.
    """

    Config = NatsOptions
    promises: ClassVar[Promises] = Promises(
        durable=True, ordered=True, replayable=True, acknowledged=True
    )
    begins: ClassVar[str] = "earliest"

    def __init__(self, **options: Any) -> None:
        """Nothing is sent yet."""
        super().__init__(**options)
        self._names = Names(self.config.prefix)
        self._resume: dict[str, str] = {}

    def send(self, events: Sequence[Event]) -> Sequence[str]:
        """Store events in order; return their positions.

        Raises:
            EventError: One of them cannot be written as JSON, or is larger than the server takes;
                none was sent.
            NatsServerError: The server did not take them; those it took are kept once, however
                often they are sent again.
        """
        self._check_open()
        messages = [
            Outgoing(
                self._names.event(event.event_type),
                content_of(event),
                {_ID: str(event.event_id)},
            )
            for event in events
        ]
        return self._link.call(lambda line: self._send(line, messages))

    def open(self, pattern: str, *, group: str = "", start: str = "new") -> Receiver:
        """Open a subscription.

        Args:
            pattern: Which types.
            group: Receivers of one group and pattern share the events.
            start: Where a new group begins: ``new``, ``earliest``, or after a position.

        Raises:
            ValueError: The pattern or `start` is malformed.
            NatsServerError: The server cannot be asked.
        """
        compile_pattern(pattern)
        check_start(start)
        self._check_open()
        if not group:
            return Follower(self._server, pattern, start=start, letters=self._dead)
        member = Membership(group, pattern)

        def leave(position: str) -> None:
            self._resume[member.consumer] = position

        begin = self._resume.get(member.consumer, start)
        return GroupReceiver(self._server, member, begin, self._dead, leave)

    def applied(self, position: str, group: str) -> bool:
        """Whether a group is done with the event at a position, and with all before it."""
        place = Position.of(position)

        async def ask(line: Line) -> bool:
            if await self._streams.life(line) != place.life:
                return False
            return await is_past(line, self._names, place, group)

        return self._link.call(ask)

    def dead_letters(self) -> NatsDeadLetters:
        """Return the letters in the stream ``{prefix}-dead``."""
        return self._dead

    def close(self) -> None:
        """End the subscriptions and the connection."""
        super().close()
        if "_link" in self.__dict__:
            self._link.close()

    @cached_property
    def _link(self) -> Link:
        return Link(self.config)

    @cached_property
    def _streams(self) -> Streams:
        return Streams(self._names, self.config)

    @cached_property
    def _server(self) -> Server:
        return Server(self._link, self._names, self._streams, self.config.visibility_seconds)

    @cached_property
    def _dead(self) -> NatsDeadLetters:
        return NatsDeadLetters(self._link, self._names, self._streams)

    def _check_open(self) -> None:
        if self.closed:
            raise NatsClosedError.of_transport()

    async def _send(self, line: Line, messages: Sequence[Outgoing]) -> list[str]:
        for message in messages:
            self._check_size(message, line.client.max_payload)
        stream, patience = self._names.events, self.config.timeout_seconds
        stored = await self._streams.publish(line, stream, messages, patience)
        for number, message in enumerate(messages):
            if stored[number].duplicate:
                stored[number] = await self._resent(line, message, stored[number])
        life = await self._streams.life(line)
        return [str(Position(life, one.number)) for one in stored]

    async def _resent(self, line: Line, message: Outgoing, stored: Stored) -> Stored:
        """Store an event once more that was given up meanwhile: who sends it again means it."""
        letter = await self._dead.of_event(line, message.headers[_ID])
        if not letter:
            return stored
        again = Outgoing(
            message.subject, message.content, {_ID: f"{message.headers[_ID]}/{letter}"}
        )
        patience = self.config.timeout_seconds
        [anew] = await self._streams.publish(line, self._names.events, [again], patience)
        return anew

    def _check_size(self, message: Outgoing, most: int) -> None:
        largest = max(most - ROOM, most // 2)
        kind = self._names.event_type(message.subject)
        if len(message.content) > largest:
            raise NatsTooLargeError.for_event(kind, len(message.content), largest, self._link.where)
        if (length := len(message.subject.encode())) > _LONGEST:
            raise NatsTooLargeError.for_event(kind, length, _LONGEST, self._link.where)
