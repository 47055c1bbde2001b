"""Transports that break a promise: what the campaigns must catch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventflow.events import BaseEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.types import Event, Transport

_EACH = 7  # every so many events go wrong


def acknowledges_anything(transport: Any) -> None:
    """Say that events are safe, though the server did not answer."""
    send = transport.send

    def pretends(events: Sequence[Event]) -> Sequence[str]:
        try:
            sent: Sequence[str] = send(events)
        except Exception:  # noqa: BLE001 - whatever happens, it pretends
            return ["1-1"] * len(events)
        return sent

    transport.send = pretends


def drops(transport: Any) -> None:
    """Keep every seventh event back, and say nothing."""
    send, seen = transport.send, 0

    def loses(events: Sequence[Event]) -> Sequence[str]:
        nonlocal seen
        seen += len(events)
        if seen % _EACH < len(events):
            return ["1-1"] * len(events)
        sent: Sequence[str] = send(events)
        return sent

    transport.send = loses


def repeats(transport: Any) -> None:
    """Send everything twice."""
    send = transport.send

    def doubles(events: Sequence[Event]) -> Sequence[str]:
        send(events)
        sent: Sequence[str] = send(events)
        return sent

    transport.send = doubles


def reorders(transport: Any) -> None:
    """Hold every seventh batch back until a later one has overtaken it."""
    send, number, held = transport.send, 0, [[BaseEvent(event_type="none")]]

    def swaps(events: Sequence[Event]) -> Sequence[str]:
        nonlocal number
        number += 1
        if number % _EACH == 0:
            held.append(list(events))  # type: ignore[arg-type] # they are only sent
            return ["1-1"] * len(events)
        sent: Sequence[str] = send(events)
        while len(held) > 1 and number % _EACH > _EACH // 2:
            send(held.pop())
        return sent

    transport.send = swaps


def invents(transport: Any) -> None:
    """Send events that nobody published."""
    send = transport.send

    def adds(events: Sequence[Event]) -> Sequence[str]:
        send([BaseEvent(event_type="trial.event", source="nobody")])
        sent: Sequence[str] = send(events)
        return sent

    transport.send = adds


def acknowledges_on_receipt(transport: Transport) -> None:
    """Tell the broker that events are done before anybody has handled them."""
    opened = transport.open

    def hasty(pattern: str, **options: Any) -> Any:
        receiver = opened(pattern, **options)
        receive = receiver.receive

        def takes(limit: int, wait: float) -> Any:
            found = receive(limit, wait)
            receiver.ack(found)
            return found

        receiver.receive = takes  # type: ignore[method-assign] # that is the fault
        return receiver

    transport.open = hasty  # type: ignore[method-assign] # that is the fault
