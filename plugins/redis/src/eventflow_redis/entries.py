"""Entries of the stream, and the events that are in them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from attrs import frozen

from eventflow.bus.delivery import DeadLetter, Delivery
from eventflow.bus.publisher import in_words
from eventflow.events import EventTypes
from eventflow.events.errors import EventError
from eventflow.events.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow_redis.keys import Membership

    Text = str | bytes
    Entry = tuple[Text, Sequence[Text]]

_FIELDS = 2  # a type and its JSON


@frozen(kw_only=True)
class Read:
    """What entries turned out to be.

    Attributes:
        deliveries: Events whose type is wanted.
        passed: Positions of events of other types.
        broken: What is no event.
    """

    deliveries: list[Delivery]
    passed: list[str]
    broken: list[DeadLetter]


def read(
    entries: Sequence[Entry], member: Membership, attempts: Mapping[str, int] | None = None
) -> Read:
    """Decode entries.

    Args:
        entries: Position and fields of each.
        member: Who asks.
        attempts: Position → how often it was handed out; 1 for others.
    """
    found = Read(deliveries=[], passed=[], broken=[])
    decode = EventTypes.defined().decode
    given = attempts or {}
    for place, fields in entries:
        position = text_of(place)
        if len(fields) == _FIELDS and not _wanted(member.pattern, fields[0]):
            found.passed.append(position)
            continue
        attempt = given.get(position, 1) if given else 1
        try:
            event = decode(_json_in(fields))
        except (EventError, _OtherFieldsError) as error:
            letter = DeadLetter(
                content=b"\n".join(map(_raw, fields[1:] if len(fields) == _FIELDS else fields)),
                reason=in_words(error),
                attempts=attempt,
                group=member.group,
                position=position,
            )
            found.broken.append(letter)
        else:
            found.deliveries.append(Delivery(event=event, position=position, attempt=attempt))
    return found


class _OtherFieldsError(Exception):
    """An entry was written by someone else."""

    def __str__(self) -> str:
        return "an entry of the stream has other fields than one event type with its JSON"


def text_of(position: Text) -> str:
    """Return a position as text."""
    return position if isinstance(position, str) else position.decode()


def _raw(text: Text) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _json_in(fields: Sequence[Text]) -> Text:
    if len(fields) != _FIELDS:
        raise _OtherFieldsError
    return fields[1]


@lru_cache(maxsize=4096)
def _wanted(pattern: str, kind: Text) -> bool:
    return matches(pattern, kind if isinstance(kind, str) else kind.decode(errors="replace"))
