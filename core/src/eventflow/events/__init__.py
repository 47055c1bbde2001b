"""Typed events: what they carry, how they are written, and which types there are.

Names are imported when they are first used: who lists past runs needs no codec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.imports import on_first_use

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

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "base": ["BaseEvent"],
        "performance": ["PerformanceEvent", "ResourceUsage"],
        "pipeline": [
            "DataProcessedEvent",
            "DataValidatedEvent",
            "PipelineCompletedEvent",
            "PipelineFailedEvent",
            "PipelineStartedEvent",
            "QualityCheckEvent",
        ],
        "registry": ["EventTypes"],
        "system": ["SystemErrorEvent", "SystemHealthEvent"],
        "unknown": ["UnknownEvent"],
        "validation": ["ValidationEvent"],
    },
)
