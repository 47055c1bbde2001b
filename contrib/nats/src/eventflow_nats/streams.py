"""The streams of one bus: made when they are missing, as they are after a wipe."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NoStreamResponseError, NotFoundError, ServiceUnavailableError

from eventflow_nats.names import Position

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from nats.js.api import RawStreamMsg, StreamInfo

    from eventflow_nats.link import Line
    from eventflow_nats.mailbox import Outgoing, Stored
    from eventflow_nats.names import Names
    from eventflow_nats.options import NatsOptions

T = TypeVar("T")

TRIES_SECONDS = 7 * 86_400.0
"""How long attempts of an event are remembered."""


class Streams:
    """Asks for streams, and makes them.

    Args:
        names: What they are called.
        options: What they keep.
    """

    def __init__(self, names: Names, options: NatsOptions) -> None:
        """Nothing is known yet."""
        self._names, self._options = names, options
        self._life: tuple[Line, int] | None = None
        self._making = asyncio.Lock()

    async def info(self, line: Line, stream: str) -> StreamInfo:
        """Return what the server says of a stream, which is made if it is not there."""
        async with self._making:  # two that make it at once after a wipe undo each other's
            found = await found_or_none(lambda: line.streams.stream_info(stream))
            if found is None:
                found = await line.streams.add_stream(self._config(stream))
        if stream != self._names.events:
            return found
        if any(getattr(found.config, key) != value for key, value in self._limits().items()):
            config = self._within(found.config.evolve(**self._limits()))
            found = await line.streams.update_stream(config)
        self._life = (line, life_of(found))
        return found

    async def life(self, line: Line) -> int:
        """Return when the stream of events was made, ms from 1970."""
        if self._life is None or self._life[0] is not line:
            return life_of(await self.info(line, self._names.events))
        return self._life[1]

    async def publish(
        self, line: Line, stream: str, messages: Sequence[Outgoing], patience: float
    ) -> list[Stored]:
        """Store messages; a stream that is missing is made first."""
        if stream == self._names.events:
            await self.life(line)
        try:
            return await line.mailbox.publish(messages, patience)
        except (NoStreamResponseError, ServiceUnavailableError):
            await self.info(line, stream)
            return await line.mailbox.publish(messages, patience)

    async def last(self, line: Line, stream: str, subject: str) -> RawStreamMsg | None:
        """Return the last message of a subject, or None."""
        return await found_or_none(lambda: line.streams.get_last_msg(stream, subject))

    def _limits(self) -> dict[str, float | int]:
        options = self._options
        said = {
            "max_msgs": options.max_events,
            "max_bytes": options.max_bytes,
            "max_age": options.max_age_seconds,
        }
        return {key: value for key, value in said.items() if value is not None}

    def _within(self, config: StreamConfig) -> StreamConfig:
        """Return a configuration that looks for what was sent twice no longer than it keeps it."""
        if not config.max_age:
            return config
        return config.evolve(duplicate_window=min(config.duplicate_window, config.max_age))

    def _config(self, stream: str) -> StreamConfig:
        config = StreamConfig(
            name=stream,
            subjects=[self._names.all_of(stream)],
            retention=RetentionPolicy.LIMITS,
            discard=DiscardPolicy.OLD,
            storage=StorageType.FILE,
            num_replicas=self._options.replicas,
            duplicate_window=self._options.duplicate_seconds,
        )
        if stream == self._names.events:
            return self._within(config.evolve(**self._limits()))
        if stream == self._names.tries:
            return config.evolve(max_msgs_per_subject=1, max_age=TRIES_SECONDS)
        return config


def life_of(info: StreamInfo) -> int:
    """Return when a stream was made, ms from 1970."""
    assert info.created is not None  # noqa: S101 - every server says it
    return round(info.created.timestamp() * 1000)


def last_of(info: StreamInfo) -> Position:
    """Return the position of the last message of a stream."""
    return Position(life_of(info), info.state.last_seq)


async def found_or_none(ask: Callable[[], Awaitable[T]]) -> T | None:
    """Return what the server has, or None."""
    try:
        return await ask()
    except NotFoundError:
        return None
