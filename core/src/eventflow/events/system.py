"""Events that tell how the infrastructure does."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from eventflow.events.base import BaseEvent, Category
from eventflow.events.performance import ResourceUsage  # noqa: TC001 - msgspec reads the annotations


@frozen(kw_only=True)
class SystemEvent(BaseEvent):
    """Base of the events about infrastructure.

    Attributes:
        component: Service, broker or store that it speaks of.
        message: What is the matter, without secrets.
    """

    category: ClassVar[Category] = "system"

    component: str
    message: str = ""


@frozen(kw_only=True)
class SystemHealthEvent(SystemEvent):
    """A part of the system tells how it is.

    Its types are those below ``system.health``, for example ``system.health.checked``.

    Attributes:
        status: ``healthy``, ``degraded``, ``down`` or a word of your own.
        resource_usage: What it uses; None when nobody measured.
    """

    event_types: ClassVar[tuple[str, ...]] = ("system.health.*",)

    status: str
    resource_usage: ResourceUsage | None = None


@frozen(kw_only=True)
class SystemErrorEvent(SystemEvent):
    """A part of the system has failed.

    Its types are those below ``system.error``, for example ``system.error.occurred``.

    Attributes:
        code: Error code; empty when it has none.
        kind: Class of the error: ``ConnectionError``.
    """

    event_types: ClassVar[tuple[str, ...]] = ("system.error.*",)

    code: str = ""
    kind: str = ""
