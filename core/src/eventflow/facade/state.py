"""What is told of a processed file, beside its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from eventflow.runs.record import RunRecord, RunState


@frozen
class FeatureEngineering:
    """What feature engineering did.

    Attributes:
        features_created: Names of the features that were made.
        features_left_out: Feature → fields the data lacks for it.
    """

    features_created: tuple[str, ...]
    features_left_out: dict[str, tuple[str, ...]]


@frozen
class PipelineState:
    """State of a processed file.

    Attributes:
        status: State in which processing ended.
        feature_engineering: What was made.
        record: Everything else.
    """

    status: RunState
    feature_engineering: FeatureEngineering
    record: RunRecord
