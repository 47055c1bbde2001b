"""The transport that carries nothing and costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from eventflow.base import BaseTransport

if TYPE_CHECKING:
    from eventflow.types import Event


class NoOpTransport(BaseTransport):
    """Discards every event; subscriptions are accepted and never called."""

    instant: ClassVar[bool] = True

    def publish(self, event: Event) -> None:
        """Discard the event."""

    def subscribe(self, pattern: str, handler: Any) -> str:
        """Accept and forget."""
        del handler
        return pattern

    def unsubscribe(self, subscription: str) -> None:
        """Nothing to end."""
