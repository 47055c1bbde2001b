"""A receiver of its own: it follows the stream, and keeps how far it is in memory."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import Error as StreamError

from eventflow.bus.alone import BaseFollower
from eventflow.bus.delivery import DeadLetter
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

_FORGOTTEN_AFTER = 300.0  # seconds without a question, then the server drops the consumer


class Follower(BaseFollower):
    """Follows the stream by a consumer of its own, which begins anew where one was lost.

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
        super().__init__(letters)
        self._server, self._member = server, Membership("", pattern)
        self._start = start
        self._name = ""
        self._turn = 0
        self._line: Line | None = None
        self._pull: Pull | None = None
        self._position = Position(0, 0)
        server.link.call(self._begin)

    def fetch(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return what came after the position, and move it; of other types nothing.

        Raises:
            NatsServerError: The server cannot be asked.
        """
        return self._decoded(self._server.link.call(lambda line: self._fetch(line, limit, wait)))

    def is_gone(self, error: Exception) -> bool:
        """Whether the connection broke, or nobody answers."""
        return isinstance(error, NatsUnreachableError)

    def close(self) -> None:
        """Let the server forget the consumer; it does so by itself as well."""

        async def forget(line: Line) -> None:
            if line is self._line and self._pull is not None:
                await self._pull.close()
                with suppress(StreamError):
                    await line.streams.delete_consumer(self._server.names.events, self._name)

        with suppress(NatsServerError):
            self._server.link.call(forget, self._server.link.patience)

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
