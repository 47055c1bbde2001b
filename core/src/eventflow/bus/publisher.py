"""Publishing that cannot break the work it observes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from eventflow.errors import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.types import Event, Transport

_log = logging.getLogger(__name__)


class Publisher:
    """Hands events to a transport; a transport that raises is logged and counted, never felt.

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

    @property
    def failures(self) -> int:
        """How often it raised, and how many failures it counted itself since it was handed over."""
        return self._raised + max(_counted(self._transport) - self._before, 0)

    @property
    def cause(self) -> str:
        """The first failure in words; empty where the transport keeps none."""
        return self._cause or str(getattr(self._transport, "first_failure", None) or "")

    def publish(self, build: Callable[[], Event]) -> None:
        """Build and hand over one event; nothing is built when nothing listens."""
        if self._transport is None:
            return
        try:
            self._transport.publish(build())
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a handler or transport may raise anything
            self._failed(error, "an event could not be published")

    def close(self) -> None:
        """Close the transport, unless it is lent; a second time does nothing."""
        if self._transport is None or self._closed or self._lent:
            return
        self._closed = True
        try:
            self._transport.close()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a handler or transport may raise anything
            self._failed(error, "the transport could not be closed")

    def _failed(self, error: BaseException, what: str) -> None:
        self._raised += 1
        self._cause = self._cause or in_words(error)
        _log.warning(what, exc_info=True)


def in_words(error: BaseException) -> str:
    """Return an error on one short line: ``PermissionError: [Errno 13] ...``."""
    said = " ".join(text_of(error).split())[:160]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _counted(transport: Transport | None) -> int:
    """Return the failures that a transport counted and swallowed, if it counts any."""
    counted = getattr(transport, "failures", 0)
    return counted if isinstance(counted, int) else 0
