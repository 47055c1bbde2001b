"""Publishing that cannot break the work it observes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from eventflow.errors import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.bus.outbox import Outbox
    from eventflow.types import Event, Transport

_log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds that a run waits at its end for events that are not sent yet; a transport that fails is
tried once more, and not waited for."""


class Publisher:
    """Hands a run's events to a transport; one that raises is logged and counted, never felt.

    A transport that does I/O gets a queue and a thread, so that a slow or absent server does not
    slow the run.

    Args:
        transport: Where events go; None builds and sends none.
        name: Who the transport is, for messages: ``kafka of eventflow-kafka 1.0.0``.
        lent: Whether it belongs to someone else, who closes it.
    """

    def __init__(self, transport: Transport | None, name: str = "", *, lent: bool = False) -> None:
        """Start with no failures."""
        self._transport = transport
        self.name = name
        self._lent = lent
        self._closed = transport is None
        self._raised = 0
        self._cause = ""
        self._before = _counted(transport)
        self._outbox = None if transport is None else _outbox(transport)

    @property
    def failures(self) -> int:
        """How often it raised, and how many failures it counted itself since it was handed over."""
        lost = self._outbox.counts.lost if self._outbox is not None else 0
        return self._raised + lost + max(_counted(self._transport) - self._before, 0)

    @property
    def cause(self) -> str:
        """The first failure in words; empty where the transport keeps none."""
        queued = self._outbox.counts.cause if self._outbox is not None else ""
        return self._cause or queued or str(getattr(self._transport, "first_failure", None) or "")

    def publish(self, build: Callable[[], Event]) -> None:
        """Build and hand over one event; nothing is built when nothing listens."""
        if self._transport is None:
            return
        try:
            event = build()
            if self._outbox is None:
                self._transport.publish(event)
            else:
                self._outbox.put(event)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a handler or transport may raise anything
            self._failed(error, "an event could not be published")

    def close(self) -> None:
        """Send what waits and close the transport, unless it is lent; once."""
        if self._transport is None or self._closed:
            return
        self._closed = True
        try:
            if self._outbox is not None:
                self._outbox.close(PATIENCE, failures=1)
            if not self._lent:
                self._transport.close()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a handler or transport may raise anything
            self._failed(error, "the transport could not be closed")

    def _failed(self, error: BaseException, what: str) -> None:
        self._raised += 1
        self._cause = self._cause or in_words(error)
        _log.warning(what, exc_info=True)


def _outbox(transport: Transport) -> Outbox | None:
    """Return the queue in front of a transport that needs one."""
    if getattr(transport, "instant", False):
        return None
    from eventflow.bus.outbox import Outbox, Queueing  # noqa: PLC0415 - delayed: only with a transport

    return Outbox(transport, Queueing(), transport.dead_letters())


def in_words(error: BaseException) -> str:
    """Return an error on one short line: ``PermissionError: [Errno 13] ...``."""
    said = " ".join(text_of(error).split())[:160]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _counted(transport: Transport | None) -> int:
    """Return the failures that a transport counted and swallowed, if it counts any."""
    counted = getattr(transport, "failures", 0)
    return counted if isinstance(counted, int) else 0
