"""Shares, rates, lags and profiles keep the contract of steps."""

from __future__ import annotations

import polars as pl

from eventflow.testing import contract, sample_events
from eventflow_features import (
    FeatureLagStep,
    FeatureProfileStep,
    FeatureRateStep,
    FeatureShareStep,
)

TestShare = contract(
    FeatureShareStep,
    config={"columns": ["amount", "quantity"], "within": ["entity"]},
    exclude={"no-peers": "a share is of what happened at one time: rows of one time are its whole"},
)
TestRate = contract(
    FeatureRateStep, config={"columns": ["amount"], "per": "quantity", "times": 1000}
)
TestDensity = contract(
    FeatureRateStep, config={"columns": ["amount", "quantity"], "per": 0.09, "unit": "km2"}
)
TestLagged = contract(
    FeatureLagStep,
    config={"columns": ["amount", "category"], "lags": [1, 7], "by": "entity", "bin": "time",
            "every": "1d"},
)  # fmt: skip
TestProfile = contract(FeatureProfileStep, config={"by": ["entity"], "time": "time"})
TestProfileOfValues = contract(
    FeatureProfileStep,
    config={
        "by": ["entity"],
        "parts": {"night": [22, 6], "day": [6, 22]},
        "of": "amount",
        "timezone": "Asia/Kolkata",
    },
)


def test_the_sample_has_bins_with_one_row_and_with_several() -> None:
    """So that lags of the contract are told, and withheld."""
    days = sample_events().collect().drop_nulls(["entity", "time"])
    per_day = days.group_by("entity", pl.col("time").dt.truncate("1d")).len()["len"]
    assert per_day.min() == 1
    assert per_day.n_unique() > 1
