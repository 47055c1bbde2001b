"""Transports: each promise is stated, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventflow.testing.check import broken, check, extra
from eventflow.testing.checks.transport import ContractEvent, await_events, listen, opened
from eventflow.types import Promises

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventflow.testing.subject import Subject
    from eventflow.types import Event

extra(
    "stored",
    """function of the folder that returns the ids of the events that a durable transport has kept
    there, for `promise-durable`; not needed where subscribers get earlier events""",
)


@check("promises-stated", kinds=("transport",), since=1, looks="class")
def states_promises(subject: Subject) -> None:
    """`promises` says in the terms of `Promises` what it guarantees.

    Why: users choose a transport by what it promises, and checks hold it to that.
    Fix: promises: ClassVar[Promises] = Promises(ordered=True, …).
    """
    promises = getattr(subject.component, "promises", None)
    if not isinstance(promises, Promises):
        broken(f"promises is {promises!r}")


@check("promise-ordered", kinds=("transport",), since=1, needs="ordered")
def keeps_order(subject: Subject) -> None:
    """Events of one publisher arrive in the order in which they were published.

    Why: it promises `ordered`; subscribers build states from it.
    Fix: deliver through one queue per subscriber, or do not promise it.
    """
    with opened(subject) as transport:
        got = listen(transport, "contract.*")
        sent = [ContractEvent(event_type="contract.sent") for _ in range(200)]
        for event in sent:
            transport.publish(event)
        await_events(subject, got.__len__, len(sent))
    if [event.event_id for event in got] != [event.event_id for event in sent]:
        broken(f"200 events were published, {len(got)} arrived, or in another order")


@check("promise-durable", kinds=("transport",), since=1, needs="durable")
def keeps_events(subject: Subject) -> None:
    """What was published is found by others, although the transport was never closed.

    Why: it promises `durable`; a process that is killed closes nothing.
    Fix: write and flush before `publish` returns, and tell the contract how to read what was
        written: stored=lambda folder: [id, …]; or do not promise it.
    """
    stored = subject.extras.get("stored")
    if stored is None and not subject.component.promises.replayable:  # type: ignore[attr-defined] # judged by `shape`
        broken("it promises durable, and nothing tells what it keeps: stored= is not given")
    with opened(subject) as transport:
        sent = _publish(transport, 5)
        if stored is not None:
            _all_there(sent, stored(subject.folder), "are kept")
            return
        with opened(subject) as other:
            got = listen(other, "contract.*")
            await_events(subject, got.__len__, len(sent))
    _all_there(sent, (event.event_id for event in got), "reach a new instance")


@check("promise-replayable", kinds=("transport",), since=1, needs="replayable")
def replays_events(subject: Subject) -> None:
    """Who subscribes late gets what was published before, oldest first, and then what follows.

    Why: it promises `replayable`; subscribers rebuild their state from the beginning.
    Fix: hand what is kept to each new subscription, or do not promise it.
    """
    with opened(subject) as transport:
        before = _publish(transport, 5)
        got = listen(transport, "contract.*")
        sent = [*before, *_publish(transport, 2)]
        await_events(subject, got.__len__, len(sent))
    found = [event.event_id for event in got]
    _all_there(sent, found, "arrive, of which 5 were published before it subscribed")
    if found != [event.event_id for event in sent]:
        broken("earlier events arrive in another order than they were published in, or twice")


@check("promise-acknowledged", kinds=("transport",), since=1, needs="acknowledged")
def delivers_until_handled(subject: Subject) -> None:
    """An event whose handler raised is handed to that handler again.

    Why: it promises `acknowledged`; a subscriber that fails for a moment must lose nothing.
    Fix: take an event off the queue when its handler has returned, or do not promise it.
    """
    tried: set[Any] = set()
    handled: list[Event] = []

    def fails_once(event: Event) -> None:
        if event.event_id not in tried:
            tried.add(event.event_id)
            msg = f"a handler of {event.event_type} fails the first time, on purpose"
            raise RuntimeError(msg)
        handled.append(event)

    with opened(subject) as transport:
        transport.subscribe("contract.*", fails_once)
        sent = _publish(transport, 3)
        await_events(subject, handled.__len__, len(sent))
    _all_there(sent, (event.event_id for event in handled), "come back to a handler that raised")


def _publish(transport: Any, number: int) -> list[ContractEvent]:
    sent = [ContractEvent(event_type="contract.sent") for _ in range(number)]
    for event in sent:
        transport.publish(event)
    return sent


def _all_there(sent: list[ContractEvent], found: Iterable[Any], told: str) -> None:
    there = {str(name) for name in found}
    number = sum(str(event.event_id) in there for event in sent)
    if number != len(sent):
        broken(f"of {len(sent)} events, {number} {told}")
