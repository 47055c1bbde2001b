"""Events that tell how long work takes, and what it uses."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from attrs import field, frozen

from eventflow.events.base import BaseEvent, Category

FieldPath: TypeAlias = str
"""Dotted path of a field: ``order.lines.0.price``; empty where the whole is meant."""


@frozen(kw_only=True)
class ResourceUsage:
    """What work has used.

    Attributes:
        cpu_seconds: Time of processors, user and system.
        peak_memory_bytes: Largest resident memory; None when unknown.
        read_bytes: Bytes read from disks and networks; None when unknown.
        written_bytes: Bytes written to them; None when unknown.
    """

    cpu_seconds: float = 0.0
    peak_memory_bytes: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None


@frozen(kw_only=True)
class PerformanceEvent(BaseEvent):
    """Work has begun, is done, or was measured.

    Its types are those below ``performance``, for example ``performance.phase.start``,
    ``performance.operation.complete`` and ``performance.metric.recorded``.

    Attributes:
        context_id: What it happened in: a run, a request, a session.
        field_path: Field that was worked on; empty for the whole.
        operation: What was done: ``validation``, ``monitoring``.
        duration_ms: Time taken, in milliseconds; 0 when it has only begun.
        resource_usage: What it used; None when nobody measured.
        phase: Part of the work.
        status: ``started``, ``completed``, ``failed`` or a word of your own.
        metrics: Further numbers by name, in units that their names tell.
    """

    event_types: ClassVar[tuple[str, ...]] = ("performance.*",)
    category: ClassVar[Category] = "performance"

    context_id: str
    field_path: FieldPath = ""
    operation: str
    duration_ms: float
    resource_usage: ResourceUsage | None = None
    phase: str = ""
    status: str = ""
    metrics: dict[str, float] = field(factory=dict)
