"""Every preparation step keeps the contract."""

from __future__ import annotations

from eventflow.testing import contract
from eventflow_features.prepare.compact import CompactStep
from eventflow_features.prepare.encode import EncodeStep
from eventflow_features.prepare.missing import MissingStep
from eventflow_features.prepare.outliers import OutlierStep
from eventflow_features.prepare.scale import ScaleStep

TestMissingAuto = contract(MissingStep, config={"indicators": "all"})
TestMissingNamed = contract(
    MissingStep,
    config={
        "columns": {"amount": "mean", "quantity": "drop", "category": "constant", "flag": "mode"},
        "values": {"category": "other"},
        "outcome": "quarantined",
    },
)
TestMissingForward = contract(
    MissingStep,
    config={
        "columns": {"amount": "forward", "category": "forward"}, "by": "entity", "time": "time",
    },
)  # fmt: skip
TestOutliersCapped = contract(
    OutlierStep,
    config={"percentiles": [0.1, 0.9], "columns": {"amount": "percentile", "quantity": "iqr"}},
)
TestOutliersDropped = contract(
    OutlierStep, config={"action": "drop", "method": "modified_zscore", "factor": 1}
)
TestOutliersNull = contract(OutlierStep, config={"action": "null", "method": "zscore", "factor": 1})
TestOutliersMarked = contract(OutlierStep, config={"action": "flag", "factor": 0.5})
TestScale = contract(ScaleStep, config={"columns": {"amount": "robust", "quantity": "standard"}})
TestScaleRange = contract(ScaleStep, config={"method": "minmax", "beyond": "clip"})
TestCompact = contract(
    CompactStep,
    config={"floats": "f32"},
)
TestCompactEnum = contract(
    CompactStep,
    config={"text": "enum"},
)

TestEncodeLabel = contract(EncodeStep, config={"method": "label"})
TestEncodeFrequency = contract(EncodeStep, config={"method": "frequency"})
TestEncodeGiven = contract(
    EncodeStep, config={"method": "one_hot", "categories": {"category": ["food", "travel"]}}
)
TestEncodeAuto = contract(
    EncodeStep,
    config={"columns": ["category", "flag"]},
)
TestEncodeTarget = contract(
    EncodeStep, config={"columns": {"category": "target", "flag": "target"}, "target": "quantity"}
)
TestEncodeTargetPlain = contract(
    EncodeStep,
    config={"method": "target", "target": "flag", "folds": 1, "smoothing": 2.0},
)
TestEncodeOrdered = contract(
    EncodeStep,
    config={"method": "target_ordered", "target": "amount", "known_after": "5d", "prior": 1.0},
)
