"""Feature steps for Eventflow: rename, derive, filter, deduplicate, aggregate per entity."""

from eventflow_features.aggregation import FeatureAggregationStep
from eventflow_features.columns import CastStep, DeriveStep, RenameStep, SelectStep
from eventflow_features.entity import EntityAggregation
from eventflow_features.expressions import Expression
from eventflow_features.rows import DeduplicateStep, FilterStep, RequireStep
from eventflow_features.specs import AggregateSpec
from eventflow_features.windows import Window

__all__ = [
    "AggregateSpec",
    "CastStep",
    "DeduplicateStep",
    "DeriveStep",
    "EntityAggregation",
    "Expression",
    "FeatureAggregationStep",
    "FilterStep",
    "RenameStep",
    "RequireStep",
    "SelectStep",
    "Window",
]
