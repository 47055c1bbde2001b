"""Typed events: what they carry, how they are written, and which types there are."""

from __future__ import annotations

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
