"""Typed events: what they carry, how they are written, and which types there are.

Names are imported when they are first used: who lists past runs needs no codec.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventflow.events.base import BaseEvent
    from eventflow.events.performance import PerformanceEvent, ResourceUsage
    from eventflow.events.pipeline import (
        DataProcessedEvent,
        DataValidatedEvent,
        PipelineCompletedEvent,
        PipelineFailedEvent,
        PipelineStartedEvent,
        QualityCheckEvent,
    )
    from eventflow.events.registry import EventTypes
    from eventflow.events.system import SystemErrorEvent, SystemHealthEvent
    from eventflow.events.unknown import UnknownEvent
    from eventflow.events.validation import ValidationEvent

_HOMES = {
    "BaseEvent": "base",
    "DataProcessedEvent": "pipeline",
    "DataValidatedEvent": "pipeline",
    "EventTypes": "registry",
    "PerformanceEvent": "performance",
    "PipelineCompletedEvent": "pipeline",
    "PipelineFailedEvent": "pipeline",
    "PipelineStartedEvent": "pipeline",
    "QualityCheckEvent": "pipeline",
    "ResourceUsage": "performance",
    "SystemErrorEvent": "system",
    "SystemHealthEvent": "system",
    "UnknownEvent": "unknown",
    "ValidationEvent": "validation",
}

__all__ = [
    "BaseEvent",
    "DataProcessedEvent",
    "DataValidatedEvent",
    "EventTypes",
    "PerformanceEvent",
    "PipelineCompletedEvent",
    "PipelineFailedEvent",
    "PipelineStartedEvent",
    "QualityCheckEvent",
    "ResourceUsage",
    "SystemErrorEvent",
    "SystemHealthEvent",
    "UnknownEvent",
    "ValidationEvent",
]


def __getattr__(name: str) -> Any:
    """Import a name where it is first used."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
