"""Turn raw events into validated, ML-ready features.

One definition runs on a file, on a live stream and on a cluster, and gives the same answer.

Names are imported when they are first used, so that ``import eventflow`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

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

_HOME = {
    "eventflow.api": ("check", "explain", "run", "run_async"),
    "eventflow.base": (
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
    ),
    "eventflow.blueprint": ("EXACT", "Binding", "FeatureSpec", "FieldSpec", "close"),
    "eventflow.bus.bus": ("EventBus",),
    "eventflow.bus.handling": ("Handling",),
    "eventflow.bus.outbox": ("Queueing",),
    "eventflow.charts.chart": ("Chart",),
    "eventflow.charts.step": ("ChartStep",),
    "eventflow.columns": ("require_columns",),
    "eventflow.context.enrich": ("ContextEnricherStep",),
    "eventflow.context.exact": ("ExactJoin",),
    "eventflow.context.joining": ("JoinConfig", "JoinReads"),
    "eventflow.context.schema": ("ContextSchema",),
    "eventflow.errors": ("EventflowError",),
    "eventflow.events": ("BaseEvent",),
    "eventflow.facade": ("DataIngestionService", "DataPipeline", "PipelineConfig"),
    "eventflow.frame": ("Account", "EventFrame", "Rejection"),
    "eventflow.pipeline": ("Pipeline",),
    "eventflow.plugins": ("PluginHost",),
    "eventflow.registry": ("StepRegistry",),
    "eventflow.runs.orchestrate": ("PipelineOrchestrator",),
    "eventflow.runs.result": ("RunResult",),
    "eventflow.schema": ("ColumnSchema", "EventMetadata", "EventSchema"),
    "eventflow.types": ("ROW", "WHOLE", "AggregateStep", "aggregate", "ordered"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

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


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    module = _MODULE_OF.get(name)
    if module is None:
        msg = f"module 'eventflow' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
