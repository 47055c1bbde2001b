"""Every step and every aggregate of the package keeps the contract."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from eventflow.testing import contract
from eventflow_features import (
    CastStep,
    DeduplicateStep,
    DeriveStep,
    FeatureAggregationStep,
    FilterStep,
    RenameStep,
    RequireStep,
    SelectStep,
)
from eventflow_features import aggregates as agg

TestRename = contract(RenameStep, config={"columns": {"quantity": "pieces", "flag": "quantity"}})
TestSelect = contract(SelectStep, config={"columns": ["entity", "time", "amount"]})
TestSelectDropping = contract(SelectStep, config={"drop": ["category", "flag"]})
TestCast = contract(CastStep, config={"columns": {"quantity": "f64", "category": "i64"}})
TestDerive = contract(
    DeriveStep, config={"columns": {"price": "amount / quantity", "paid": "amount > 0"}}
)
TestFilter = contract(FilterStep, config={"where": "amount > 0", "outcome": "quarantined"})
TestRequire = contract(RequireStep, config={"columns": ["entity", "amount"]})

CLEANS = "it cleans rows of any time; the moment of the run is for the steps that make features"
TestDeduplicate = contract(DeduplicateStep, exclude={"no-look-ahead": CLEANS})
TestDeduplicateByKey = contract(
    DeduplicateStep,
    config={"by": ["entity"], "keep": "last", "outcome": "dropped"},
    exclude={"no-look-ahead": CLEANS},
)

TestAggregate = contract(FeatureAggregationStep, config={"windows": ["7d", "90d..30d", "all"]})
TestAggregateAsked = contract(
    FeatureAggregationStep,
    config={
        "by": ["entity", "category"],
        "windows": ["1mo"],
        "aggregates": {
            "rows": "count",
            "paid": {"op": "sum", "column": "amount", "where": "flag"},
            "kinds": "n_unique(quantity)",
            "spread": {"op": "std", "column": "amount", "window": "all"},
            "latest": "last(amount)",
            "earliest": "first(quantity)",
        },
    },
)
TestAggregateGroups = contract(
    FeatureAggregationStep,
    config={
        "windows": ["7d", "90d..30d", "all"],
        "groups": ["all", {"columns": "category", "limit": 2}, ["flag", "category"]],
        "aggregates": ["count", "sum(quantity)", "mean(amount)", "std(amount)", "last(quantity)"],
        "form": "tiles",
    },
)
TestAggregateListedGroups = contract(
    FeatureAggregationStep,
    config={
        "windows": ["30d", "all"],
        "groups": [{"columns": ["flag"], "values": [True], "other": "rest"}],
        "aggregates": ["count", "min(amount)", "n_unique(category)"],
    },
)
SKETCHED = {
    "windows": ["30d", "all"],
    "aggregates": {
        "middle": {"op": "approx_quantile", "column": "amount", "q": 0.5},
        "kinds": {"op": "approx_n_unique", "column": "category", "bound": 16},
    },
}
TestAggregateSketches = contract(FeatureAggregationStep, config=SKETCHED)
TestAggregateSketchesInTiles = contract(
    FeatureAggregationStep,
    config={**SKETCHED, "form": "tiles"},
    exclude={"no-python": "DataSketches merges the sketches of tiles, once for each group"},
)

TIME: dict[str, Any] = {"time": "time"}
TestCount = contract(agg.Count, kind="aggregate")
TestCountRows = contract(
    agg.CountRows, kind="aggregate", exclude={"aggregate-nulls": "it counts rows, not values"}
)
TestSum = contract(agg.Sum, kind="aggregate")
TestMean = contract(agg.Mean, kind="aggregate")
TestCheckedSum = contract(agg.CheckedSum, kind="aggregate")
TestCheckedMean = contract(agg.CheckedMean, kind="aggregate")
TestMin = contract(agg.Min, kind="aggregate")
TestMax = contract(agg.Max, kind="aggregate")
TestVariance = contract(agg.Variance, kind="aggregate")
TestStandardDeviation = contract(agg.StandardDeviation, kind="aggregate")
TestFirst = contract(agg.First, kind="aggregate", config=TIME)
TestLast = contract(agg.Last, kind="aggregate", config=TIME)
TestLastWithTieBreak = contract(
    agg.Last, kind="aggregate", config={**TIME, "tie_break": ("quantity",)}
)
TestDistinctCount = contract(agg.DistinctCount, kind="aggregate")
TestApproximateDistinctCount = contract(
    agg.ApproximateDistinctCount, kind="aggregate", config={"bound": 16}
)
TestMedian = contract(agg.Median, kind="aggregate")
TestQuantile = contract(agg.Quantile, kind="aggregate", config={"q": 0.9})
TestApproximateQuantile = contract(agg.ApproximateQuantile, kind="aggregate", config={"q": 0.9})
TestMostFrequent = contract(agg.MostFrequent, kind="aggregate")
TestTopK = contract(agg.TopK, kind="aggregate", config={"k": 2})
TestEntropy = contract(agg.Entropy, kind="aggregate")
TestEntropyInBits = contract(agg.Entropy, kind="aggregate", config={"base": 2.0})
TestSimpson = contract(agg.Simpson, kind="aggregate")
TestGiniSimpson = contract(agg.GiniSimpson, kind="aggregate")
TestEvenness = contract(agg.Evenness, kind="aggregate")
TestRatio = contract(agg.Ratio, kind="aggregate", config={"other": "quantity"})
TestCovariance = contract(agg.Covariance, kind="aggregate", config={"other": "quantity"})
TestCorrelation = contract(agg.Correlation, kind="aggregate", config={"other": "quantity"})
TestTrend = contract(agg.Trend, kind="aggregate", config=TIME)
TestTimeSince = contract(
    agg.TimeSince,
    kind="aggregate",
    config={"elapsed": pl.lit(datetime(2025, 1, 1, tzinfo=UTC)) - pl.col("time")},
)
TestGapMean = contract(agg.GapMean, kind="aggregate", config=TIME)
TestGapVariation = contract(agg.GapVariation, kind="aggregate", config=TIME)
