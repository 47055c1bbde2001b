"""Feature steps for Eventflow: rename, derive, filter, deduplicate, prepare, aggregate, cells.

Names are imported on first use: a pipeline that renames a column does not load the aggregates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.imports import on_first_use

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

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "aggregation": ["FeatureAggregationStep"],
        "cells.lagged": ["FeatureLagStep"],
        "cells.profile": ["FeatureProfileStep"],
        "cells.rates": ["FeatureRateStep"],
        "cells.shares": ["FeatureShareStep"],
        "columns": ["CastStep", "DeriveStep", "RenameStep", "SelectStep"],
        "entity": ["EntityAggregation"],
        "expressions": ["Expression"],
        "prepare.compact": ["CompactStep"],
        "prepare.encode": ["EncodeStep"],
        "prepare.missing": ["MissingStep"],
        "prepare.outliers": ["OutlierStep"],
        "prepare.scale": ["ScaleStep"],
        "rows": ["DeduplicateStep", "FilterStep", "RequireStep"],
        "specs": ["AggregateSpec"],
        "training": ["TrainingSetStep"],
        "windows": ["Window"],
    },
)
