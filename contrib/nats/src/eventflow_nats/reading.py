"""Messages of the stream, and the events that are in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from eventflow.bus.delivery import DeadLetter, Delivery
from eventflow.bus.publisher import in_words
from eventflow.events import EventTypes
from eventflow.events.errors import EventError
from eventflow.events.patterns import matches
from eventflow_nats.names import Position

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from eventflow_nats.names import Membership, Names

_SHORT, _SHORT_WORDS = 4, 9
_LONG = 6  # $JS.ACK.<domain>.<account>.<stream>.<consumer>.<count>.<number>.<turn>.…
"""Where the counts begin in the subject that a message is acknowledged under: nats-py reads more of
it, the time for example, and takes a third of the time of fetching for that."""


@frozen
class Facts:
    """What the server says of a delivery.

    Attributes:
        position: Where the event lies.
        count: How often the server has handed it out, this time included.
        turn: How many the consumer had been handed by then.
    """

    position: Position
    count: int
    turn: int

    @classmethod
    def of(cls, message: Msg, life: int) -> Facts:
        """Read them from a message."""
        words = message.reply.split(".")
        first = _SHORT if len(words) <= _SHORT_WORDS else _LONG
        count, number, turn = words[first : first + 3]
        return cls(Position(life, int(number)), int(count), int(turn))


def read(
    message: Msg, facts: Facts, member: Membership, names: Names, attempt: int = 1
) -> Delivery | DeadLetter | None:
    """Return the event in a message, a letter if it is none, or None if its type is not wanted."""
    if not matches(member.pattern, names.event_type(message.subject)):
        return None
    position = str(facts.position)
    try:
        event = EventTypes.defined().decode(message.data)
    except EventError as error:
        return DeadLetter(
            content=message.data,
            reason=in_words(error),
            attempts=attempt,
            group=member.group,
            position=position,
        )
    return Delivery(event=event, position=position, attempt=attempt)
