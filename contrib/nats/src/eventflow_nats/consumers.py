"""What the server keeps of a group: how far it is, and how often it tried each event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen
from nats.errors import NoRespondersError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from eventflow.events.patterns import matches
from eventflow_nats.mailbox import Outgoing
from eventflow_nats.names import Position
from eventflow_nats.streams import found_or_none, last_of, life_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nats.js.api import ConsumerInfo, StreamInfo

    from eventflow_nats.link import Line, Link
    from eventflow_nats.names import Membership, Names
    from eventflow_nats.streams import Streams

_PAGE = 256
_UNLIMITED = -1


@frozen
class Server:
    """What receivers need of the server.

    Attributes:
        link: The way to it.
        names: What lies there.
        streams: Makes what is missing.
        visibility: Seconds after which what was handed out and not finished goes to another.
    """

    link: Link
    names: Names
    streams: Streams
    visibility: float


def after(start: str, info: StreamInfo) -> Position:
    """Return the position after which to begin.

    Args:
        start: ``new``, ``earliest`` or a position; where the stream was made anew since that was
            given out, everything comes after it.
        info: What the server says of the stream.
    """
    if start == "new":
        return last_of(info)
    none = Position(life_of(info), 0)
    if start == "earliest":
        return none
    place = Position.of(start)
    return place if place.life == none.life else none


def begins(place: Position) -> dict[str, Any]:
    """Return where a consumer begins, as its configuration says it."""
    if not place.number:
        return {"deliver_policy": DeliverPolicy.ALL}
    return {
        "deliver_policy": DeliverPolicy.BY_START_SEQUENCE,
        "opt_start_seq": place.number + 1,
    }


async def joined(line: Line, server: Server, member: Membership, start: str) -> Position:
    """Make the consumer of a group unless it is there; return how far it is done."""
    stream = server.names.events
    place = after(start, await server.streams.info(line, stream))
    name = member.consumer_in(place.life)
    found = await found_or_none(lambda: line.streams.consumer_info(stream, name))
    if found is None:
        await line.streams.add_consumer(stream, _config(server, member, place))
        return place
    if found.config.ack_wait != server.visibility:
        changed = found.config.evolve(ack_wait=server.visibility)
        await line.streams.add_consumer(stream, changed)
    return Position(place.life, found.ack_floor.stream_seq if found.ack_floor else 0)


def _config(server: Server, member: Membership, place: Position) -> ConsumerConfig:
    return ConsumerConfig(
        name=member.consumer_in(place.life),
        durable_name=member.consumer_in(place.life),
        filter_subject=server.names.filter(member.pattern),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=server.visibility,
        max_ack_pending=_UNLIMITED,
        metadata={"group": member.group, "pattern": member.pattern},
        **begins(place),
    )


async def is_past(line: Line, names: Names, place: Position, group: str) -> bool:
    """Whether every consumer of a group that gets an event is done with it."""
    found = await found_or_none(lambda: line.streams.get_msg(names.events, place.number))
    kind = None if found is None else names.event_type(str(found.subject))
    asked = [
        info
        for info in await _of_group(line, names, group)
        if kind is None or matches((info.config.metadata or {})["pattern"], kind)
    ]
    return bool(asked) and all(_done(info, place.number) for info in asked)


async def _of_group(line: Line, names: Names, group: str) -> list[ConsumerInfo]:
    found: list[ConsumerInfo] = []
    while True:
        page = await line.streams.consumers_info(names.events, offset=len(found))
        found += page
        if len(page) < _PAGE:
            return [info for info in found if (info.config.metadata or {}).get("group") == group]


def _done(info: ConsumerInfo, number: int) -> bool:
    """Whether an event is behind everything that is not done; the server says no more than that."""
    floor = info.ack_floor.stream_seq if info.ack_floor else 0
    delivered = info.delivered.stream_seq if info.delivered else 0
    return number <= floor or (not info.num_ack_pending and number <= delivered)


class Tries:
    """How often each event that was not finished at once was tried.

    The server's own count of deliveries says how often an event was sent to a process, not how
    often its handler was called: all that a process had in hand when it ended count alike.

    Args:
        server: Where they are kept.
        consumer: Whose.
    """

    def __init__(self, server: Server, consumer: str) -> None:
        """Nothing is asked yet."""
        self._server, self._consumer = server, consumer

    async def of(self, line: Line, position: str) -> int | None:
        """Return how often an event was tried; None where nothing is kept of it."""
        names = self._server.names
        subject = names.attempt(self._consumer, position)
        found = await self._server.streams.last(line, names.tries, subject)
        return None if found is None else int(found.data or b"0")

    async def keep(self, line: Line, tried: Mapping[str, int]) -> None:
        """Keep how often events, by position, were tried."""
        names = self._server.names
        messages = [
            Outgoing(names.attempt(self._consumer, position), str(number).encode(), {})
            for position, number in tried.items()
        ]
        await self._server.streams.publish(line, names.tries, messages, self._server.link.patience)


async def acknowledge(line: Line, replies: Sequence[str], patience: float) -> None:
    """Tell the server that these are done; return when it knows."""
    for reply in replies[:-1]:
        await line.client.publish(reply, b"+ACK")
    if replies:
        try:
            await line.client.request(replies[-1], b"+ACK", timeout=patience)
        except NoRespondersError:
            return  # the group is gone, and with it what was not done
