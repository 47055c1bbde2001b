"""Feature steps for Eventflow: rename, derive, filter, deduplicate, aggregate per entity."""

from eventflow_features.aggregation import FeatureAggregationStep
from eventflow_features.entity import EntityAggregation
from eventflow_features.expressions import Expression
from eventflow_features.specs import AggregateSpec
from eventflow_features.windows import Window

__all__ = [
    "AggregateSpec",
    "EntityAggregation",
    "Expression",
    "FeatureAggregationStep",
    "Window",
]
