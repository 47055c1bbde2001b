"""Feature steps for Eventflow: rename, derive, filter, deduplicate, prepare, aggregate, cells.

Names are imported on first use: a pipeline that renames a column does not load the aggregates.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventflow_features.aggregation import FeatureAggregationStep
    from eventflow_features.cells.lagged import FeatureLagStep
    from eventflow_features.cells.profile import FeatureProfileStep
    from eventflow_features.cells.rates import FeatureRateStep
    from eventflow_features.cells.shares import FeatureShareStep
    from eventflow_features.columns import CastStep, DeriveStep, RenameStep, SelectStep
    from eventflow_features.entity import EntityAggregation
    from eventflow_features.expressions import Expression
    from eventflow_features.prepare.compact import CompactStep
    from eventflow_features.prepare.encode import EncodeStep
    from eventflow_features.prepare.missing import MissingStep
    from eventflow_features.prepare.outliers import OutlierStep
    from eventflow_features.prepare.scale import ScaleStep
    from eventflow_features.rows import DeduplicateStep, FilterStep, RequireStep
    from eventflow_features.specs import AggregateSpec
    from eventflow_features.training import TrainingSetStep
    from eventflow_features.windows import Window

_HOME: dict[str, tuple[str, ...]] = {
    "aggregation": ("FeatureAggregationStep",),
    "cells.lagged": ("FeatureLagStep",),
    "cells.profile": ("FeatureProfileStep",),
    "cells.rates": ("FeatureRateStep",),
    "cells.shares": ("FeatureShareStep",),
    "columns": ("CastStep", "DeriveStep", "RenameStep", "SelectStep"),
    "entity": ("EntityAggregation",),
    "expressions": ("Expression",),
    "prepare.compact": ("CompactStep",),
    "prepare.encode": ("EncodeStep",),
    "prepare.missing": ("MissingStep",),
    "prepare.outliers": ("OutlierStep",),
    "prepare.scale": ("ScaleStep",),
    "rows": ("DeduplicateStep", "FilterStep", "RequireStep"),
    "specs": ("AggregateSpec",),
    "training": ("TrainingSetStep",),
    "windows": ("Window",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "AggregateSpec",
    "CastStep",
    "CompactStep",
    "DeduplicateStep",
    "DeriveStep",
    "EncodeStep",
    "EntityAggregation",
    "Expression",
    "FeatureAggregationStep",
    "FeatureLagStep",
    "FeatureProfileStep",
    "FeatureRateStep",
    "FeatureShareStep",
    "FilterStep",
    "MissingStep",
    "OutlierStep",
    "RenameStep",
    "RequireStep",
    "ScaleStep",
    "SelectStep",
    "TrainingSetStep",
    "Window",
]


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    module = _MODULE_OF.get(name)
    if module is None:
        msg = f"module 'eventflow_features' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"eventflow_features.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
