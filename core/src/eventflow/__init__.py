"""Turn raw events into validated, ML-ready features.

One definition runs on a file, on a live stream and on a cluster, and gives the same answer.

Names are imported when they are first used, so that ``import eventflow`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.imports import on_first_use

if TYPE_CHECKING:
    from eventflow.api import check, explain, run, run_async
    from eventflow.base import (
        BaseAggregateStep,
        BaseBlueprint,
        BaseContextJoin,
        BaseContextSource,
        BaseEngine,
        BaseSink,
        BaseSource,
        BaseStep,
        BaseTracker,
        BaseTransport,
        BlueprintConfig,
        ComponentConfig,
    )
    from eventflow.blueprint import EXACT, Binding, FeatureSpec, FieldSpec, close
    from eventflow.bus.bus import EventBus
    from eventflow.bus.handling import Handling
    from eventflow.bus.outbox import Queueing
    from eventflow.charts.chart import Chart
    from eventflow.charts.step import ChartStep
    from eventflow.columns import require_columns
    from eventflow.context.enrich import ContextEnricherStep
    from eventflow.context.exact import ExactJoin
    from eventflow.context.joining import JoinConfig, JoinReads
    from eventflow.context.schema import ContextSchema
    from eventflow.errors import EventflowError
    from eventflow.events import BaseEvent
    from eventflow.facade import DataIngestionService, DataPipeline, PipelineConfig
    from eventflow.frame import Account, EventFrame, Rejection
    from eventflow.pipeline import Pipeline
    from eventflow.plugins import PluginHost
    from eventflow.registry import StepRegistry
    from eventflow.runs.orchestrate import PipelineOrchestrator
    from eventflow.runs.result import RunResult
    from eventflow.schema import ColumnSchema, EventMetadata, EventSchema
    from eventflow.types import ROW, WHOLE, AggregateStep, aggregate, ordered


__all__ = [
    "EXACT",
    "ROW",
    "WHOLE",
    "Account",
    "AggregateStep",
    "BaseAggregateStep",
    "BaseBlueprint",
    "BaseContextJoin",
    "BaseContextSource",
    "BaseEngine",
    "BaseEvent",
    "BaseSink",
    "BaseSource",
    "BaseStep",
    "BaseTracker",
    "BaseTransport",
    "Binding",
    "BlueprintConfig",
    "Chart",
    "ChartStep",
    "ColumnSchema",
    "ComponentConfig",
    "ContextEnricherStep",
    "ContextSchema",
    "DataIngestionService",
    "DataPipeline",
    "EventBus",
    "EventFrame",
    "EventMetadata",
    "EventSchema",
    "EventflowError",
    "ExactJoin",
    "FeatureSpec",
    "FieldSpec",
    "Handling",
    "JoinConfig",
    "JoinReads",
    "Pipeline",
    "PipelineConfig",
    "PipelineOrchestrator",
    "PluginHost",
    "Queueing",
    "Rejection",
    "RunResult",
    "StepRegistry",
    "aggregate",
    "check",
    "close",
    "explain",
    "ordered",
    "require_columns",
    "run",
    "run_async",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "api": ["check", "explain", "run", "run_async"],
        "base": [
            "BaseAggregateStep",
            "BaseBlueprint",
            "BaseContextJoin",
            "BaseContextSource",
            "BaseEngine",
            "BaseSink",
            "BaseSource",
            "BaseStep",
            "BaseTracker",
            "BaseTransport",
            "BlueprintConfig",
            "ComponentConfig",
        ],
        "blueprint": ["EXACT", "Binding", "FeatureSpec", "FieldSpec", "close"],
        "bus.bus": ["EventBus"],
        "bus.handling": ["Handling"],
        "bus.outbox": ["Queueing"],
        "charts.chart": ["Chart"],
        "charts.step": ["ChartStep"],
        "columns": ["require_columns"],
        "context.enrich": ["ContextEnricherStep"],
        "context.exact": ["ExactJoin"],
        "context.joining": ["JoinConfig", "JoinReads"],
        "context.schema": ["ContextSchema"],
        "errors": ["EventflowError"],
        "events": ["BaseEvent"],
        "facade": ["DataIngestionService", "DataPipeline", "PipelineConfig"],
        "frame": ["Account", "EventFrame", "Rejection"],
        "pipeline": ["Pipeline"],
        "plugins": ["PluginHost"],
        "registry": ["StepRegistry"],
        "runs.orchestrate": ["PipelineOrchestrator"],
        "runs.result": ["RunResult"],
        "schema": ["ColumnSchema", "EventMetadata", "EventSchema"],
        "types": ["ROW", "WHOLE", "AggregateStep", "aggregate", "ordered"],
    },
)
