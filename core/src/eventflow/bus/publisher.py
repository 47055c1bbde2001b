"""Publishing that cannot break the work it observes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.bus.event import Event
    from eventflow.types import Transport

_log = logging.getLogger(__name__)


class Publisher:
    """Hands events to a transport; a transport that raises is logged and counted, never felt.

    Args:
        transport: Where events go; None builds and sends none.
    """

    def __init__(self, transport: Transport | None) -> None:
        """Start with no failures."""
        self._transport = transport
        self.failures = 0

    def publish(self, build: Callable[[], Event]) -> None:
        """Build and hand over one event; nothing is built when nothing listens."""
        if self._transport is None:
            return
        try:
            self._transport.publish(build())
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 - a handler or transport may raise anything
            self.failures += 1
            _log.warning("an event could not be published", exc_info=True)

    def close(self) -> None:
        """Close the transport."""
        if self._transport is None:
            return
        try:
            self._transport.close()
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 - a handler or transport may raise anything
            self.failures += 1
            _log.warning("the transport could not be closed", exc_info=True)
