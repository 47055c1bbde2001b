"""A receiver of its own: it follows the stream, and keeps how far it is in memory."""

from __future__ import annotations

import logging
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING
from uuid import uuid4

from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import Error as StreamError

from eventflow.bus.again import Again
from eventflow.bus.delivery import DeadLetter, letter_of
from eventflow_nats.consumers import after, begins
from eventflow_nats.errors import NatsServerError, NatsUnreachableError
from eventflow_nats.names import Membership, Position
from eventflow_nats.pull import NoConsumerError, Pull
from eventflow_nats.reading import Facts, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nats.aio.msg import Msg

    from eventflow.bus.delivery import Delivery
    from eventflow_nats.consumers import Server
    from eventflow_nats.letters import NatsDeadLetters
    from eventflow_nats.link import Line

_log = logging.getLogger(__name__)

_FORGOTTEN_AFTER = 300.0  # seconds without a question, then the server drops the consumer


class Follower:
    """Hands out the events after a position, all of them, to nobody else.

    A server that is gone for a while is waited for here: only this object knows how far it is.

    Args:
        server: Where the stream is.
        pattern: Which types.
        start: Where it begins: ``new``, ``earliest``, or after a position.
        letters: Where it buries.
    """

    def __init__(
        self, server: Server, pattern: str, *, start: str, letters: NatsDeadLetters
    ) -> None:
        """Find where to begin."""
        self._server, self._letters = server, letters
        self._member = Membership("", pattern)
        self._again = Again()
        self._away = False
        self._start = start
        self._name = ""
        self._turn = 0
        self._line: Line | None = None
        self._pull: Pull | None = None
        self._position = Position(0, 0)
        server.link.call(self._begin)

    def receive(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return at most `limit` events, oldest first; wait up to so many seconds for the first.

        Raises:
            NatsServerError: The server cannot be asked, for another reason than being gone.
        """
        until = monotonic() + wait
        while True:
            left = max(until - monotonic(), 0.0)
            found = self._again.due(limit) or self._arrived(limit, self._again.wait(left))
            if found or monotonic() >= until:
                return found

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Nothing is kept of what was handed out."""

    def retry(self, delivery: Delivery, after: float) -> None:
        """Hand this one out again, not before so many seconds."""
        self._again.put(delivery, after)

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Put this one to the dead letters."""
        self._letters.put(letter_of(delivery, reason, ""))

    def extend(self, deliveries: Sequence[Delivery]) -> None:
        """Nobody else gets what this one has."""

    def close(self) -> None:
        """Let the server forget the consumer; it does so by itself as well."""

        async def forget(line: Line) -> None:
            if line is self._line and self._pull is not None:
                await self._pull.close()
                with suppress(StreamError):
                    await line.streams.delete_consumer(self._server.names.events, self._name)

        with suppress(NatsServerError):
            self._server.link.call(forget, self._server.link.patience)

    def _arrived(self, limit: int, wait: float) -> list[Delivery]:
        """Return what came meanwhile; of other types nothing, and nothing while nobody answers."""
        began = monotonic()
        try:
            messages = self._server.link.call(lambda line: self._fetch(line, limit, wait))
        except NatsUnreachableError as error:
            if not self._away:
                _log.warning("events do not arrive for now: %s", error)
            self._away = True
            sleep(max(min(wait, 0.2) - (monotonic() - began), 0.0))
            return []
        self._away = False
        return self._decoded(messages)

    async def _fetch(self, line: Line, limit: int, wait: float) -> list[Msg]:
        if line is not self._line or self._pull is None:
            await self._begin(line)
        assert self._pull is not None  # noqa: S101 - made by `_begin`
        try:
            return await self._pull.fetch(limit, wait, self._server.link.patience)
        except NoConsumerError:
            self._line = None  # begun again with the next question
            return []

    async def _begin(self, line: Line) -> None:
        """Make a consumer that begins after what was handed out."""
        stream = self._server.names.events
        known = self._position.life > 0
        info = await self._server.streams.info(line, stream)
        self._position = after(str(self._position) if known else self._start, info)
        self._name, self._turn = f"follow-{uuid4().hex}", 0
        config = ConsumerConfig(
            name=self._name,
            filter_subject=self._server.names.filter(self._member.pattern),
            ack_policy=AckPolicy.NONE,
            mem_storage=True,
            num_replicas=1,
            inactive_threshold=_FORGOTTEN_AFTER,
            **begins(self._position),
        )
        await line.streams.add_consumer(stream, config)
        self._pull = await Pull(line.client, stream, self._name).open()
        self._line = line

    def _decoded(self, messages: Sequence[Msg]) -> list[Delivery]:
        deliveries: list[Delivery] = []
        for message in messages:
            facts = Facts.of(message, self._position.life)
            if facts.turn != self._turn + 1:
                self._line = None  # one was lost on its way: begun again after the last that came
                break
            found = read(message, facts, self._member, self._server.names)
            if isinstance(found, DeadLetter):
                self._letters.put(found)
            elif found is not None:
                deliveries.append(found)
            self._turn, self._position = facts.turn, facts.position
        return deliveries
