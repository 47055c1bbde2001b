"""Transports that break one law each."""

from __future__ import annotations

import json
import threading
from fnmatch import fnmatch
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from contract_offenders import offender
from eventflow.base import BaseTransport, ComponentConfig
from eventflow.events import BaseEvent
from eventflow.events.errors import EventError
from eventflow.events.patterns import matches
from eventflow.ids import uuid7
from eventflow.types import Promises

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.types import Event


class GoodTransport(BaseTransport):
    """A transport that keeps every law: delivery in the publisher's thread."""

    promises: ClassVar[Promises] = Promises(ordered=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.handlers: dict[str, tuple[str, Callable[[Event], object]]] = {}

    def publish(self, event: Event) -> None:
        for pattern, handler in list(self.handlers.values()):
            if self.matches(pattern, event.event_type):
                self.deliver(handler, event)

    def matches(self, pattern: str, event_type: str) -> bool:
        return matches(pattern, event_type)

    def deliver(self, handler: Callable[[Event], object], event: Event) -> None:
        try:
            handler(event)
        except Exception:  # noqa: BLE001 - a handler may raise anything
            return

    def subscribe(self, pattern: str, handler: Any) -> str:
        name = str(uuid7())
        self.handlers[name] = (pattern, handler)
        return name

    def unsubscribe(self, subscription: str) -> None:
        self.handlers.pop(subscription, None)

    def close(self) -> None:
        self.handlers.clear()


class BoastfulTransport(GoodTransport):
    """A transport whose promises nobody can read."""

    promises: ClassVar[Any] = "ordered"


class EncodingTransport(GoodTransport):
    """A transport that sends JSON, if it can."""

    def publish(self, event: Event) -> None:
        json.dumps(getattr(event, "payload", None))
        super().publish(event)


class ClosedTransport(GoodTransport):
    """A transport that complains once it is closed."""

    closed = False

    def publish(self, event: Event) -> None:
        if self.closed:
            msg = "closed"
            raise RuntimeError(msg)
        super().publish(event)

    def close(self) -> None:
        self.closed = True
        super().close()


class AnonymousTransport(GoodTransport):
    """A transport that forgets who sent an event."""

    def deliver(self, handler: Callable[[Event], object], event: Any) -> None:
        changed = event.source if event.source.startswith("t") else ""
        super().deliver(handler, attrs.evolve(event, source=changed))


class GlobbingTransport(GoodTransport):
    """A transport whose star also stands for nothing."""

    def matches(self, pattern: str, event_type: str) -> bool:
        return fnmatch(event_type, pattern.replace(".*", "*"))


class SharingTransport(GoodTransport):
    """A transport that ends every subscription of a pattern at once."""

    def unsubscribe(self, subscription: str) -> None:
        pattern, _ = self.handlers.get(subscription, ("", None))
        self.handlers = {k: v for k, v in self.handlers.items() if v[0] != pattern}


class FragileTransport(GoodTransport):
    """A transport that stops at the first handler that raises."""

    def publish(self, event: Event) -> None:
        try:
            for pattern, handler in list(self.handlers.values()):
                if self.matches(pattern, event.event_type):
                    handler(event)
        except RuntimeError:
            return


class ShufflingTransport(GoodTransport):
    """A transport that keeps one event back, and delivers it after the next."""

    kept: Event | None = None

    def publish(self, event: Any) -> None:
        if event.event_type != "contract.sent" or event.source or self.seen() < 20:
            super().publish(event)
        elif self.kept is None:
            self.kept = event
        else:
            super().publish(event)
            super().publish(self.kept)
            self.kept = None

    count = 0

    def seen(self) -> int:
        self.count += 1
        return self.count


class OneThreadTransport(GoodTransport):
    """A transport that hears only the thread that made it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.owner = threading.get_ident()

    def publish(self, event: Event) -> None:
        if threading.get_ident() == self.owner:
            super().publish(event)


class HalfOpenTransport(GoodTransport):
    """A transport that goes on delivering after it was closed."""

    def close(self) -> None:
        """Release nothing."""


class LogTransport(GoodTransport):
    """A transport that keeps every promise: a file, read again for whoever subscribes."""

    class Config(ComponentConfig):
        """Options.

        Attributes:
            path: The file.
        """

        path: Path

    promises: ClassVar[Promises] = Promises(
        durable=True, ordered=True, replayable=True, acknowledged=True
    )

    def publish(self, event: Event) -> None:
        try:
            self.keep(event.to_json())
        except EventError:
            return
        super().publish(event)

    def keep(self, line: str) -> None:
        with self.config.path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def kept(self) -> list[Event]:
        path: Path = self.config.path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [BaseEvent.from_json(line) for line in lines]

    def deliver(self, handler: Callable[[Event], object], event: Event) -> None:
        for _ in range(2):
            try:
                handler(event)
            except RuntimeError:
                continue
            return

    def subscribe(self, pattern: str, handler: Any) -> str:
        for event in self.kept():
            if self.matches(pattern, event.event_type):
                self.deliver(handler, event)
        return super().subscribe(pattern, handler)


class BufferingTransport(LogTransport):
    """A transport that writes when it is closed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.lines: list[str] = []

    def keep(self, line: str) -> None:
        self.lines.append(line)

    def kept(self) -> list[Event]:
        return [*super().kept(), *map(BaseEvent.from_json, self.lines)]

    def close(self) -> None:
        for line in self.lines:
            super().keep(line)
        self.lines.clear()
        super().close()


class OncePerEventTransport(LogTransport):
    """A transport that hands an event over whether or not it is taken."""

    def deliver(self, handler: Callable[[Event], object], event: Event) -> None:
        GoodTransport.deliver(self, handler, event)


class ForgetfulTransport(LogTransport):
    """A transport that replays only its latest event."""

    promises: ClassVar[Promises] = Promises(ordered=True, replayable=True)

    def kept(self) -> list[Event]:
        return super().kept()[-1:]


class BackwardsTransport(LogTransport):
    """A transport that replays the latest event first."""

    def kept(self) -> list[Event]:
        return super().kept()[::-1]


class UntestableTransport(GoodTransport):
    """A transport that promises what nobody can see."""

    promises: ClassVar[Promises] = Promises(durable=True, ordered=True)


def _log(folder: Path) -> dict[str, Any]:
    return {"path": folder / "events.jsonl"}


SAID = {"patience_seconds": 0.05}
LOG = {**SAID, "config": _log}
GOOD = [offender(GoodTransport, **SAID), offender(LogTransport, **LOG)]
BAD = [
    ("promises-stated", offender(BoastfulTransport, **SAID)),
    ("publish-never-raises", offender(EncodingTransport, **SAID)),
    ("publish-after-close", offender(ClosedTransport, "close-twice", **SAID)),
    ("delivers-events", offender(AnonymousTransport, **SAID)),
    ("patterns", offender(GlobbingTransport, **SAID)),
    ("unsubscribe", offender(SharingTransport, **SAID)),
    ("handler-isolation", offender(FragileTransport, **SAID)),
    ("promise-durable", offender(BufferingTransport, **LOG)),
    ("promise-durable", offender(UntestableTransport, **SAID)),
    ("promise-replayable", offender(ForgetfulTransport, **LOG)),
    ("promise-replayable", offender(BackwardsTransport, **LOG)),
    ("promise-acknowledged", offender(OncePerEventTransport, **LOG)),
    ("promise-ordered", offender(ShufflingTransport, **SAID)),
    ("publish-from-threads", offender(OneThreadTransport, **SAID)),
    ("close-twice", offender(HalfOpenTransport, **SAID)),
]
