"""Events of a pipeline's life."""

from __future__ import annotations

from typing import ClassVar

from attrs import field, frozen

from eventflow.events.base import BaseEvent, Category


@frozen(kw_only=True)
class PipelineEvent(BaseEvent):
    """Base of the pipeline's events.

    Attributes:
        run_id: The run it speaks of.
        pipeline: Name of the pipeline.
    """

    category: ClassVar[Category] = "lifecycle"

    run_id: str
    pipeline: str


@frozen(kw_only=True)
class PipelineStartedEvent(PipelineEvent):
    """A run has begun.

    Attributes:
        as_of: Moment of the features, ISO 8601; None where the run's start is meant.
    """

    event_type: str = "pipeline.started"
    as_of: str | None = None


@frozen(kw_only=True)
class DataValidatedEvent(PipelineEvent):
    """The source's columns fit the schema.

    Attributes:
        columns: Number of columns that arrive.
        warnings: Fields a blueprint lacks, features left out, one sentence each.
    """

    category: ClassVar[Category] = "validation"

    event_type: str = "pipeline.data.validated"
    columns: int
    warnings: tuple[str, ...] = ()


@frozen(kw_only=True)
class DataProcessedEvent(PipelineEvent):
    """One pass over the data is done.

    Attributes:
        nodes: Plan nodes it executed.
        seconds: Wall time.
        rows: Rows it delivered; None when nobody counted.
    """

    category: ClassVar[Category] = "performance"

    event_type: str = "pipeline.data.processed"
    nodes: tuple[str, ...] = ()
    seconds: float = 0.0
    rows: int | None = None


@frozen(kw_only=True)
class QualityCheckEvent(PipelineEvent):
    """A quality gate has judged.

    Attributes:
        node: The gate.
        score: 0 to 100; None without evidence.
        passed: Whether the gate is open.
        dimensions: Score per dimension.
        reasons: Why it is closed.
    """

    category: ClassVar[Category] = "validation"

    event_type: str = "pipeline.quality.checked"
    node: str
    score: float | None
    passed: bool
    dimensions: dict[str, float] = field(factory=dict)
    reasons: tuple[str, ...] = ()


@frozen(kw_only=True)
class PipelineCompletedEvent(PipelineEvent):
    """A run has succeeded.

    Attributes:
        seconds: Wall time of the run.
        rows_read: Rows that the source delivered.
        rows_result: Rows in the result.
    """

    event_type: str = "pipeline.completed"
    seconds: float = 0.0
    rows_read: int = 0
    rows_result: int = 0


@frozen(kw_only=True)
class PipelineFailedEvent(PipelineEvent):
    """A run has failed or was cancelled.

    Attributes:
        state: ``FAILED`` or ``CANCELLED``.
        code: Error code.
        message: What happened, without row values.
    """

    event_type: str = "pipeline.failed"
    state: str
    code: str
    message: str
