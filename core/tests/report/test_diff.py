from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from eventflow.report.diff import Change, diff
from eventflow.runs.record import FeatureRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.runs.record import RunRecord


def test_a_run_does_not_differ_from_itself(samples: Mapping[str, RunRecord]) -> None:
    """Nothing is reported for equal runs."""
    for record in samples.values():
        assert diff(record, record).empty


def test_every_part_is_compared(samples: Mapping[str, RunRecord]) -> None:
    """Configuration by dotted key, versions, inputs, ledger, quality, features."""
    old = samples["success"]
    assert old.ledger is not None
    assert old.verdict is not None
    new = evolve(
        old,
        config={**old.config, "steps": [{"use": "deduplicate", "by": "id"}], "seed": 3},
        versions={**old.versions, "polars": "2.2.0", "eventflow-x": "1"},
        inputs={},
        ledger=evolve(old.ledger, read=10),
        verdict=evolve(old.verdict, score=80.0),
    )
    found = diff(old, new)
    assert Change("steps.0.by", None, "id") in found.config
    assert Change("steps.1.use", "filter", None) in found.config
    assert Change("seed", None, "3") in found.config
    assert found.versions == (
        Change("polars", "2.1.0", "2.2.0"),
        Change("eventflow-x", None, "1"),
    )
    assert found.inputs == (Change("online_retail", "sha256:5b1c7c2e9d413f8a", None),)
    assert Change("read", "1,067,371", "10") in found.ledger
    assert found.quality == (Change("score", "93.1", "80.0"),)
    assert not found.features


def test_features_are_compared_by_schema_missing_and_median(
    samples: Mapping[str, RunRecord],
) -> None:
    """Added and removed come first; a median must move by five per cent to be told."""
    old = samples["success"]
    first, second, third, *rest = old.features
    assert second.median is not None
    changed = (
        evolve(first, missing=0.5, dtype="i64"),
        evolve(second, median=second.median * 1.04),
        evolve(third, median=2.5),
        *rest[:-1],
        FeatureRecord(name="added", dtype="i32"),
    )
    found = diff(old, evolve(old, features=changed))
    assert found.features == (
        Change("added", None, "i32"),
        Change("value_tier", "str", None),
        Change("days_since_last_activity dtype", "f64", "i64"),
        Change("days_since_last_activity missing", "0.0 %", "50.0 %"),
        Change("daily_value_rate median", "1.83", "2.5"),
    )
    assert found.parts()[-1] == ("features", found.features)
    assert found.to_dict()["features"][0] == {"what": "added", "before": None, "after": "i32"}
